import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Execution } from './execution.ts'
import { type Claimant, cancelledResult, sayCompleted } from './transitions.ts'

/* Moves of executions whose owner is gone, or never takes them. As guarded as those of transitions.ts. */

/**
 * What stands between the end of a lease and the next attempt. The worker's own fence kills the action before the
 * lease is over; this is for a machine that is slow to obey.
 */
const afterLease = sql`now() - interval '2 seconds'`

/** running → abandoned where the lease has run out: the worker is gone, and nobody will write an end. */
export async function abandonExpired(tx: Transaction, limit: number): Promise<number> {
  const abandoned = await tx.many<Execution>(sql`
    with lost as (
      select e.id, jsonb_build_object(
        'error', format('Worker %s stopped answering before the action finished', coalesce(w.name, e.worker::text)),
        'succeeded', false, 'abandoned_by', 'lease_sweep', 'original_status', e.status,
        'worker', jsonb_build_object('id', e.worker, 'name', w.name, 'status', w.status, 'last_heartbeat', w.last_heartbeat),
        'reconciled_at', now()) as result
      from execution e left join worker w on w.id = e.worker
      where e.live and e.worker is not null and e.status = 'running' and e.lease_expires_at < ${afterLease}
      order by e.id
      limit ${limit}
      for update of e skip locked)
    update execution e
    set status = 'abandoned', result = lost.result, lease_expires_at = null, updated = now()
    from lost where e.id = lost.id
    returning e.*`)
  await sayCompleted(tx, abandoned)
  return abandoned.length
}

/** canceling → cancelled where the lease has run out: what was to be stopped died with its worker. */
export async function cancelExpired(tx: Transaction, limit: number): Promise<number> {
  const cancelled = await tx.many<Execution>(sql`
    with lost as (
      select id from execution
      where live and worker is not null and status = 'canceling' and lease_expires_at < ${afterLease}
      order by id
      limit ${limit}
      for update skip locked)
    update execution
    set status = 'cancelled', lease_expires_at = null, updated = now(), result = ${cancelledResult('lease_sweep')}
    where id in (select id from lost)
    returning *`)
  await sayCompleted(tx, cancelled)
  return cancelled.length
}

/** The earlier processes of this worker that have not ended what they hold. */
export async function earlierInstances(
  db: Queryable,
  by: Pick<Claimant, 'worker' | 'instance'>,
): Promise<string[]> {
  const rows = await db.many<{ instance: string }>(sql`
    select distinct worker_instance as instance from execution
    where worker = ${by.worker} and live and status in ('running', 'canceling')
      and worker_instance is distinct from ${by.instance} and worker_instance is not null`)
  return rows.map(({ instance }) => instance)
}

/** running → abandoned for what a process of this worker left behind that is known to be gone, actions included. */
export async function abandonGone(
  tx: Transaction,
  by: Pick<Claimant, 'worker'>,
  gone: readonly string[],
): Promise<number> {
  const abandoned = await tx.many<Execution>(sql`
    with left_behind as (
      select id from execution
      where worker = ${by.worker} and live and status = 'running' and worker_instance = any(${gone}::uuid[])
      order by id
      for no key update)
    update execution e
    set status = 'abandoned', lease_expires_at = null, updated = now(),
      result = jsonb_build_object('error', 'Worker restarted before the action finished', 'succeeded', false,
        'abandoned_by', 'worker_restart', 'original_status', status, 'reconciled_at', now())
    from left_behind where e.id = left_behind.id and e.status = 'running'
    returning e.*`)
  await sayCompleted(tx, abandoned)
  return abandoned.length
}

/** canceling → cancelled for what such a process left behind. */
export async function cancelGone(
  tx: Transaction,
  by: Pick<Claimant, 'worker'>,
  gone: readonly string[],
): Promise<number> {
  const cancelled = await tx.many<Execution>(sql`
    with left_behind as (
      select id from execution
      where worker = ${by.worker} and live and status = 'canceling' and worker_instance = any(${gone}::uuid[])
      order by id
      for no key update)
    update execution e
    set status = 'cancelled', lease_expires_at = null, updated = now(), result = ${cancelledResult('worker_restart')}
    from left_behind where e.id = left_behind.id and e.status = 'canceling'
    returning e.*`)
  await sayCompleted(tx, cancelled)
  return cancelled.length
}

/**
 * scheduled → requested: taken back from workers that will not begin them. Another worker, or the same one when it is
 * back, gets them; a dispatch that turns up late finds nothing to claim.
 */
export function takeBack(
  tx: Transaction,
  workers: readonly Id<'worker'>[],
  late: { seconds: number; limit: number },
): Promise<Execution[]> {
  return tx.many(sql`
    update execution e
    set status = 'requested', worker = null, updated = now()
    from (
      select id from execution
      where worker = any(${workers}) and live and status = 'scheduled'
        and updated < now() - ${late.seconds} * interval '1 second'
      order by id
      limit ${late.limit}
      for update skip locked) as late
    where e.id = late.id and e.status = 'scheduled'
    returning e.*`)
}

/** scheduled → failed: workers that live and have room never take them, however often they are told. */
export async function failUntaken(
  tx: Transaction,
  workers: readonly Id<'worker'>[],
  late: { seconds: number; limit: number },
): Promise<Execution[]> {
  const failed = await tx.many<Execution>(sql`
    update execution e
    set status = 'failed', updated = now(), result = jsonb_build_object(
      'error', format('Execution timed out: worker %s has not begun it within %s seconds', e.worker, ${late.seconds}::float8),
      'succeeded', false, 'failed_by', 'execution_timeout_monitor', 'timeout_seconds', ${late.seconds}::float8,
      'age_seconds', floor(extract(epoch from now() - e.updated)), 'original_status', 'scheduled')
    from (
      select id from execution
      where worker = any(${workers}) and live and status = 'scheduled'
        and updated < now() - ${late.seconds} * interval '1 second'
      order by id
      limit ${late.limit}
      for update skip locked) as late
    where e.id = late.id and e.status = 'scheduled'
    returning e.*`)
  await sayCompleted(tx, failed)
  return failed
}

/**
 * Back to requested for what claims to be on its way to a worker and names none: `scheduling` is a claim that no step
 * of ours takes, so such a row comes from a hand.
 */
export function releaseHalfPlaced(
  tx: Transaction,
  late: { seconds: number; limit: number },
): Promise<Execution[]> {
  return tx.many(sql`
    update execution e
    set status = 'requested', worker = null, updated = now()
    from (
      select id from execution
      where ((live and worker is null and status in ('scheduling', 'scheduled'))
          or (live and worker is not null and status = 'scheduling'))
        and updated < now() - ${late.seconds} * interval '1 second'
      order by id
      limit ${late.limit}
      for update skip locked) as late
    where e.id = late.id and e.status in ('scheduling', 'scheduled')
    returning e.*`)
}
