import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'

/** When events of a trigger become executions of an action. */
export const Rule = Type.Object({
  id: id('rule'),
  ref: Type.String(),
  pack: id('pack'),
  pack_ref: Type.String(),
  label: Type.String(),
  description: nullable(Type.String()),
  action: nullable(id('action')),
  action_ref: Type.String(),
  trigger: nullable(id('trigger')),
  trigger_ref: Type.String(),
  conditions: anyJson,
  action_params: nullable(anyJson),
  trigger_params: nullable(anyJson),
  permission_set_refs: nullable(Type.Array(Type.String())),
  enabled: Type.Boolean(),
  file_enabled: nullable(Type.Boolean()),
  is_adhoc: Type.Boolean(),
  /** In whose name it runs; null: the account is gone, and it starts nothing until somebody takes it over. */
  owner_identity: nullable(id('identity')),
  /** What bounds it, where an execution made it or changed it. */
  authority_set_refs: nullable(Type.Array(Type.String())),
  version: Type.Integer(),
  last_error: nullable(Type.String()),
  last_error_at: nullable(timestamp),
  created: timestamp,
  updated: timestamp,
})
export type Rule = Static<typeof Rule>

/** A rule as it is shown. */
export const RuleDetail = Type.Omit(Rule, ['file_enabled'], { title: 'RuleDetail' })
export type RuleDetail = Static<typeof RuleDetail>

/** A rule in lists. */
export const RuleSummary = Type.Omit(RuleDetail, ['pack', 'action', 'trigger', 'conditions', 'version'], {
  title: 'RuleSummary',
})
export type RuleSummary = Static<typeof RuleSummary>
