/** The life of a dead letter: from, to, and who takes the step. */
export const transitions = [
  ['open', 'replayed', 'api'], // its message was said again, or its execution is tried again
  ['open', 'discarded', 'api'],
] as const

export const deadLetterStatuses = ['open', 'replayed', 'discarded'] as const
