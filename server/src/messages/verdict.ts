import { isTransient, tookTooLong } from '../database/violation.ts'
import { Problem } from '../problem.ts'

const MAX_ATTEMPTS = 5

/** A message that is not one of its queue, or cannot be read: whoever said it must mend it. */
export class Malformed extends Error {}

/**
 * What becomes of a message whose handler threw. `wait`: the outage is ours, the message is not to blame. What took so
 * long that a limit of ours ended it may be to blame: it counts, and a batch is taken apart.
 */
export function verdict(error: unknown, attempt: number): 'wait' | 'retry' | 'dead-letter' {
  if (isTransient(error) && !tookTooLong(error)) return 'wait'
  if (error instanceof Problem || error instanceof Malformed) return 'dead-letter' // saying it again will not make it true
  return attempt + 1 < MAX_ATTEMPTS ? 'retry' : 'dead-letter'
}

/** Why a message that its handler failed is put aside. */
export function reasonOf(error: unknown): 'malformed' | 'refused' | 'exhausted' {
  if (error instanceof Malformed) return 'malformed'
  return error instanceof Problem ? 'refused' : 'exhausted'
}

/** Milliseconds before attempt `attempt` (1, 2, …): 1 s doubled each time, at most a minute. */
export function retryDelayMs(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), 60_000)
}
