import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { oldestWaiting } from '../../../messages/backlog.ts'
import { isDeadLettered } from '../../../messages/dead-letter-condition.ts'
import type { Execution } from './execution.ts'
import type { ExecutionStatus } from './status.ts'
import type { DispatchedExecution } from './transitions.ts'

/*
 * Executions whose next step is overdue. Every query walks a partial index on live or unfollowed work, never a table.
 */

/**
 * Who waits although nothing is lost. A retry that is not due and a wait for a worker that is away say so in `due_at`.
 * What else may wait (a policy, a sibling's turn, an inquiry) belongs here.
 */
const waitsRightly = (e: Sql) => sql`coalesce(${e}.due_at > now(), false)`

/** The moment from which an execution should have moved. */
const since = (e: Sql) => sql`greatest(${e}.updated, ${e}.due_at)`

const saidLately = (kind: string, e: Sql) =>
  sql`exists (select from redrive r where r.kind = ${kind} and r.subject = ${e}.id and r.due_at > now())`

/** `requested` for longer than `seconds`, oldest first, through execution_live_unplaced. */
export function findUnplaced(db: Queryable, seconds: number, limit: number): Promise<Execution[]> {
  const e = sql`e`
  return db.many(sql`
    select e.* from execution e
    where e.live and e.worker is null and e.status = 'requested'
      and ${since(e)} < least(now() - ${seconds} * interval '1 second', ${oldestWaiting('executionRequests')})
      and not ${waitsRightly(e)}
      and not ${saidLately('execution', e)}
      and not ${isDeadLettered(['ExecutionRequested', 'ExecutionDispatched'], sql`e.id`)}
    order by e.id
    limit ${limit}`)
}

/** A worker that has not begun what was dispatched to it. All of it null but the id when its row is gone. */
export type DispatchHolder = {
  id: Id<'worker'>
  status: string | null
  heartbeat_age_seconds: number | null
  /** Null when it does not say. */
  capacity: number | null
  running: number
  overdue: number
}

/** Workers with executions that are `scheduled` for longer than `seconds`, through execution_worker_live. */
export function findHolders(db: Queryable, seconds: number): Promise<DispatchHolder[]> {
  return db.many(sql`
    select h.worker as id, w.status, extract(epoch from now() - w.last_heartbeat)::float8 as heartbeat_age_seconds,
      case when jsonb_typeof(w.capabilities->'max_concurrent_executions') = 'number'
        then (w.capabilities->>'max_concurrent_executions')::float8 end as capacity,
      h.running, h.overdue
    from (
      select e.worker,
        count(*) filter (where e.status in ('running', 'canceling'))::int as running,
        count(*) filter (where e.status = 'scheduled' and e.updated < now() - ${seconds} * interval '1 second')::int
          as overdue
      from execution e
      where e.live and e.worker is not null
      group by e.worker) h
    left join worker w on w.id = h.worker
    where h.overdue > 0
    order by h.worker`)
}

/** What a worker has not begun, oldest first: what may still wait in its queue is left out. */
export function findUnclaimed(
  db: Queryable,
  worker: Id<'worker'>,
  late: { seconds: number; limit: number },
): Promise<DispatchedExecution[]> {
  const e = sql`e`
  const queue = oldestWaiting('workerExecutions', { worker_id: worker })
  return db.many(sql`
    select e.id, e.worker, e.action_ref, e.updated, e.correlation_id, e.config
    from execution e
    where e.worker = ${worker} and e.live and e.status = 'scheduled'
      and e.updated < least(now() - ${late.seconds} * interval '1 second', ${queue})
      and not ${saidLately('dispatch', e)}
      and not ${isDeadLettered(['ExecutionRequested', 'ExecutionDispatched'], sql`e.id`)}
    order by e.id
    limit ${late.limit}`)
}

/** Ended badly with tries left, and nothing has followed for `seconds`. execution_unfollowed holds just these. */
export function findUnfollowed(db: Queryable, seconds: number, limit: number): Promise<Execution[]> {
  const e = sql`e`
  return db.many(sql`
    select e.* from execution e
    where e.unfollowed
      and e.updated < least(now() - ${seconds} * interval '1 second', ${oldestWaiting('executionCompleted')})
      and not ${saidLately('completion', e)}
      and not ${isDeadLettered(['ExecutionCompleted'], sql`e.id`)}
    order by e.id
    limit ${limit}`)
}

export type StuckStatus = {
  status: ExecutionStatus
  count: number
  oldest: Id<'execution'>
  oldest_seconds: number
}

/**
 * Live executions that have not moved for `seconds`, by status. One that runs under a lease is not stuck, however long
 * it takes; nor is one that waits rightly.
 */
export function findStuck(db: Queryable, seconds: number): Promise<StuckStatus[]> {
  const e = sql`e`
  return db.many(sql`
    select e.status, count(*)::int as count, min(e.id) as oldest,
      extract(epoch from now() - min(e.updated))::float8 as oldest_seconds
    from execution e
    where ((e.live and e.worker is null) or (e.live and e.worker is not null))
      and ${since(e)} < now() - ${seconds} * interval '1 second'
      and not ${waitsRightly(e)}
      and not (e.status in ('running', 'canceling') and coalesce(e.lease_expires_at > now(), false))
    group by e.status
    order by e.status`)
}
