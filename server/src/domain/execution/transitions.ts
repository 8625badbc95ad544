import type { Queryable, Transaction } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import { publish } from '../../messages/publish.ts'
import type { Execution } from './execution.ts'
import type { TerminalStatus, To } from './status.ts'

/*
 * Every statement that moves an execution. Each names the status it starts from: who comes second changes
 * nothing and is told so by the missing row. No other folder writes `execution.status`.
 */

/** An execution that waits for a worker, with what placement needs to know. */
export type Placeable = Pick<
  Execution,
  | 'id'
  | 'action'
  | 'action_ref'
  | 'config'
  | 'parent'
  | 'enforcement'
  | 'retry_count'
  | 'correlation_id'
  | 'created'
> & {
  worker_selector: Execution['worker_selector']
  worker_tolerations: Execution['worker_tolerations']
  worker_affinity: Execution['worker_affinity']
  age_seconds: number
}

/** Locks the executions that still are `requested`; one that another executor holds is left to it. */
export function lockRequested(tx: Transaction, ids: readonly Id<'execution'>[]): Promise<Placeable[]> {
  return tx.many(sql`
    select id, action, action_ref, config, parent, enforcement, retry_count, correlation_id, created,
      worker_selector, worker_tolerations, worker_affinity,
      extract(epoch from now() - created)::float8 as age_seconds
    from execution
    where id = any(${ids}) and status = 'requested'
    order by id
    for update skip locked`)
}

export type Placed = { id: Id<'execution'>; worker: Id<'worker'>; config: JsonObject | null }

/** requested → scheduled, each on its worker, and the dispatches that tell the workers. */
export async function schedule(tx: Transaction, placed: readonly Placed[]): Promise<void> {
  if (placed.length === 0) return
  const scheduled = await tx.many<
    Pick<Execution, 'id' | 'action_ref' | 'updated' | 'correlation_id' | 'config'> & { worker: Id<'worker'> }
  >(sql`
    update execution e
    set status = 'scheduled', worker = p.worker, config = p.config, updated = now()
    from json_to_recordset(${json(placed)}) as p (id bigint, worker bigint, config jsonb)
    where e.id = p.id and e.status = 'requested'
    returning e.id, e.action_ref, e.worker, e.updated, e.correlation_id, e.config`)
  await publish(
    tx,
    'ExecutionDispatched',
    scheduled.map((execution) => ({
      correlation_id: execution.correlation_id,
      payload: {
        execution_id: execution.id,
        worker_id: execution.worker,
        action_ref: execution.action_ref,
        scheduled_attempt_updated_at: execution.updated,
        config: execution.config,
      },
    })),
  )
}

export type Refused = { id: Id<'execution'>; result: JsonObject }

/** requested → failed: it cannot run, and the result says why. */
export async function refuse(tx: Transaction, refused: readonly Refused[]): Promise<void> {
  if (refused.length === 0) return
  const to: To<'executor', 'requested'> = 'failed'
  await sayCompleted(
    tx,
    await tx.many<Execution>(sql`
      update execution e
      set status = ${to}, result = r.result, updated = now()
      from json_to_recordset(${json(refused)}) as r (id bigint, result jsonb)
      where e.id = r.id and e.status = 'requested'
      returning e.*`),
  )
}

/** Whose work it is: the worker's row and the process that holds it now. */
export type Claimant = { worker: Id<'worker'>; instance: string; lease_seconds: number }

/** A claimed attempt and what it comes from. */
export type Claimed = Execution & { rule_ref: string | null; trigger_ref: string | null }

/**
 * scheduled → running for this worker's dispatches. A dispatch that is delivered again finds nothing to claim. The
 * lease counts from the statement, not from the beginning of the transaction: the worker counts it from before.
 */
