/** The life of an enforcement: from, to, and who takes the step. Both ends are decided by one statement. */
export const transitions = [
  ['created', 'processed', 'executor'], // there is an execution for it
  ['created', 'disabled', 'executor'], // its rule, action or trigger is gone or off, or whose name it ran in
] as const

export const enforcementStatuses = ['created', 'processed', 'disabled'] as const
