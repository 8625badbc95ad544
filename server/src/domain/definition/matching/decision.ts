import { type Static, Type } from 'typebox'
import { anyJson, anyObject, id, nullable, timestamp } from '../../../database/row.ts'

/** What was decided about one candidate rule of an event. `version` is the rule's version at that moment. */
export const RuleDecision = Type.Object(
  {
    rule: id('rule'),
    rule_ref: Type.String(),
    version: Type.Integer(),
    outcome: Type.Unsafe<'matched' | 'not_matched' | 'disabled' | 'error'>(
      Type.String({ enum: ['matched', 'not_matched', 'disabled', 'error'] }),
    ),
    /** not_matched, error: the clause that decided. */
    clause: Type.Optional(Type.String()),
    /** not_matched: the values that were compared. */
    compared: Type.Optional(anyObject),
    /** disabled, error: why. */
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
  },
  { title: 'EventDecision' },
)
export type EventDecision = Static<typeof EventDecision>
