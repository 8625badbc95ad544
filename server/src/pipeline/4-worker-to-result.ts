import { setTimeout as sleep } from 'node:timers/promises'
import type { ActionRunner, EndedRun } from '../action-runner/run.ts'
import type { Database, Transaction } from '../database/database.ts'
import { outageText } from '../database/outage.ts'
import { isTransient } from '../database/violation.ts'
import { type RunnableAction, runnableActions } from '../domain/definition/action/runnable.ts'
import {
  type ClaimingWorker,
  type ClaimedExecution,
  cancelUnheld,
  claim,
  type ExecutionEnding,
  end,
  findCanceling,
  type RecordedEnd,
} from '../domain/flow/execution/transitions.ts'
import { assignKeys, type KeyAssignment, type KeyRecipient } from '../domain/definition/key/delivery.ts'
import type { SchemaCache } from '../domain/schema/cache.ts'
import type { Cipher } from '../domain/secret/cipher.ts'
import { type ExtractedSecret, holdsMarker, redact } from '../domain/secret/redact.ts'
import { reveal, store } from '../domain/secret/queries.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import { type HopTimes, secondsBetween } from '../observe/hop.ts'
import type { Id } from '../id.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { Handler } from '../messages/consume.ts'
import type { ConsumedMessage } from '../messages/messages.ts'
import type { Consumer } from '../messages/transport.ts'
import type { Metrics } from '../observe/metrics.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { NaturalBatch } from '../waiting/natural-batch.ts'
import { retry } from '../waiting/retry.ts'
import { errorOriginOf, safeErrorText } from '../text/error-text.ts'
import type { Tracing } from '../observe/tracing.ts'
import { fitResult } from './result-size.ts'
import { type HeldExecution, outputSchema, requestOf } from './run-request.ts'

type WorkerContext = {
  database: Database
  runner: ActionRunner
  cipher: Cipher
  tokens: Tokens
  schemas: SchemaCache
  claimant: ClaimingWorker
  log: Log
  metrics: Pick<Metrics, 'ended' | 'passed'>
  tracing: Pick<Tracing, 'running'>
  max_concurrent_tasks: number
  /** Whether actions get the keys of the system that they name; without, one that names some does not run here. */
  inject_system_keys: boolean
  /** Seconds where the action names none. */
  task_timeout: number
  /** Bytes of a result that stays in its row. */
  inline_limit_bytes: number
}

export type WorkerStep = {
  dispatchesToRuns: Handler<'ExecutionDispatched'>
  /** Stops what runs here and is to be cancelled. */
  cancelsToStops: Handler<'ExecutionCancelRequested'>
  /** Free slots. */
  capacity(): number
  /** Executions that this process holds now: claimed, committed, their end not recorded. */
  held(): Id<'execution'>[]
  /** Names the consumer of the dispatches: it is told when a slot becomes free. */
  takeFrom(consumer: DispatchSource): void
  /** Resolves when nothing runs and every end is recorded. */
  idle(): Promise<void>
}

type DispatchSource = Pick<Consumer, 'wake' | 'takeInto'>

type Finished = ExecutionEnding & { secrets: ExtractedSecret[] }

/**
 * dispatch → ExecutionCompleted
 *
 * The one step in two acts. It claims a batch (`scheduled → running`) in the batch's transaction; after the
 * commit each action runs as a process; ends are recorded as they come, many in one transaction. Delivered
 * again, a dispatch finds nothing to claim.
 */
