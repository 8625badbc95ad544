import { type Static, Type } from 'typebox'
import type { Database, Queryable, Transaction } from '../../../database/database.ts'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'

/** The process of a sensor on one host. */
export const SensorProcess = Type.Object(
  {
    id: id('sensor_process'),
    sensor: id('sensor'),
    sensor_ref: Type.String(),
    worker: id('worker'),
    worker_name: Type.String(),
    status: oneOf(['starting', 'running', 'stopped', 'failed', 'backoff']),
    pid: nullable(Type.Integer()),
    consecutive_failures: Type.Integer(),
    last_exit_code: nullable(Type.Integer()),
    last_signal: nullable(Type.Integer()),
    last_started_at: nullable(timestamp),
    last_stopped_at: nullable(timestamp),
    next_restart_at: nullable(timestamp),
    stderr_excerpt: nullable(Type.String()),
    log_artifact_ref: nullable(Type.String()),
    active_rule_count: Type.Integer(),
    last_alerted_failure_count: Type.Integer(),
    last_alerted_at: nullable(timestamp),
    lease_expires_at: nullable(timestamp),
    meta: anyJson,
    created: timestamp,
    updated: timestamp,
  },
  { title: 'SensorProcess' },
)
export type SensorProcess = Static<typeof SensorProcess>

export type SensorOwner = { worker: Id<'worker'>; worker_name: string; lease_seconds: number }

/**
 * Makes this host the owner of a sensor, or keeps it so. False while another host's lease lasts: N hosts must
 * not run N copies, each of which would emit every event. The advisory lock lets two hosts that ask at the same
 * moment see each other; a row lock could not, as neither has a row yet. A cordoned host keeps what it has and takes
 * nothing new.
 */
export function own(
  database: Database,
  sensor: { id: Id<'sensor'>; ref: string },
  owner: SensorOwner,
): Promise<boolean> {
  return database.transaction(async (tx: Transaction) => {
    await tx.run(sql`select pg_advisory_xact_lock(8, hashtext(${sensor.ref}))`)
    const held = await tx.run(sql`
      insert into sensor_process (sensor, sensor_ref, worker, worker_name, lease_expires_at)
      select ${sensor.id}, ${sensor.ref}, ${owner.worker}, ${owner.worker_name}, now() + ${owner.lease_seconds} * interval '1 second'
      where not exists (
        select from sensor_process
        where sensor = ${sensor.id} and worker <> ${owner.worker} and lease_expires_at > now())
        and (not exists (select from worker where id = ${owner.worker} and cordoned)
          or exists (
            select from sensor_process
            where sensor = ${sensor.id} and worker = ${owner.worker} and lease_expires_at > now()))
      on conflict (sensor, worker) do update set lease_expires_at = excluded.lease_expires_at`)
    return held > 0
  })
}

export function find(
  db: Queryable,
  sensor: Id<'sensor'>,
  worker: Id<'worker'>,
): Promise<SensorProcess | undefined> {
  return db.maybe(sql`select * from sensor_process where sensor = ${sensor} and worker = ${worker}`)
}

/** any → running */
export function started(
  db: Queryable,
  sensor: Id<'sensor'>,
  worker: Id<'worker'>,
  run: { pid: number; rules: number },
): Promise<number> {
  return db.run(sql`
    update sensor_process
    set status = 'running', pid = ${run.pid}, active_rule_count = ${run.rules}, last_started_at = now(), next_restart_at = null
    where sensor = ${sensor} and worker = ${worker}`)
}

export type SensorFailure = {
  exit_code: number | null
  signal: number | null
  stderr_excerpt: string | null
  long_run: boolean
}

/**
 * running → backoff: it ended although it should run. The wait doubles with each failure in a row, from 5 s to
 * 5 min; a long healthy run starts the count anew. Answers how long to wait.
 */
export async function failed(
  db: Queryable,
  sensor: Id<'sensor'>,
  worker: Id<'worker'>,
  failure: SensorFailure,
): Promise<{ wait_ms: number; consecutive_failures: number }> {
  return db.one(sql`
    with counted as (
      select id, case when ${failure.long_run} then 1 else consecutive_failures + 1 end as failures
      from sensor_process where sensor = ${sensor} and worker = ${worker})
    update sensor_process p
    set status = 'backoff', pid = null, consecutive_failures = c.failures,
      last_alerted_failure_count = least(p.last_alerted_failure_count, c.failures - 1), last_exit_code = ${failure.exit_code},
      last_signal = ${failure.signal}, stderr_excerpt = ${failure.stderr_excerpt}, last_stopped_at = now(),
      next_restart_at = now() + least(5 * power(2, least(c.failures - 1, 10)), 300) * interval '1 second'
    from counted c where p.id = c.id
    returning (extract(epoch from p.next_restart_at - now()) * 1000)::float8 as wait_ms, p.consecutive_failures`)
}

/** any → stopped, and the sensor is free for another host. */
export function stopped(db: Queryable, sensor: Id<'sensor'>, worker: Id<'worker'>): Promise<number> {
  return db.run(sql`
    update sensor_process
    set status = 'stopped', pid = null, active_rule_count = 0, consecutive_failures = 0, next_restart_at = null,
      last_stopped_at = now(), lease_expires_at = null
    where sensor = ${sensor} and worker = ${worker}`)
}

/** Its process runs, whatever a sweep took it for while this host was silent. */
export function stillRuns(
  db: Queryable,
  sensor: Id<'sensor'>,
  worker: Id<'worker'>,
  run: { pid: number | undefined; rules: number },
): Promise<number> {
  return db.run(sql`
    update sensor_process
    set active_rule_count = ${run.rules}, pid = coalesce(${run.pid ?? null}, pid),
      status = case when status = 'stopped' then 'running' else status end
    where sensor = ${sensor} and worker = ${worker}`)
}
