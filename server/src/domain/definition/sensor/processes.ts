import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { SensorOwner } from './ownership.ts'

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
    instance: nullable(Type.String()),
    meta: anyJson,
    created: timestamp,
    updated: timestamp,
  },
  { title: 'SensorProcess' },
)
export type SensorProcess = Static<typeof SensorProcess>

/** What a process that has lost its name to another says of its sensors counts no more: that other one says it now. */
type Host = Pick<SensorOwner, 'worker' | 'instance'>

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
  { worker, instance }: Host,
  run: { pid: number; rules: number },
): Promise<number> {
  return db.run(sql`
    update sensor_process
    set status = 'running', pid = ${run.pid}, active_rule_count = ${run.rules}, last_started_at = now(), next_restart_at = null
    where sensor = ${sensor} and worker = ${worker} and instance = ${instance}`)
}

export type SensorFailure = {
  exit_code: number | null
  signal: number | null
  stderr_excerpt: string | null
  long_run: boolean
}

/**
 * running → backoff: it ended although it should run. The wait doubles with each failure in a row, from 5 s to
 * 5 min; a long healthy run starts the count anew. Answers how long to wait; nothing where another host has the name.
 */
export async function failed(
  db: Queryable,
  sensor: Id<'sensor'>,
  { worker, instance }: Host,
  failure: SensorFailure,
): Promise<{ wait_ms: number; consecutive_failures: number } | undefined> {
  return db.maybe(sql`
    with counted as (
      select id, case when ${failure.long_run} then 1 else consecutive_failures + 1 end as failures
      from sensor_process where sensor = ${sensor} and worker = ${worker} and instance = ${instance})
    update sensor_process p
    set status = 'backoff', pid = null, consecutive_failures = c.failures,
      last_alerted_failure_count = least(p.last_alerted_failure_count, c.failures - 1), last_exit_code = ${failure.exit_code},
      last_signal = ${failure.signal}, stderr_excerpt = ${failure.stderr_excerpt}, last_stopped_at = now(),
      next_restart_at = now() + least(5 * power(2, least(c.failures - 1, 10)), 300) * interval '1 second'
    from counted c where p.id = c.id
    returning (extract(epoch from p.next_restart_at - now()) * 1000)::float8 as wait_ms, p.consecutive_failures`)
}

/** any → stopped, and the sensor is free for another host. */
export function stopped(db: Queryable, sensor: Id<'sensor'>, { worker, instance }: Host): Promise<number> {
  return db.run(sql`
    update sensor_process
    set status = 'stopped', pid = null, active_rule_count = 0, consecutive_failures = 0, next_restart_at = null,
      last_stopped_at = now(), lease_expires_at = null
    where sensor = ${sensor} and worker = ${worker} and instance = ${instance}`)
}

/** Its process runs, whatever a sweep took it for while this host was silent. */
export function stillRuns(
  db: Queryable,
  sensor: Id<'sensor'>,
  { worker, instance }: Host,
  run: { pid: number | undefined; rules: number },
): Promise<number> {
  return db.run(sql`
    update sensor_process
    set active_rule_count = ${run.rules}, pid = coalesce(${run.pid ?? null}, pid),
      status = case when status = 'stopped' then 'running' else status end
    where sensor = ${sensor} and worker = ${worker} and instance = ${instance}`)
}
