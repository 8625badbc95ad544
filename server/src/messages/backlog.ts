import { type Sql, sql } from '../database/sql.ts'
import type { QueueKey } from './queues.ts'
import { queueDefinition } from './queues.ts'
import { fill } from './routing.ts'

/**
 * When the oldest message of a queue became due, null when it is empty or a broker keeps it: what was said since
 * may still wait behind it, and is not lost. Served by message_due.
 */
export function oldestWaiting(key: QueueKey, names: Readonly<Record<string, unknown>> = {}): Sql {
  return sql`(select min(m.due_at) from message m where m.queue = ${fill(queueDefinition(key).name, names)})`
}
