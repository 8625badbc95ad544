/**
 * The life of an execution: from, to, and who may take the step. Types, SQL guards and the diagram in the documentation
 * come out of this table; a step that is not here cannot be written (`move.ts`).
 */
export const transitions = [
  ['requested', 'scheduled', 'executor'], // placed on a worker
  ['requested', 'failed', 'executor'], // no worker can run it, its parameters are not valid, or its request is a dead letter
  ['scheduled', 'running', 'worker'], // the worker has claimed the attempt
  ['scheduled', 'requested', 'worker'], // given back by a worker that stops
  ['scheduled', 'requested', 'executor'], // taken back from a worker that is gone
  ['scheduled', 'failed', 'executor'], // its worker never takes it, or its dispatch is a dead letter
  ['scheduling', 'requested', 'executor'], // no step leads to `scheduling`: such a row comes from a hand
  ['requested', 'cancelled', 'api'], // nothing has begun, so it ends at once
  ['scheduling', 'cancelled', 'api'],
  ['scheduled', 'cancelled', 'api'],
  ['running', 'canceling', 'api'], // its worker is told to stop it
  ['running', 'completed', 'worker'],
  ['running', 'failed', 'worker'],
  ['running', 'timeout', 'worker'],
  ['running', 'cancelled', 'worker'],
  ['running', 'abandoned', 'worker'], // found at its restart, or cut off by its stop
  ['running', 'abandoned', 'executor'], // the lease has run out
  ['canceling', 'cancelled', 'worker'],
  ['canceling', 'completed', 'worker'], // it ended by itself before it was told to
  ['canceling', 'failed', 'worker'],
  ['canceling', 'timeout', 'worker'],
  ['canceling', 'abandoned', 'worker'], // cut off by a stop before the request reached it
  ['canceling', 'cancelled', 'executor'], // the lease has run out
] as const

/** Every status there is, terminal ones last. `scheduling` is a state of the store's enum. */
export const executionStatuses = [
  'requested',
  'scheduling',
  'scheduled',
  'running',
  'canceling',
  'completed',
  'failed',
  'cancelled',
  'timeout',
  'abandoned',
] as const
export type ExecutionStatus = (typeof executionStatuses)[number]

export const terminalStatuses = ['completed', 'failed', 'cancelled', 'timeout', 'abandoned'] as const
export type TerminalStatus = (typeof terminalStatuses)[number]

export type LiveStatus = Exclude<ExecutionStatus, TerminalStatus>

type Transition = (typeof transitions)[number]
export type Actor = Transition[2]
/** Where `By` may lead an execution. */
export type To<By extends Actor> = Extract<Transition, readonly [unknown, unknown, By]>[1]
/** From where `By` may lead an execution to `T`, to each of them when it is several. */
export type From<By extends Actor, T extends ExecutionStatus> = {
  [Start in ExecutionStatus]: [T] extends [Extract<Transition, readonly [Start, unknown, By]>[1]]
    ? Start
    : never
}[ExecutionStatus]

export function isTerminal(status: ExecutionStatus): status is TerminalStatus {
  return terminalStatuses.some((terminal) => terminal === status)
}
