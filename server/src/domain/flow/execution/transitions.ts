import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, prepared, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { publish } from '../../../messages/publish.ts'
import type { Execution } from './execution.ts'
import { lostAccount } from './queries.ts'
import { finish, move } from './move.ts'
import { type TerminalStatus, terminalStatuses } from './status.ts'

/* How executions move; those whose owner is gone are in recovery.ts. */

/** An execution that waits for a worker, with what placement needs to know. */
export type PlaceableExecution = Pick<
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
  /** It has waited for a worker as long as it may. */
  waited_out: boolean
  /** Why the account that it runs as starts nothing any more. */
  lost_account: string | null
}

/** Locks the executions that still are `requested`; one that another executor holds is left to it. */
export function lockRequested(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
): Promise<PlaceableExecution[]> {
  return tx.many(sql`
    select e.id, e.action, e.action_ref, e.config, e.parent, e.enforcement, e.retry_count, e.correlation_id, e.created,
      e.worker_selector, e.worker_tolerations, e.worker_affinity,
      coalesce(e.wait_ends_at <= now(), false) as waited_out,
      ${lostAccount(sql`e`, sql`i`)} as lost_account
    from execution e
    left join identity i on i.id = e.executor
    where e.id = any(${ids}) and e.status = 'requested'
    order by e.id
    for update of e skip locked`)
}

export type PlacedExecution = { id: Id<'execution'>; worker: Id<'worker'>; config: JsonObject | null }

export type ScheduledExecution = Pick<
  Execution,
  'id' | 'action_ref' | 'created' | 'updated' | 'retry_count' | 'correlation_id' | 'config'
> & { worker: Id<'worker'> }

/** requested → scheduled, each on its worker, and the dispatches that tell the workers. */
export async function schedule(
  tx: Transaction,
  placed: readonly PlacedExecution[],
): Promise<ScheduledExecution[]> {
  if (placed.length === 0) return []
  const scheduled = await tx.many<ScheduledExecution>(
    move(['requested', 'scheduled', 'executor'], {
      given: {
        rows: sql`json_to_recordset(${json(placed)}) as given (id bigint, worker bigint, config jsonb)`,
        on: sql`e.id = given.id`,
      },
      set: sql`worker = given.worker, config = given.config, wait_ends_at = null`,
      lock: 'held',
      returning: sql`e.id, e.action_ref, e.worker, e.created, e.updated, e.retry_count, e.correlation_id, e.config`,
    }),
  )
  await publishDispatched(tx, scheduled)
  return scheduled
}

/** What a dispatch tells of an execution that has its worker. */
export type DispatchedExecution = Pick<
  Execution,
  'id' | 'action_ref' | 'updated' | 'correlation_id' | 'config'
> & {
  worker: Id<'worker'>
}

