import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { deadLetterReasons } from '../../../messages/dead-letter.ts'
import { deadLetterStatuses } from './status.ts'

/** A message that was put aside: what it says, where it came from and why. Open until somebody resolves it. */
export const DeadLetter = Type.Object(
  {
    id: id('dead_letter'),
    queue: Type.String(),
    exchange: Type.String(),
    routing_key: Type.String(),
    /** `unreadable` where the body is no message; the payload then is its text. */
    type: Type.String(),
    payload: nullable(anyJson),
    message_id: nullable(Type.String()),
    correlation_id: nullable(Type.String()),
    /** How often a handler failed on it. */
    attempts: Type.Integer(),
    reason: oneOf(deadLetterReasons),
    error: Type.String(),
    stack: nullable(Type.String()),
    first_failed_at: timestamp,
    last_failed_at: timestamp,
    status: oneOf(deadLetterStatuses),
    resolved_at: nullable(timestamp),
    resolved_by: nullable(id('identity')),
    /** The attempt that the replay started, where the execution of the message had ended. */
    new_execution: nullable(id('execution')),
    created: timestamp,
  },
  { title: 'DeadLetter' },
)
export type DeadLetter = Static<typeof DeadLetter>

/** A dead letter in lists: without its documents. */
export const DeadLetterSummary = Type.Omit(DeadLetter, ['payload', 'stack'], { title: 'DeadLetterSummary' })
export type DeadLetterSummary = Static<typeof DeadLetterSummary>
