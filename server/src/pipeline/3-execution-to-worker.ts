import type { Transaction } from '../database/database.ts'
import { type RunnableAction, runnableActions } from '../domain/definition/action/runnable.ts'
import { noteWaiting, publishRequested } from '../domain/flow/execution/create.ts'
import { type Placement, place } from '../domain/flow/execution/place.ts'
import { requirementOf } from '../domain/flow/execution/requirement.ts'
import {
  lockRequested,
  type PlaceableExecution,
  type PlacedExecution,
  type RefusedExecution,
  refuse,
  type ScheduledExecution,
  schedule,
} from '../domain/flow/execution/transitions.ts'
import type { SchemaCache } from '../domain/schema/cache.ts'
import { isMarker } from '../domain/secret/redact.ts'
import * as workers from '../domain/flow/worker/queries.ts'
import { secondsBetween } from '../observe/hop.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Handler } from '../messages/consume.ts'
import { Problem } from '../problem.ts'

/** Workers come and go with a restart: an execution waits so long for one that fits before it fails. */
const RETRY_PLACEMENT_MS = 2000

type PlacementSettings = {
  schemas: SchemaCache
  /** Seconds an execution may wait for a worker that exists but is away. */
  placement_grace: number
}

/** An execution whose parameters are complete and valid. */
type Ready = {
  kind: 'ready'
  execution: PlaceableExecution
  action: RunnableAction
  config: JsonObject | null
}
type Decision =
  | { kind: 'schedule'; placed: PlacedExecution }
  | { kind: 'refuse'; refused: RefusedExecution }
  | { kind: 'wait'; execution: PlaceableExecution }

/**
 * ExecutionRequested → dispatch
 *
 * Completes the parameters from their defaults, checks them, and places the whole batch at once. What cannot
 * run fails with the reason; where its account is frozen or gone, for good: every attempt, replay and child passes here. Delivered again, a message finds its execution past `requested` and does nothing.
 */
export function executionsToWorkers(settings: PlacementSettings): Handler<'ExecutionRequested'> {
  let turn = 0
  return async (tx, batch) => {
    const [executions, actions, candidates] = await Promise.all([
      lockRequested(
        tx,
        batch.map((message) => message.execution_id),
      ),
      runnableActions(
        tx,
        batch.flatMap(({ action_id }) => (action_id === null ? [] : [action_id])),
      ),
      workers.candidates(tx),
    ])
    const prepared = executions.map((execution) => prepare(execution, actions, settings.schemas))
    const ready = prepared.filter((one) => one.kind === 'ready')
    const placements = place(
      candidates,
      ready.map(({ execution, action }) => requirementOf(execution, action)),
      turn,
    )
    turn += ready.length

    const refused = prepared.filter((one) => one.kind === 'refuse')
    const decided = ready.map((one, index) => decide(one, placements[index]))
    const scheduled = await carryOut(tx, [...refused, ...decided], settings.placement_grace)
    return {
      repeated: batch.length - executions.length,
      hops: { requested_to_scheduled: scheduled.flatMap(waited) },
    }
  }
}

async function carryOut(
  tx: Transaction,
  decisions: readonly Decision[],
  graceSeconds: number,
): Promise<ScheduledExecution[]> {
  const scheduled = await schedule(
    tx,
    decisions.flatMap((decision) => (decision.kind === 'schedule' ? [decision.placed] : [])),
  )
  await refuse(
    tx,
    decisions.flatMap((decision) => (decision.kind === 'refuse' ? [decision.refused] : [])),
  )
  const waiting = decisions.flatMap((decision) => (decision.kind === 'wait' ? [decision.execution] : []))
  await noteWaiting(
    tx,
    waiting.map(({ id }) => id),
    graceSeconds,
  )
  await publishRequested(tx, waiting, () => RETRY_PLACEMENT_MS)
  return scheduled
}

/** A retry waits on purpose, so its wait says nothing about the flow. */
function waited({ retry_count, created, updated }: ScheduledExecution): number[] {
  return retry_count === 0 ? [secondsBetween(created, updated)] : []
}

/** The parameters as the action will get them, or why it cannot be run. */
function prepare(
  execution: PlaceableExecution,
  actions: ReadonlyMap<number, RunnableAction>,
  schemas: SchemaCache,
): Ready | (Decision & { kind: 'refuse' }) {
  if (execution.lost_account !== null) return refusedFor(execution, execution.lost_account)
  const action = execution.action === null ? undefined : actions.get(execution.action)
  if (action === undefined) {
    return refusal(
      execution,
      'Execution is unschedulable',
      `The action ${execution.action_ref} does not exist any more.`,
    )
  }
  try {
    const schema = schemas.get(`action:${action.id}`, action.updated, action.param_schema)
    const config = schema.applyDefaults(isJsonObject(execution.config) ? execution.config : {})
    const problems = schema.validate(config, '', isMarker)
    if (problems.length === 0) return { kind: 'ready', execution, action, config: emptyAsNull(config) }
    const list = problems.map(({ field, message }) => `${field} ${message}`).join('; ')
    return refusal(execution, 'Invalid parameters', `Invalid parameters for action ${action.ref}: ${list}`)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return refusal(
      execution,
      'Invalid parameter schema',
      `The parameters of action ${action.ref} cannot be checked: ${error.message}`,
    )
  }
}

function decide({ execution, config }: Ready, placement: Placement | undefined): Decision {
  if (placement === undefined) throw new Error(`Execution ${execution.id} was not placed.`)
  if (placement.kind === 'placed')
    return { kind: 'schedule', placed: { id: execution.id, worker: placement.worker, config } }
  if (mayAppear(placement.reason) && !execution.waited_out) return { kind: 'wait', execution }
  return refusal(execution, 'Execution is unschedulable', placement.message)
}

/** A worker that is starting or restarting would be among these. */
function mayAppear(reason: (Placement & { kind: 'nowhere' })['reason']): boolean {
  return reason === 'no_worker_registered' || reason === 'unavailable' || reason === 'stale'
}

function refusal(
  { id, action_ref }: PlaceableExecution,
  error: string,
  message: string,
): Decision & { kind: 'refuse' } {
  const failed_at = new Date().toISOString()
  const result = { error, message, succeeded: false, action_ref, failed_by: 'execution_scheduler', failed_at }
  return { kind: 'refuse', refused: { id, result, for_good: false } }
}

/** It does not come back when the account does. */
function refusedFor(execution: PlaceableExecution, lost: string): Decision & { kind: 'refuse' } {
  const { kind, refused } = refusal(
    execution,
    'Account may start nothing',
    `${lost}; run it again as somebody who may.`,
  )
  return { kind, refused: { ...refused, for_good: true } }
}

function emptyAsNull(config: JsonObject): JsonObject | null {
  return Object.keys(config).length > 0 ? config : null
}
