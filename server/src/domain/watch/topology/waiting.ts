import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { TopologyFault, QueueState } from '../../../messages/inspection.ts'
import type { QueueKey } from '../../../messages/queues.ts'

/** The oldest row that waits for what a queue brings: the truth, whatever the transport has of it. */
export type OldestMessage = { key: QueueKey; worker_id: number | null; oldest_at: string }

/** So many of the latest events are looked at: undecided ones lie at the end, and there is no index on what is missing. */
const LATEST_EVENTS = 10_000

export function oldestWaiting(db: Queryable): Promise<OldestMessage[]> {
  return db.many(sql`
    select 'events' as key, null::bigint as worker_id, e.created as oldest_at
    from (
      select l.created from (select id, created from event order by id desc limit ${LATEST_EVENTS}) l
      where not exists (select from event_decision d where d.event = l.id and d.created = l.created)
      order by l.id limit 1) e
    union all
    select 'enforcements', null, min(created) from enforcement
    where status = 'created' having min(created) is not null
    union all
    select 'executionRequests', null, min(created) from execution
    where live and worker is null and status = 'requested' having min(created) is not null
    union all
    select 'workerExecutions', worker, min(updated) from execution
    where live and worker is not null and status = 'scheduled' group by worker`)
}

/** The outbox: what is committed and not yet with the broker. Empty over PostgreSQL. */
export function outboxBacklog(
  db: Queryable,
): Promise<{ waiting: number; failed: number; oldest_at: string | null }> {
  return db.one(sql`
    select (select count(*)::int from (select from outbox where due_at <= now() limit 10000) due) as waiting,
      (select count(*)::int from outbox where last_error is not null) as failed,
      (select min(due_at) from outbox where due_at <= now()) as oldest_at`)
}

/**
 * Leaves out the unread queue of a worker for which nothing is scheduled any more: its messages are echoes of work that
 * has gone elsewhere or has ended, and find nothing to claim should it come back.
 */
export async function withoutEchoes(
  db: Queryable,
  faults: readonly TopologyFault[],
  queues: readonly QueueState[],
): Promise<TopologyFault[]> {
  const owners = new Map(queues.map(({ queue, names }) => [queue, Number(names.worker_id)]))
  const suspects = faults.flatMap(({ kind, object }) => {
    const worker = owners.get(object)
    return kind === 'no_consumer' && worker !== undefined && !Number.isNaN(worker) ? [worker] : []
  })
  if (suspects.length === 0) return [...faults]
  const awaited = await db.many<{ worker: number }>(sql`
    select distinct worker from execution
    where live and worker = any(${suspects}) and status = 'scheduled'`)
  const waiting = new Set(awaited.map(({ worker }) => worker))
  return faults.filter(({ kind, object }) => {
    const worker = owners.get(object)
    const isEcho = worker !== undefined && !Number.isNaN(worker) && !waiting.has(worker)
    return kind !== 'no_consumer' || !isEcho
  })
}
