import type { Transaction } from '../database/database.ts'
import { type RunnableAction, runnableActions } from '../domain/action/runnable.ts'
import { sayRequested } from '../domain/execution/create.ts'
import { type Placement, place } from '../domain/execution/place.ts'
import type { Requirement } from '../domain/execution/requirement.ts'
import {
  lockRequested,
  type Placeable,
  type Placed,
  type Refused,
  refuse,
  schedule,
} from '../domain/execution/transitions.ts'
import type { SchemaCache } from '../domain/parameter-schema/cache.ts'
import { isMarker } from '../domain/secret/redact.ts'
import * as workers from '../domain/worker/queries.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Handler } from '../messages/consume.ts'

/** Workers come and go with a restart: an execution waits so long for one that fits before it fails. */
const RETRY_PLACEMENT_MS = 2000

export type PlacementSettings = {
  schemas: SchemaCache
  /** Seconds an execution may wait for a worker that exists but is away. */
  placement_grace: number
}

type Decision =
  | { kind: 'schedule'; placed: Placed }
  | { kind: 'refuse'; refused: Refused }
  | { kind: 'wait'; execution: Placeable }

/**
 * ExecutionRequested → dispatch
 *
 * Completes the parameters from their defaults, checks them, and places the whole batch at once. What cannot
 * run fails with the reason. Delivered again, a message finds its execution past `requested` and does nothing.
 */
export function executionsToWorkers(settings: PlacementSettings): Handler<'ExecutionRequested'> {
  let turn = 0
  return async (tx, batch) => {
    const executions = await lockRequested(
      tx,
      batch.map((message) => message.execution_id),
    )
    if (executions.length === 0) return
    const actions = await runnableActions(
      tx,
      executions.flatMap(({ action }) => (action === null ? [] : [action])),
    )
    const requirements = executions.map((execution) => requirementOf(execution, actionOf(execution, actions)))
    const placements = place(await workers.candidates(tx), requirements, turn)
    turn += executions.length

    const decisions = executions.map((execution, index) =>
      decide(execution, actionOf(execution, actions), placements[index], settings),
    )
    await carryOut(tx, decisions)
  }
}

async function carryOut(tx: Transaction, decisions: readonly Decision[]): Promise<void> {
  await schedule(
    tx,
    decisions.flatMap((decision) => (decision.kind === 'schedule' ? [decision.placed] : [])),
  )
  await refuse(
    tx,
    decisions.flatMap((decision) => (decision.kind === 'refuse' ? [decision.refused] : [])),
  )
  const waiting = decisions.flatMap((decision) => (decision.kind === 'wait' ? [decision.execution] : []))
  await sayRequested(tx, waiting, () => RETRY_PLACEMENT_MS)
}

function decide(
  execution: Placeable,
  action: RunnableAction | undefined,
  placement: Placement | undefined,
  { schemas, placement_grace }: PlacementSettings,
): Decision {
  if (action === undefined || placement === undefined) {
    return refusal(
      execution,
      'Execution is unschedulable',
      `The action ${execution.action_ref} does not exist any more.`,
    )
  }
  const schema = schemas.get(`action:${action.id}`, action.updated, action.param_schema)
  const config = schema.applyDefaults(isJsonObject(execution.config) ? execution.config : {})
  const problems = schema.validate(config, '', isMarker)
  if (problems.length > 0) {
    const list = problems.map(({ field, message }) => `${field} ${message}`).join('; ')
    return refusal(execution, 'Invalid parameters', `Invalid parameters for action ${action.ref}: ${list}`)
  }
  if (placement.kind === 'placed') {
    return {
      kind: 'schedule',
      placed: { id: execution.id, worker: placement.worker, config: emptyAsNull(config) },
    }
  }
  if (mayAppear(placement.reason) && execution.age_seconds < placement_grace)
    return { kind: 'wait', execution }
  return refusal(execution, 'Execution is unschedulable', placement.message)
}

/** A worker that is starting or restarting would be among these. */
function mayAppear(reason: (Placement & { kind: 'nowhere' })['reason']): boolean {
  return reason === 'no_worker_registered' || reason === 'unavailable' || reason === 'stale'
}

function refusal(execution: Placeable, error: string, message: string): Decision {
  const result = {
    error,
    message,
    succeeded: false,
    action_ref: execution.action_ref,
    failed_by: 'execution_scheduler',
    failed_at: new Date().toISOString(),
  }
  return { kind: 'refuse', refused: { id: execution.id, result } }
}

function actionOf(
  execution: Placeable,
  actions: ReadonlyMap<number, RunnableAction>,
): RunnableAction | undefined {
  return execution.action === null ? undefined : actions.get(execution.action)
}

/** What the execution asks for itself replaces what its action asks for, each of the three on its own. */
function requirementOf(execution: Placeable, action: RunnableAction | undefined): Requirement {
  return {
    runtime:
      action?.runtime_name == null
        ? undefined
        : { names: [action.runtime_name, ...(action.runtime_aliases ?? [])] },
    runtime_version_constraint: action?.runtime_version_constraint ?? null,
    required_worker_runtimes: action?.required_worker_runtimes ?? null,
    worker_selector: execution.worker_selector ?? action?.worker_selector ?? null,
    worker_tolerations: execution.worker_tolerations ?? action?.worker_tolerations ?? null,
    worker_affinity: execution.worker_affinity ?? action?.worker_affinity ?? null,
  }
}

function emptyAsNull(config: JsonObject): JsonObject | null {
  return Object.keys(config).length > 0 ? config : null
}