export function claim(tx: Transaction, ids: readonly Id<'execution'>[], by: Claimant): Promise<Claimed[]> {
  const to: To<'worker', 'scheduled'> = 'running'
  return tx.many(sql`
    with claimed as (
      update execution
      set status = ${to}, started_at = now(), attempt = attempt + 1, worker_instance = ${by.instance},
        lease_expires_at = clock_timestamp() + ${by.lease_seconds} * interval '1 second', updated = now()
      where id = any(${ids}) and status = 'scheduled' and worker = ${by.worker}
      returning *)
    select c.*, e.rule_ref, e.trigger_ref
    from claimed c
    left join enforcement e on e.id = c.enforcement`)
}

/** An attempt whose lease was renewed, and whether somebody wants it to end. */
export type Renewed = { id: Id<'execution'>; status: 'running' | 'canceling' }

/**
 * Keeps the attempts that a live worker holds from being taken for lost; what is missing from the answer is not its
 * own any more. One that it claimed without knowing, because the answer to the commit was lost, is not among them and
 * runs out.
 */
export function renewLeases(
  database: Queryable,
  by: Claimant,
  held: readonly Id<'execution'>[],
): Promise<Renewed[]> {
  return database.many(sql`
    update execution
    set lease_expires_at = clock_timestamp() + ${by.lease_seconds} * interval '1 second'
    where id = any(${held}) and status in ('running', 'canceling') and worker_instance = ${by.instance}
    returning id, status`)
}

/** An execution that somebody wants to end. */
export type ToCancel = Pick<Execution, 'id' | 'status' | 'action_ref' | 'worker'>

/** Locks an execution for whoever wants to end it; undefined when there is none. */
export function lockToCancel(tx: Transaction, id: Id<'execution'>): Promise<ToCancel | undefined> {
  return tx.maybe(sql`select id, status, action_ref, worker from execution where id = ${id} for update`)
}

/** requested, scheduled → cancelled: nothing has begun, so there is nobody to tell. */
export async function cancelUnbegun(tx: Transaction, id: Id<'execution'>, login: string): Promise<void> {
  const to: To<'api', 'requested' | 'scheduled'> = 'cancelled'
  await sayCompleted(
    tx,
    await tx.many<Execution>(sql`
      update execution
      set status = ${to}, cancel_requested_at = now(), cancel_requested_by = ${login}, updated = now(),
        result = jsonb_build_object('error', 'Cancelled by user before execution started', 'succeeded', false,
          'cancelled', true, 'cancelled_by', ${login}::text, 'cancelled_at', now())
      where id = ${id} and status in ('requested', 'scheduling', 'scheduled')
      returning *`),
  )
}

/** running → canceling, and the word to its worker. */
export async function askToCancel(tx: Transaction, id: Id<'execution'>, login: string): Promise<void> {
  const to: To<'api', 'running'> = 'canceling'
  const asked = await tx.many<Pick<Execution, 'id' | 'worker' | 'correlation_id'>>(sql`
    update execution
    set status = ${to}, cancel_requested_at = now(), cancel_requested_by = ${login}, updated = now()
    where id = ${id} and status = 'running'
    returning id, worker, correlation_id`)
  await publish(
    tx,
    'ExecutionCancelRequested',
    asked.flatMap(({ id: execution_id, worker: worker_id, correlation_id }) =>
      worker_id === null ? [] : [{ correlation_id, payload: { execution_id, worker_id } }],
    ),
  )
}

/** Those that this process holds and somebody wants to end. */
export function findCanceling(
  tx: Queryable,
  ids: readonly Id<'execution'>[],
  by: Pick<Claimant, 'instance'>,
): Promise<{ id: Id<'execution'> }[]> {
  return tx.many(sql`
    select id from execution
    where id = any(${ids}) and status = 'canceling' and worker_instance = ${by.instance}`)
}