export function createWorkerStep(context: WorkerContext): WorkerStep {
  const { claimant, log } = context
  /** What takes a slot; false while the claim is not committed. */
  const active = new Map<Id<'execution'>, boolean>()
  let source: DispatchSource | undefined
  const isFull = () => active.size >= context.max_concurrent_tasks
  const endings = new NaturalBatch<Finished, boolean>(
    (finished) => recordAndRefill(context, finished, isFull() ? source : undefined),
    { max: 200 },
  )

  async function carry(claimed: HeldExecution): Promise<void> {
    const { id, attempt, action_ref } = claimed.execution
    const traced = context.tracing.running(claimed.execution)
    active.set(id, true)
    try {
      const ended = await run(context, claimed)
      traced.ended(ended.status)
      const recorded = await persist(endings, toFinished(context, claimed, ended), log)
      context.metrics.ended(ended.status)
      const { correlation_id } = claimed.execution
      const about = { execution_id: id, action_ref, status: ended.status, attempt, recorded, correlation_id }
      log.info(about, 'execution ended')
    } finally {
      traced.recorded()
      active.delete(id)
      source?.wake()
    }
  }

  return {
    async dispatchesToRuns(tx, batch) {
      const ids = batch.map((message) => message.execution_id)
      const held_until_ms = heldUntil(claimant) // before the lease is written: it must not outlast that
      const executions = await claim(tx, ids, claimant)
      for (const { id } of executions) active.set(id, false)
      tx.afterRollback(() => {
        for (const { id } of executions) active.delete(id)
      })
      const unheld = ids.filter((id) => !active.has(id))
      await cancelUnheld(tx, unheld, claimant)
      const held = executions.length > 0 ? await gather(tx, executions, { ...context, held_until_ms }) : []
      tx.afterCommit(() => {
        for (const claimed of held)
          void carry(claimed).catch((error: unknown) => log.error({ err: error }, 'run failed'))
      })
      return { repeated: batch.length - executions.length, hops: hopsOf(executions, batch) }
    },
    cancelsToStops: stopCanceling(context),
    capacity: () => Math.max(0, context.max_concurrent_tasks - active.size),
    held: () => [...active].flatMap(([id, committed]) => (committed ? [id] : [])),
    takeFrom(consumer) {
      source = consumer
    },
    idle: () => emptied(active),
  }
}

async function emptied(active: ReadonlyMap<unknown, unknown>): Promise<void> {
  while (active.size > 0) await sleep(20)
}

/** When an execution was scheduled stands in its dispatch: the claim has written over `updated`. */
function hopsOf(
  executions: readonly ClaimedExecution[],
  batch: readonly ConsumedMessage<'ExecutionDispatched'>[],
): HopTimes {
  const scheduled = new Map(batch.map((m) => [m.execution_id, m.scheduled_attempt_updated_at]))
  const between = (from: string | null | undefined, to: string | null) =>
    typeof from === 'string' && to !== null ? [secondsBetween(from, to)] : []
  return {
    scheduled_to_started: executions.flatMap(({ id, started_at }) => between(scheduled.get(id), started_at)),
    event_to_started: executions
      .filter(({ retry_count }) => retry_count === 0)
      .flatMap(({ event_created, started_at }) => between(event_created, started_at)),
  }
}

/** Asks the rows what is to be stopped: by now it may have ended, or be another's. */
function stopCanceling({ runner, claimant }: WorkerContext): Handler<'ExecutionCancelRequested'> {
  return async (tx, batch) => {
    const canceling = await findCanceling(
      tx,
      batch.map((message) => message.execution_id),
      claimant,
    )
    tx.afterCommit(() => {
      for (const { id } of canceling) runner.cancel(id)
    })
  }
}

/**
 * Up to when what is claimed or renewed now may run here, on this machine's own clock. The tenth of the lease that is
 * left then is for killing it before anybody else may begin.
 */
export function heldUntil({ lease_seconds }: Pick<ClaimingWorker, 'lease_seconds'>): number {
  return monotonicMs() + lease_seconds * 900
}

async function gather(
  tx: Transaction,
  executions: ClaimedExecution[],
  context: WorkerContext & { held_until_ms: number },
): Promise<HeldExecution[]> {
  const secretive = executions.filter((execution) => holdsMarker(execution.config)).map(({ id }) => id)
  const [actions, secrets] = await Promise.all([
    runnableActions(
      tx,
      executions.flatMap(({ action }) => (action === null ? [] : [action])),
    ),
    reveal(tx, context.cipher, 'execution_config', secretive),
  ])
  const held = executions.map((execution) => ({
    execution,
    action: execution.action === null ? undefined : actions.get(execution.action),
    secrets: secrets.get(execution.id) ?? [],
    held_until_ms: context.held_until_ms,
  }))
  const recipients = held.flatMap(recipientOf)
  const assigned = await assignKeys(tx, recipients, context)
  return held.map((one) => ({ ...one, keys: assigned.get(one.execution.id) ?? none }))
}

const none: KeyAssignment = { kind: 'assigned', keys: [] }

/** None where the action is gone: then nothing runs. */
function recipientOf({ execution, action }: Pick<HeldExecution, 'execution' | 'action'>): KeyRecipient[] {
  if (action === undefined) return []
  const { id, correlation_id, executor, permission_set_refs, authority_set_refs } = execution
  const { ref: action_ref, pack, key_refs } = action
  return [
    {
      execution: id,
      correlation_id,
      action: action.id,
      action_ref,
      pack,
      key_refs,
      executor,
      permission_set_refs,
      authority_set_refs,
    },
  ]
}

