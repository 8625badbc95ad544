import { type Sql, sql } from '../database/sql.ts'
import type { MessageType } from './messages.ts'

/**
 * Whether a message about a row lies among the dead letters: then a person decides, and saying it again would only
 * bury it again. What was discarded stays undone; of executions only what is open counts, because theirs end with the
 * letter, and one that goes on was placed anew. Served by dead_letter_subject.
 */
export function isDeadLettered(types: readonly MessageType[], subject: Sql): Sql {
  return sql`exists (
    select from dead_letter d
    where d.type = any(${types})
      and (d.status = 'open'
        or d.status = 'discarded' and d.type not in ('ExecutionRequested', 'ExecutionDispatched'))
      and coalesce(d.payload->>'execution_id', d.payload->>'enforcement_id', d.payload->>'event_id') = ${subject}::text)`
}
