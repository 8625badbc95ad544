import type { PlacementVerdict } from '../../flow/execution/placement-verdict.ts'
import { type ExecutionStatus, isTerminal, type TerminalStatus } from '../../flow/execution/status.ts'
import type { CancelRow, EnforcementRow, EventRow, ExecutionRow } from './rows.ts'
import type { TracedLetter, WaitingMessage } from './trace.ts'

/** What was said about the flow and not heard, or heard by nobody who could handle it. */
export type Unheard = { messages: readonly WaitingMessage[]; letters: readonly TracedLetter[]; now: string }

type Subject = { type: string; field: 'event' | 'enforcement' | 'execution'; id: number }

/** Why the rules, or some of them, were not asked about an event; null once they were. */
export function whyUndecided(
  { id, decisions, created, deferred_until }: EventRow,
  unheard: Unheard,
): string | null {
  if (decisions !== null) {
    if (decisions.length === 0) return 'No rule listens to its trigger.'
    if (deferred_until === null) return null
    return `Rules wait in the slow lane, the last until ${deferred_until}: ${standOf({ type: 'EventDeferred', field: 'event', id }, unheard)}`
  }
  return `Undecided since ${created}: ${standOf({ type: 'EventCreated', field: 'event', id }, unheard)}`
}

/** Why an enforcement has no execution; null if it has, or may not be asked. */
export function whyEnforcement(
  { id, status, created, disabled_reason, rule_ref }: EnforcementRow,
  hasExecution: boolean | undefined,
  unheard: Unheard,
): string | null {
  switch (status) {
    case 'created':
      return `Waits since ${created}: ${standOf({ type: 'EnforcementCreated', field: 'enforcement', id }, unheard)}`
    case 'disabled':
      return (
        disabled_reason ??
        `The rule ${rule_ref}, its trigger or its action was disabled or missing when it was resolved.`
      )
    case 'processed':
      return hasExecution === false ? 'Its executions have been removed.' : null
  }
}

/** Where the message stands that would move the subject on. */
function standOf({ type, field, id }: Subject, { messages, letters, now }: Unheard): string {
  const waiting = messages.find((message) => message.type === type && message[field] === id)
  if (waiting !== undefined) return waitOf(waiting, now)
  const letter = letters.find((one) => one.type === type && one[field] === id)
  if (letter !== undefined)
    return `its message ${type} is dead letter ${letter.id} after ${letter.attempts} tries: ${letter.error}`
  return `no message ${type} waits in the database; it is with the broker or in a handler, or it was lost and is said again by a sweep.`
}

function waitOf(
  { type, stage, queue, attempt, created, due_at, last_error }: WaitingMessage,
  now: string,
): string {
  const place = stage === 'outbox' ? 'in the outbox, not yet handed to the broker' : `in the queue ${queue}`
  const due = Date.parse(due_at) > Date.parse(now) ? `, due at ${due_at}` : ''
  const tried = attempt > 0 ? ` after ${attempt} failed tries` : ''
  const error = last_error === null ? '' : `; last error: ${last_error}`
  return `its message ${type} waits ${place} since ${created}${due}${tried}${error}.`
}

/** What is known about one execution besides its row. */
type KnownRefs = Unheard & {
  placement: PlacementVerdict | undefined
  cancel: CancelRow | undefined
  /** Whether the action still exists; undefined where it was not looked up. */
  actionExists: boolean | undefined
}

/** Why an execution does not go on, or ended other than well; null where there is nothing to explain. */
export function whyExecution(execution: ExecutionRow, known: KnownRefs): string | null {
  const { status } = execution
  return isTerminal(status) ? whyEnded(execution, status, known) : whyLive(execution, status, known)
}

type Live = Exclude<ExecutionStatus, TerminalStatus>

function whyLive(execution: ExecutionRow, status: Live, known: KnownRefs): string {
  switch (status) {
    case 'requested':
    case 'scheduling':
      return whyRequested(execution, known)
    case 'scheduled':
      return whyScheduled(execution, known)
    case 'running':
      return `Runs on worker ${nameOf(execution)} since ${execution.started_at ?? execution.updated}.`
    case 'canceling':
      return `Is being cancelled${by(known.cancel)}; worker ${nameOf(execution)} has not ended it yet.`
  }
}

function whyEnded(execution: ExecutionRow, status: TerminalStatus, { cancel }: KnownRefs): string | null {
  switch (status) {
    case 'completed':
      return null
    case 'cancelled':
      return `${execution.error ?? 'Cancelled'}${by(cancel)}.`
    case 'timeout':
      return execution.error ?? 'The action ran longer than its limit.'
    case 'abandoned':
      return execution.error ?? `Worker ${nameOf(execution)} was lost.`
    case 'failed':
      return whyFailed(execution)
  }
}

function whyScheduled(execution: ExecutionRow, known: KnownRefs): string {
  const { id, worker_status } = execution
  const absent = worker_status === 'active' ? '' : ` The worker is ${worker_status ?? 'gone'}.`
  const stand = standOf({ type: 'ExecutionDispatched', field: 'execution', id }, known)
  return `Waits for a free slot of worker ${nameOf(execution)}: ${stand}${absent}`
}

function whyRequested({ id, action_ref }: ExecutionRow, known: KnownRefs): string {
  const stand = standOf({ type: 'ExecutionRequested', field: 'execution', id }, known)
  if (known.actionExists === false) return `The action ${action_ref} does not exist any more; ${stand}`
  const { placement } = known
  return placement === undefined ? `Waits for a worker: ${stand}` : `${placement.message} Meanwhile ${stand}`
}

function whyFailed({ ended_by, error, message, exit_code, id }: ExecutionRow): string {
  if (ended_by !== null) return [error, message].filter((part) => part !== null).join(': ')
  if (exit_code !== null)
    return `The action ended with exit code ${exit_code}; its output is in execution ${id}.`
  return error ?? `The action failed; its result is in execution ${id}.`
}

const nameOf = ({ worker, worker_name }: ExecutionRow) => worker_name ?? String(worker ?? 'unknown')

function by(cancel: CancelRow | undefined): string {
  if (cancel === undefined) return ''
  const reason = cancel.reason === null ? '' : `: ${cancel.reason}`
  return `, asked for by ${cancel.by} at ${cancel.at}${reason}`
}

/** Whether the scheduler is to be asked about it now. */
export function wantsPlacement({ status, ended_by, error }: ExecutionRow): boolean {
  if (!isTerminal(status)) return status === 'requested' || status === 'scheduling'
  return status === 'failed' && ended_by === 'execution_scheduler' && error === 'Execution is unschedulable'
}
