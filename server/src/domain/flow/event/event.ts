import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { ExtractedSecret } from '../../secret/redact.ts'

/** Something that happened. Immutable. */
export const Event = Type.Object(
  {
    id: id('event'),
    trigger: nullable(id('trigger')),
    trigger_ref: Type.String(),
    config: nullable(anyJson),
    payload: nullable(anyJson),
    source: nullable(id('sensor')),
    source_ref: nullable(Type.String()),
    created: timestamp,
    rule: nullable(id('rule')),
    rule_ref: nullable(Type.String()),
    correlation_id: nullable(Type.String()),
  },
  { title: 'Event' },
)
export type Event = Static<typeof Event>

/** An event to be stored. */
export type NewEvent = {
  trigger: Id<'trigger'>
  trigger_ref: string
  /** Without its secrets. */
  payload: Json
  secrets?: readonly ExtractedSecret[]
  config: Json
  source: Id<'sensor'> | null
  source_ref: string | null
  rule: Id<'rule'> | null
  rule_ref: string | null
  dedupe_key: string | null
  correlation_id: string | null
  /** The instant of the schedule of its rule that it is for. */
  schedule?: ScheduledInstant | undefined
}

/** An instant of a schedule, and how many before it have no event. */
export type ScheduledInstant = {
  at: string
  missed: number
  /** An earlier instant is still on its way: the schedule has not come so far yet. */
  earlier_open: boolean
}
