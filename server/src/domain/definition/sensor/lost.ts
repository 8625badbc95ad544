import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { SensorProcess } from './processes.ts'

/** any → stopped where the host's lease has run out. The table has a row per sensor and host: few. */
export function stopOrphans(
  db: Queryable,
  limit: number,
): Promise<Pick<SensorProcess, 'id' | 'sensor_ref' | 'worker_name'>[]> {
  return db.many(sql`
    update sensor_process p
    set status = 'stopped', pid = null, active_rule_count = 0, next_restart_at = null, last_stopped_at = now(),
      lease_expires_at = null
    from (
      select id from sensor_process
      where status in ('starting', 'running', 'backoff')
        and coalesce(lease_expires_at, updated + interval '90 seconds') < now()
      order by id
      limit ${limit}
      for update skip locked) as orphaned
    where p.id = orphaned.id
    returning p.id, p.sensor_ref, p.worker_name`)
}

export type FailingSensor = Pick<
  SensorProcess,
  | 'sensor'
  | 'sensor_ref'
  | 'worker'
  | 'worker_name'
  | 'consecutive_failures'
  | 'last_exit_code'
  | 'last_signal'
  | 'next_restart_at'
  | 'stderr_excerpt'
>

/** Processes with so many failures in a row that nobody was told of yet; from now on somebody was. */
export function noteAlerted(db: Queryable, failures: number): Promise<FailingSensor[]> {
  return db.many(sql`
    with failing as (
      select id from sensor_process
      where consecutive_failures >= ${failures} and consecutive_failures > last_alerted_failure_count
      order by id
      for no key update)
    update sensor_process p
    set last_alerted_failure_count = consecutive_failures, last_alerted_at = now()
    from failing f where p.id = f.id
    returning p.sensor, p.sensor_ref, p.worker, p.worker_name, p.consecutive_failures, p.last_exit_code, p.last_signal,
      p.next_restart_at, p.stderr_excerpt`)
}

/** Correlation ids of open alerts about sensors that have run well for ten minutes, stopped, or are gone. */
export async function alertedAndWell(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ correlation_id: string }>(sql`
    select a.correlation_id
    from alert a
    left join sensor_process p on p.sensor = a.component_id and p.worker = (a.details->>'worker')::bigint
    where a.cleared_at is null and a.category = 'sensor_owner' and a.last_seen_at < now() - interval '10 minutes'
      or a.cleared_at is null and a.category = 'sensor_process_health'
      and (p.id is null or p.status = 'stopped'
        or (p.status = 'running' and p.last_started_at < now() - interval '10 minutes'))`)
  return rows.map(({ correlation_id }) => correlation_id)
}