/** Runs one attempt. Whatever goes wrong before or around the process is a failed end, never an exception. */
async function run(context: WorkerContext, claimed: HeldExecution): Promise<EndedRun> {
  try {
    return await context.runner.run(await requestOf(context, claimed))
  } catch (error) {
    const text = safeErrorText(error)
    const about = { execution_id: claimed.execution.id, error: text, origin: errorOriginOf(error) }
    context.log.error(about, 'action could not be run')
    return {
      status: 'failed',
      result: { status: 'failed', succeeded: false, error: `Action execution failed: ${text}` },
    }
  }
}

/** The end as it is stored: secret output cut out, and nothing larger than a row may hold. */
function toFinished(
  context: WorkerContext,
  { execution, action }: Pick<HeldExecution, 'execution' | 'action'>,
  ended: EndedRun,
): Finished {
  const fitted = fitResult(ended, {
    bytes: context.inline_limit_bytes,
    output_format: action?.output_format ?? 'text',
  })
  const { redacted, secrets } = redactOutput(context.schemas, action, fitted.result)
  const status = fitted.abandoned === true ? 'abandoned' : fitted.status
  return { id: execution.id, attempt: execution.attempt, status, result: redacted, secrets }
}

function redactOutput(schemas: SchemaCache, action: RunnableAction | undefined, result: JsonObject) {
  const schema = outputSchema(schemas, action)
  if (schema === undefined || result.data === undefined) return { redacted: result, secrets: [] }
  return redact(
    result,
    schema.collectSecrets(result.data).map(({ pointer }) => `/data${pointer}`),
  )
}

/**
 * Records ends. Given a source, which is when every slot is taken, the same transaction claims what runs in their
 * place: under load that halves the commits. Trouble with new work must not hold up the ends of old work.
 */
async function recordAndRefill(
  context: WorkerContext,
  finished: Finished[],
  source: DispatchSource | undefined,
): Promise<boolean[]> {
  if (source === undefined) return record(context, finished)
  try {
    return await record(context, finished, (tx) => source.takeInto(tx, finished.length))
  } catch (error) {
    context.log.debug({ error: String(error) }, 'ends are recorded without taking new work')
    return record(context, finished)
  }
}

async function record(
  { database, cipher, claimant, metrics }: WorkerContext,
  finished: Finished[],
  also: (tx: Transaction) => Promise<void> = async () => undefined,
): Promise<boolean[]> {
  const ended = await database.transaction(async (tx) => {
    const ids = await end(
      tx,
      finished.map(({ id, attempt, status, result }) => ({ id, attempt, status, result })),
      claimant,
    )
    const kept = finished.filter(({ id, secrets }) => ids.has(id) && secrets.length > 0)
    await store(
      tx,
      cipher,
      'execution_result',
      kept.map(({ id, secrets }) => ({ id, secrets, source_kind: 'execution_result' })),
    )
    tx.afterCommit(() => metrics.passed({ started_to_ended: [...ids.values()].flatMap(ranFor) }))
    await also(tx)
    return ids
  })
  return finished.map(({ id }) => ended.has(id))
}

function ranFor({ started_at, updated }: RecordedEnd): number[] {
  return started_at === null ? [] : [secondsBetween(started_at, updated)]
}

/** Keeps an end until the database has it. False when the attempt was taken away in the meantime. */
async function persist(
  endings: NaturalBatch<Finished, boolean>,
  finished: Finished,
  log: Log,
): Promise<boolean> {
  const failed = (error: unknown) =>
    log.warn({ execution_id: finished.id, error: outageText(error) }, 'end not recorded yet')
  try {
    return await retry(() => endings.add(finished), { worthwhile: isTransient, failed })
  } catch (error) {
    failed(error)
    return endings.add(unstorable(finished, error))
  }
}

/** A result that the database refuses must not leave the execution running for ever. */
function unstorable(finished: Finished, error: unknown): Finished {
  const reason = error instanceof Error ? error.message : String(error)
  const result = { status: 'failed', succeeded: false, error: `The result cannot be stored: ${reason}` }
  return { ...finished, status: 'failed', result, secrets: [] }
}