/** Says ExecutionDispatched to the worker of each. */
export function publishDispatched(tx: Transaction, scheduled: readonly DispatchedExecution[]): Promise<void> {
  return publish(
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

/** `for_good`: it is not tried again, whatever retries it has left. */
export type RefusedExecution = { id: Id<'execution'>; result: JsonObject; for_good: boolean }

/** requested → failed: it cannot run, and the result says why. */
export async function refuse(tx: Transaction, refused: readonly RefusedExecution[]): Promise<void> {
  if (refused.length === 0) return
  await finish(tx, ['requested', 'failed', 'executor'], {
    given: {
      rows: sql`json_to_recordset(${json(refused)}) as given (id bigint, result jsonb, for_good boolean)`,
      on: sql`e.id = given.id`,
    },
    set: sql`result = given.result, followed_up = e.followed_up or given.for_good`,
    lock: 'held',
  })
}

type DeadLettered = {
  id: Id<'execution'>
  from: 'requested' | 'scheduled'
  /** The row's `updated` when the dead dispatch was said; null: not known. */
  scheduled_attempt_updated_at: string | null
  result: JsonObject
}

/** requested, scheduled → failed: the message that would have taken it further is dead. One placed anew goes on. */
export async function failDeadLettered(tx: Transaction, dead: DeadLettered): Promise<void> {
  const { id, from, scheduled_attempt_updated_at: fence, result } = dead
  await finish(tx, [from, 'failed', 'executor'], {
    where: sql`e.id = ${id} and (${fence}::timestamptz is null or e.updated = ${fence})`,
    set: sql`result = ${json(result)}`,
  })
}

/** Whose work it is: the worker's row and the process that holds it now. */
export type ClaimingWorker = { worker: Id<'worker'>; instance: string; lease_seconds: number }

/** A claimed attempt and what it comes from. */
export type ClaimedExecution = Execution & {
  rule_ref: string | null
  trigger_ref: string | null
  event_created: string | null
}

/**
 * scheduled → running for this worker's dispatches. A dispatch that is delivered again finds nothing to claim. The
 * lease counts from the statement, not from the beginning of the transaction: the worker counts it from before.
 */
export function claim(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  by: ClaimingWorker,
): Promise<ClaimedExecution[]> {
  const claimed = move(['scheduled', 'running', 'worker'], {
    where: sql`e.id = any(${ids}) and e.worker = ${by.worker}`,
    set: sql`started_at = now(), attempt = attempt + 1, worker_instance = ${by.instance},
      lease_expires_at = clock_timestamp() + ${by.lease_seconds} * interval '1 second'`,
  })
  return tx.many(
    prepared(sql`
    with claimed as (${claimed})
    select c.*, e.rule_ref, e.trigger_ref, e.event_created
    from claimed c
    left join enforcement e on e.id = c.enforcement`),
  )
}

/** An attempt whose lease was renewed, and whether somebody wants it to end. */
type Renewed = { id: Id<'execution'>; status: 'running' | 'canceling' }

/**
 * Keeps the attempts that a live worker holds from being taken for lost; what is missing from the answer is not its
 * own any more. One that it claimed without knowing, because the answer to the commit was lost, is not among them and
 * runs out.
 */
export function renewLeases(
  database: Queryable,
  by: ClaimingWorker,
  held: readonly Id<'execution'>[],
): Promise<Renewed[]> {
  return database.many(sql`
    with mine as (
      select id from execution
      where id = any(${held}) and status in ('running', 'canceling') and worker_instance = ${by.instance}
      order by id
      for no key update)
    update execution e
    set lease_expires_at = clock_timestamp() + ${by.lease_seconds} * interval '1 second'
    where e.id = any(array(select id from mine))
    returning e.id, e.status`)
}

/** An execution that somebody wants to end. */
export type ExecutionToCancel = Pick<Execution, 'id' | 'status' | 'action_ref' | 'worker'>

/** Locks an execution for whoever wants to end it; undefined when there is none. */
export function lockToCancel(tx: Transaction, id: Id<'execution'>): Promise<ExecutionToCancel | undefined> {
  return tx.maybe(sql`select id, status, action_ref, worker from execution where id = ${id} for update`)
}

/** Locks what an account has under way and nobody wants to end yet, in the order of ids. */
export function lockLiveOf(tx: Transaction, account: Id<'identity'>): Promise<ExecutionToCancel[]> {
  return tx.many(sql`
    select id, status, action_ref, worker from execution
    where ((live and worker is null) or (live and worker is not null))
      and executor = ${account} and status <> 'canceling'
    order by id
    for update`)
}

/** requested, scheduled → cancelled: nothing has begun, so there is nobody to tell. */
export async function cancelUnbegun(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  { by, error }: { by: string; error: string },
): Promise<void> {
  await finish(tx, [['requested', 'scheduling', 'scheduled'], 'cancelled', 'api'], {
    where: sql`e.id = any(${ids})`,
    set: sql`cancel_requested_at = now(), cancel_requested_by = ${by},
      result = jsonb_build_object('error', ${error}::text, 'succeeded', false,
        'cancelled', true, 'cancelled_by', ${by}::text, 'cancelled_at', now())`,
    lock: 'held',
  })
}

/** running → canceling, and the word to its worker. */
export async function askToCancel(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  by: string,
): Promise<void> {
  const asked = await tx.many<Pick<Execution, 'id' | 'worker' | 'correlation_id'>>(
    move(['running', 'canceling', 'api'], {
      where: sql`e.id = any(${ids})`,
      set: sql`cancel_requested_at = now(), cancel_requested_by = ${by}`,
      lock: 'held',
      returning: sql`e.id, e.worker, e.correlation_id`,
    }),
  )
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
  by: Pick<ClaimingWorker, 'instance'>,
): Promise<{ id: Id<'execution'> }[]> {
  return tx.many(sql`
    select id from execution
    where id = any(${ids}) and status = 'canceling' and worker_instance = ${by.instance}`)
}

/** canceling → cancelled for what this process claimed and knows that it does not run: nothing is left to stop. */
export async function cancelUnheld(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  by: Pick<ClaimingWorker, 'instance'>,
): Promise<void> {
  if (ids.length === 0) return
  await finish(tx, ['canceling', 'cancelled', 'worker'], {
    where: sql`e.id = any(${ids}) and e.worker_instance = ${by.instance}`,
    set: sql`lease_expires_at = null, result = ${cancelledResult('worker')}`,
  })
}

/** What is left as the result where nobody saw the action end. */
export function cancelledResult(by: 'worker' | 'lease_sweep' | 'worker_restart') {
  return sql`jsonb_build_object('error', 'Execution cancelled by user', 'succeeded', false, 'cancelled', true,
    'cancelled_by', cancel_requested_by, 'cancelled_at', cancel_requested_at, 'recorded_by', ${by}::text,
    'original_status', status)`
}

/** An end that was recorded, with the times it lies between. */
export type RecordedEnd = Pick<Execution, 'started_at' | 'updated'>

export type ExecutionEnding = {
  id: Id<'execution'>
  attempt: number
  status: TerminalStatus
  result: JsonObject
}

/**
 * running, canceling → its end, where this process still holds the attempt: the end that the process really had, so
 * one that was done before it could be cancelled has completed. An attempt that was taken away in the meantime keeps
 * the end it has; its id is missing from the answer.
 */
export async function end(
  tx: Transaction,
  endings: readonly ExecutionEnding[],
  by: Pick<ClaimingWorker, 'worker' | 'instance'>,
): Promise<Map<Id<'execution'>, RecordedEnd>> {
  if (endings.length === 0) return new Map()
  const ids = endings.map(({ id }) => id)
  const ended = await finish(tx, [['running', 'canceling'], terminalStatuses, 'worker'], {
    where: sql`e.id = any(${ids}) and e.worker = ${by.worker} and e.worker_instance = ${by.instance}`,
    given: {
      rows: sql`json_to_recordset(${json(endings)}) as given (id bigint, attempt integer, status text, result jsonb)`,
      on: sql`e.id = given.id and e.attempt = given.attempt`,
    },
    set: sql`lease_expires_at = null,
      result = case when given.status = 'cancelled' and e.cancel_requested_by is not null
        then given.result
          || jsonb_build_object('cancelled_by', e.cancel_requested_by, 'cancelled_at', e.cancel_requested_at)
        else given.result end`,
  })
  return new Map(ended.map((execution) => [execution.id, execution]))
}

/** scheduled → requested: a worker that stops hands back what it has not begun. */
export async function giveBack(tx: Transaction, by: Pick<ClaimingWorker, 'worker'>): Promise<Execution[]> {
  return tx.many(
    move(['scheduled', 'requested', 'worker'], {
      where: sql`e.worker = ${by.worker} and e.live`,
      set: sql`worker = null`,
    }),
  )
}
