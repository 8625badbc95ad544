/**
 * The life of a worker: from, to, and who takes the step. A heartbeat does not bring back `busy` and `error`, which come
 * from a hand; a process that takes the name over does.
 */
export const transitions = [
  ['active', 'inactive', 'executor'], // no heartbeat for too long
  ['active', 'inactive', 'worker'], // it stops
  ['busy', 'inactive', 'worker'],
  ['error', 'inactive', 'worker'],
  ['inactive', 'active', 'worker'], // it beats again, or a new process has its name
  ['busy', 'active', 'worker'],
  ['error', 'active', 'worker'],
] as const

export const workerStatuses = ['active', 'inactive', 'busy', 'error'] as const
