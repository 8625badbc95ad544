import type { Queryable } from '../../../database/database.ts'
import { join, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Worker } from './worker.ts'
import { type HealthState, summaryOf, type WorkerRow, type WorkerSummary } from './summary.ts'

export type WorkerFilter = {
  role?: Worker['worker_role']
  status?: Worker['status']
  cordoned?: boolean
  health_state?: HealthState
}

/**
 * Every worker that fits. What a worker's status and health are follows from several columns and its load, so it
 * is decided here; workers are few.
 */
export async function list(
  db: Queryable,
  { role, status, cordoned, health_state }: WorkerFilter,
): Promise<WorkerSummary[]> {
  const conditions = [
    sql`true`,
    ...(role === undefined ? [] : [sql`w.worker_role = ${role}`]),
    ...(cordoned === undefined ? [] : [sql`w.cordoned = ${cordoned}`]),
  ]
  const rows = await db.many<WorkerRow>(sql`
    ${withLoad} where ${join(conditions, ' and ')} order by w.name`)
  return rows
    .map(summaryOf)
    .filter((worker) => status === undefined || worker.status === status)
    .filter((worker) => health_state === undefined || worker.health_state === health_state)
}

export async function findSummary(db: Queryable, id: Id<'worker'>): Promise<WorkerSummary | undefined> {
  const row = await db.maybe<WorkerRow>(sql`${withLoad} where w.id = ${id}`)
  return row === undefined ? undefined : summaryOf(row)
}

/** The index on live executions of a worker gives its load. */
const withLoad = sql`
  select w.*, extract(epoch from now() - w.last_heartbeat)::float8 as heartbeat_age,
    load.requested, load.scheduling, load.scheduled, load.running, load.canceling
  from worker w
  cross join lateral (
    select count(*) filter (where e.status = 'requested') as requested,
      count(*) filter (where e.status = 'scheduling') as scheduling,
      count(*) filter (where e.status = 'scheduled') as scheduled,
      count(*) filter (where e.status = 'running') as running,
      count(*) filter (where e.status = 'canceling') as canceling
    from execution e
    where e.worker = w.id and e.live) load`