/** canceling → cancelled for what this process claimed and knows that it does not run: nothing is left to stop. */
export async function cancelUnheld(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  by: Pick<Claimant, 'instance'>,
): Promise<void> {
  if (ids.length === 0) return
  const to: Extract<To<'worker', 'canceling'>, 'cancelled'> = 'cancelled'
  await sayCompleted(
    tx,
    await tx.many<Execution>(sql`
      update execution
      set status = ${to}, lease_expires_at = null, updated = now(), result = ${cancelledResult('worker')}
      where id = any(${ids}) and status = 'canceling' and worker_instance = ${by.instance}
      returning *`),
  )
}

/** What is left as the result where nobody saw the action end. */
function cancelledResult(by: 'worker' | 'lease_sweep' | 'worker_restart') {
  return sql`jsonb_build_object('error', 'Execution cancelled by user', 'succeeded', false, 'cancelled', true,
    'cancelled_by', cancel_requested_by, 'cancelled_at', cancel_requested_at, 'recorded_by', ${by}::text,
    'original_status', status)`
}

export type Ending = { id: Id<'execution'>; attempt: number; status: TerminalStatus; result: JsonObject }

/**
 * running, canceling → its end, where this process still holds the attempt: the end that the process really had, so
 * one that was done before it could be cancelled has completed. An attempt that was taken away in the meantime keeps
 * the end it has; its id is missing from the answer.
 */
export async function end(
  tx: Transaction,
  endings: readonly Ending[],
  by: Pick<Claimant, 'worker' | 'instance'>,
): Promise<Set<Id<'execution'>>> {
  if (endings.length === 0) return new Set()
  const ended = await tx.many<Execution>(sql`
    update execution e
    set status = r.status::execution_status_enum, lease_expires_at = null, updated = now(),
      result = case when r.status = 'cancelled' and e.cancel_requested_by is not null
        then r.result || jsonb_build_object('cancelled_by', e.cancel_requested_by, 'cancelled_at', e.cancel_requested_at)
        else r.result end
    from json_to_recordset(${json(endings)}) as r (id bigint, attempt integer, status text, result jsonb)
    where e.id = r.id and e.attempt = r.attempt and e.status in ('running', 'canceling')
      and e.worker = ${by.worker} and e.worker_instance = ${by.instance}
    returning e.*`)
  await sayCompleted(tx, ended)
  return new Set(ended.map((execution) => execution.id))
}

/** Says ExecutionCompleted for executions that have just reached their end. */
async function sayCompleted(tx: Transaction, ended: readonly Execution[]): Promise<void> {
  await publish(
    tx,
    'ExecutionCompleted',
    ended.map((execution) => ({
      correlation_id: execution.correlation_id,
      payload: {
        execution_id: execution.id,
        action_id: execution.action ?? 0,
        action_ref: execution.action_ref,
        status: execution.status,
        result: execution.result,
        completed_at: execution.updated,
      },
    })),
  )
}

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
    update execution
    set status = 'abandoned', lease_expires_at = null, updated = now(),
      result = jsonb_build_object('error', 'Worker restarted before the action finished', 'succeeded', false,
        'abandoned_by', 'worker_restart', 'original_status', status, 'reconciled_at', now())
    where worker = ${by.worker} and live and status = 'running' and worker_instance = any(${gone}::uuid[])
    returning *`)
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
    update execution
    set status = 'cancelled', lease_expires_at = null, updated = now(), result = ${cancelledResult('worker_restart')}
    where worker = ${by.worker} and live and status = 'canceling' and worker_instance = any(${gone}::uuid[])
    returning *`)
  await sayCompleted(tx, cancelled)
  return cancelled.length
}

/** scheduled → requested: a worker that stops hands back what it has not begun. */
export async function giveBack(tx: Transaction, by: Pick<Claimant, 'worker'>): Promise<Execution[]> {
  const to: Extract<To<'worker', 'scheduled'>, 'requested'> = 'requested'
  return tx.many(sql`
    update execution
    set status = ${to}, worker = null, updated = now()
    where worker = ${by.worker} and live and status = 'scheduled'
    returning *`)
}
