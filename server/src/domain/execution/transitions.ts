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

export type DeadLettered = {
  id: Id<'execution'>
  from: 'requested' | 'scheduled'
  /** The row's `updated` when the dead dispatch was said; null: not known. */
  scheduled_attempt_updated_at: string | null
  result: JsonObject
}

/** requested, scheduled → failed: the message that would have taken it further is dead. One placed anew goes on. */
export async function failDeadLettered(tx: Transaction, dead: DeadLettered): Promise<void> {
  const { id, from, scheduled_attempt_updated_at, result } = dead
  const to: To<'executor', 'requested' | 'scheduled'> & 'failed' = 'failed'
  await sayCompleted(
    tx,
    await tx.many<Execution>(sql`
      update execution
      set status = ${to}, result = ${json(result)}, updated = now()
      where id = ${id} and status in ('requested', 'scheduled') and status = ${from}
        and (${scheduled_attempt_updated_at}::timestamptz is null or updated = ${scheduled_attempt_updated_at})
      returning *`),
  )
}

/** Whose work it is: the worker's row and the process that holds it now. */
export type Claimant = { worker: Id<'worker'>; instance: string; lease_seconds: number }

/** A claimed attempt and what it comes from. */
export type Claimed = Execution & { rule_ref: string | null; trigger_ref: string | null }

/** scheduled → running for this worker's dispatches. A dispatch that is delivered again finds nothing to claim. */
export function claim(tx: Transaction, ids: readonly Id<'execution'>[], by: Claimant): Promise<Claimed[]> {
  const to: To<'worker', 'scheduled'> = 'running'
  return tx.many(sql`
    with claimed as (
      update execution
      set status = ${to}, started_at = now(), attempt = attempt + 1, worker_instance = ${by.instance},
        lease_expires_at = now() + ${by.lease_seconds} * interval '1 second', updated = now()
      where id = any(${ids}) and status = 'scheduled' and worker = ${by.worker}
      returning *)
    select c.*, e.rule_ref, e.trigger_ref
    from claimed c
    left join enforcement e on e.id = c.enforcement`)
}

/**
 * Keeps the attempts that a live worker holds from being taken for lost. One that it claimed without knowing, because
 * the answer to the commit was lost, is not among them and runs out.
 */
export function renewLeases(
  database: Queryable,
  by: Claimant,
  held: readonly Id<'execution'>[],
): Promise<number> {
  return database.run(sql`
    update execution
    set lease_expires_at = now() + ${by.lease_seconds} * interval '1 second'
    where id = any(${held}) and status in ('running', 'canceling') and worker_instance = ${by.instance}`)
}

export type Ending = { id: Id<'execution'>; attempt: number; status: TerminalStatus; result: JsonObject }

/**
 * running → its end, where this process still holds the attempt. An attempt that was taken away in the
 * meantime keeps the end it has; its id is missing from the answer.
 */
export async function end(
  tx: Transaction,
  endings: readonly Ending[],
  by: Pick<Claimant, 'worker' | 'instance'>,
): Promise<Set<Id<'execution'>>> {
  if (endings.length === 0) return new Set()
  const ended = await tx.many<Execution>(sql`
    update execution e
    set status = r.status::execution_status_enum, result = r.result, lease_expires_at = null, updated = now()
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
      where e.live and e.worker is not null and e.status in ('running', 'canceling') and e.lease_expires_at < now()
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

/** running → abandoned for what earlier processes of this worker left behind: it starts, so they are gone. */
export async function abandonEarlierInstances(
  tx: Transaction,
  by: Pick<Claimant, 'worker' | 'instance'>,
): Promise<number> {
  const abandoned = await tx.many<Execution>(sql`
    update execution
    set status = 'abandoned', lease_expires_at = null, updated = now(),
      result = jsonb_build_object('error', 'Worker restarted before the action finished', 'succeeded', false,
        'abandoned_by', 'worker_restart', 'original_status', status, 'reconciled_at', now())
    where worker = ${by.worker} and live and status in ('running', 'canceling')
      and worker_instance is distinct from ${by.instance}
    returning *`)
  await sayCompleted(tx, abandoned)
  return abandoned.length
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
