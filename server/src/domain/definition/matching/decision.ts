import { type Static, Type } from 'typebox'
import { anyJson, anyObject, id, nullable, timestamp } from '../../../database/row.ts'

export const ruleOutcomes = ['matched', 'not_matched', 'disabled', 'error', 'deferred'] as const

/**
 * What was decided about one candidate rule of an event. `version` is the rule's version at that moment. `deferred` is
 * no decision yet: it stands where the slow lane puts one.
 */
export const RuleDecision = Type.Object(
  {
    rule: id('rule'),
    rule_ref: Type.String(),
    version: Type.Integer(),
    outcome: Type.Unsafe<(typeof ruleOutcomes)[number]>(Type.String({ enum: [...ruleOutcomes] })),
    /** not_matched, error: the clause that decided. */
    clause: Type.Optional(Type.String()),
    /** not_matched: the values that were compared. */
    compared: Type.Optional(anyObject),
    /** disabled, error, deferred: why. */
    reason: Type.Optional(Type.String()),
  },
  { title: 'RuleDecision' },
)
export type RuleDecision = Static<typeof RuleDecision>

/** That an event was considered, also when nothing matched. One per event. */
export const EventDecision = Type.Object(
  {
    event: id('event'),
    created: timestamp,
    decisions: anyJson,
    /** What now() said. */
    decided_at: nullable(timestamp),
    /** While rules of it are deferred: when the last of them has its turn in the slow lane. */
    deferred_until: nullable(timestamp),
  },
  { title: 'EventDecision' },
)
export type EventDecision = Static<typeof EventDecision>
