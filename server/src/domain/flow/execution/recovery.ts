import type { Queryable, Transaction } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Execution } from './execution.ts'
import { finish, move } from './move.ts'
import { type ClaimingWorker, cancelledResult } from './transitions.ts'

/* Moves of executions whose owner is gone, or never takes them. */

/**
 * What stands between the end of a lease and the next attempt. The worker's own fence kills the action before the
 * lease is over; this is for a machine that is slow to obey.
 */
const afterLease = sql`now() - interval '2 seconds'`

/** running → abandoned where the lease has run out: the worker is gone, and nobody will write an end. */
export async function abandonExpired(tx: Transaction, limit: number): Promise<number> {
  const abandoned = await finish(tx, ['running', 'abandoned', 'executor'], {
    where: sql`e.live and e.worker is not null and e.lease_expires_at < ${afterLease}`,
    set: sql`lease_expires_at = null, result = (
      select jsonb_build_object(
        'error', format('Worker %s stopped answering before the action finished', coalesce(w.name, e.worker::text)),
        'succeeded', false, 'abandoned_by', 'lease_sweep', 'original_status', e.status,
        'worker', jsonb_build_object('id', e.worker, 'name', w.name, 'status', w.status, 'last_heartbeat', w.last_heartbeat),
        'reconciled_at', now())
      from (select) as one left join worker w on w.id = e.worker)`,
    lock: { limit },
  })
  return abandoned.length
}

/** canceling → cancelled where the lease has run out: what was to be stopped died with its worker. */
export async function cancelExpired(tx: Transaction, limit: number): Promise<number> {
  const cancelled = await finish(tx, ['canceling', 'cancelled', 'executor'], {
    where: sql`e.live and e.worker is not null and e.lease_expires_at < ${afterLease}`,
    set: sql`lease_expires_at = null, result = ${cancelledResult('lease_sweep')}`,
    lock: { limit },
  })
  return cancelled.length
}

/** The earlier processes of this worker that have not ended what they hold. */
export async function earlierInstances(
  db: Queryable,
  by: Pick<ClaimingWorker, 'worker' | 'instance'>,
): Promise<string[]> {
  const rows = await db.many<{ instance: string }>(sql`
    select distinct worker_instance as instance from execution
    where worker = ${by.worker} and live and status in ('running', 'canceling')
      and worker_instance is distinct from ${by.instance} and worker_instance is not null`)
  return rows.map(({ instance }) => instance)
}

/** What processes of this worker left behind. */
const leftBehind = ({ worker }: Pick<ClaimingWorker, 'worker'>, gone: readonly string[]): Sql =>
  sql`e.worker = ${worker} and e.live and e.worker_instance = any(${gone}::uuid[])`

/** running → abandoned for what a process of this worker left behind that is known to be gone, actions included. */
export async function abandonGone(
  tx: Transaction,
  by: Pick<ClaimingWorker, 'worker'>,
  gone: readonly string[],
): Promise<number> {
  const abandoned = await finish(tx, ['running', 'abandoned', 'worker'], {
    where: leftBehind(by, gone),
    set: sql`lease_expires_at = null,
      result = jsonb_build_object('error', 'Worker restarted before the action finished', 'succeeded', false,
        'abandoned_by', 'worker_restart', 'original_status', status, 'reconciled_at', now())`,
  })
  return abandoned.length
}

/** canceling → cancelled for what such a process left behind. */
export async function cancelGone(
  tx: Transaction,
  by: Pick<ClaimingWorker, 'worker'>,
  gone: readonly string[],
): Promise<number> {
  const cancelled = await finish(tx, ['canceling', 'cancelled', 'worker'], {
    where: leftBehind(by, gone),
    set: sql`lease_expires_at = null, result = ${cancelledResult('worker_restart')}`,
  })
  return cancelled.length
}

type Late = { seconds: number; limit: number }
const isLate = (seconds: number): Sql => sql`e.updated < now() - ${seconds} * interval '1 second'`
const heldBy = (workers: readonly Id<'worker'>[]): Sql => sql`e.worker = any(${workers}) and e.live`

/**
 * scheduled → requested: taken back from workers that will not begin them. Another worker, or the same one when it is
 * back, gets them; a dispatch that turns up late finds nothing to claim.
 */
export function takeBack(
  tx: Transaction,
  workers: readonly Id<'worker'>[],
  { seconds, limit }: Late,
): Promise<Execution[]> {
  return tx.many(
    move(['scheduled', 'requested', 'executor'], {
      where: sql`${heldBy(workers)} and ${isLate(seconds)}`,
      set: sql`worker = null`,
      lock: { limit },
    }),
  )
}

/** scheduled → failed: workers that live and have room never take them, however often they are told. */
export function failUntaken(
  tx: Transaction,
  workers: readonly Id<'worker'>[],
  { seconds, limit }: Late,
): Promise<Execution[]> {
  return finish(tx, ['scheduled', 'failed', 'executor'], {
    where: sql`${heldBy(workers)} and ${isLate(seconds)}`,
    set: sql`result = jsonb_build_object(
      'error', format('Execution timed out: worker %s has not begun it within %s seconds', e.worker, ${seconds}::float8),
      'succeeded', false, 'failed_by', 'execution_timeout_monitor', 'timeout_seconds', ${seconds}::float8,
      'age_seconds', floor(extract(epoch from now() - e.updated)), 'original_status', 'scheduled')`,
    lock: { limit },
  })
}

/**
 * Back to requested for what claims to be on its way to a worker and names none: `scheduling` is a claim that no step
 * of ours takes, so such a row comes from a hand.
 */
export function releaseHalfPlaced(tx: Transaction, { seconds, limit }: Late): Promise<Execution[]> {
  return tx.many(
    move([['scheduling', 'scheduled'], 'requested', 'executor'], {
      where: sql`((e.live and e.worker is null) or (e.live and e.worker is not null and e.status = 'scheduling'))
        and ${isLate(seconds)}`,
      set: sql`worker = null`,
      lock: { limit },
    }),
  )
}
