import type { Queryable } from '../database/database.ts'
import { json, type Sql, sql } from '../database/sql.ts'
import type { QueueKey } from './queues.ts'
import { queueDefinition, queueKeys } from './queues.ts'
import { fill } from './routing.ts'

/** The relay takes up what is left behind once a second; later than this, the outbox does not flow. */
const RELAY_SECONDS = 10

/**
 * When the oldest message of a queue became due, null when it is empty or a broker keeps it: what was said since
 * may still wait behind it, and is not lost. Served by message_due.
 */
export function oldestWaiting(key: QueueKey, names: Readonly<Record<string, unknown>> = {}): Sql {
  return sql`(select min(m.due_at) from message m where m.queue = ${fill(queueDefinition(key).name, names)})`
}

export type Backlog = { pending: number; oldest_seconds: number }

/** Rows of the outbox that are due and not handed over, counted up to 10 000. */
export function outboxBacklog(db: Queryable): Promise<Backlog> {
  return db.one(sql`
    select count(*)::int as pending, coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as oldest_seconds
    from (select due_at from outbox where due_at <= now() order by due_at limit 10000) late`)
}

/** While the outbox does not flow, nothing that was said can be called lost. */
export async function outboxFlows(db: Queryable): Promise<boolean> {
  return (await outboxBacklog(db)).oldest_seconds <= RELAY_SECONDS
}

export type UnreadQueue = Backlog & { queue: string }

/** Shared queues of the postgres transport with messages overdue for so long that no live process reads. */
export function unreadQueues(db: Queryable, seconds: number): Promise<UnreadQueue[]> {
  return db.many(sql`
    select q.name as queue, late.pending, extract(epoch from now() - late.oldest)::float8 as oldest_seconds
    from json_to_recordset(${json(sharedQueues())}) as q (name text)
    cross join lateral (
      select count(*)::int as pending, min(due_at) as oldest
      from (select due_at from message where queue = q.name and due_at <= now() order by due_at limit 10000) m) late
    where late.oldest < now() - ${seconds} * interval '1 second'
      and not exists (select from queue_consumer c where c.queue = q.name and c.expires_at > now())`)
}

function sharedQueues(): { name: string }[] {
  return queueKeys
    .map(queueDefinition)
    .flatMap(({ name, delivery }) => (delivery === 'shared' ? [{ name }] : []))
}

/** Names of the queues that unreadQueues looks at. */
export function watchedQueues(): string[] {
  return sharedQueues().map(({ name }) => name)
}
