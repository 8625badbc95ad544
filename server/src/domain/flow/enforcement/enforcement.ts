import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import type { Id } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { enforcementStatuses } from './status.ts'

/** One rule that fired for one event. */
export const Enforcement = Type.Object({
  id: id('enforcement'),
  rule: nullable(id('rule')),
  rule_ref: Type.String(),
  trigger_ref: Type.String(),
  config: nullable(anyJson),
  event: nullable(id('event')),
  event_created: nullable(timestamp),
  status: oneOf(enforcementStatuses),
  payload: anyJson,
  condition: oneOf(['any', 'all']),
  conditions: anyJson,
  correlation_id: nullable(Type.String()),
  created: timestamp,
  resolved_at: nullable(timestamp),
  /** disabled: why. */
  disabled_reason: nullable(Type.String()),
  /** In whose place its parameters were rendered; null where nobody was noted. */
  owner_identity: nullable(id('identity')),
  authority_set_refs: nullable(Type.Array(Type.String())),
})
export type Enforcement = Static<typeof Enforcement>

export type NewEnforcement = {
  rule: Id<'rule'>
  rule_ref: string
  trigger_ref: string
  event: Id<'event'>
  event_created: string
  /** Rendered action parameters, secrets redacted. */
  config: JsonObject
  conditions: Json
  correlation_id: string | null
  owner_identity: Id<'identity'> | null
  authority_set_refs: readonly string[] | null
}
