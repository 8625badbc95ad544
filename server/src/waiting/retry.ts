import { setTimeout as sleep } from 'node:timers/promises'

export type RetryOptions = {
  /** No further try is begun after so many seconds; for ever where it is not given. */
  seconds?: number
  /** Whether trying again may help. */
  worthwhile(error: unknown): boolean
  /** Told of each failure that is followed by another try. */
  failed(error: unknown, delayMs: number): void
}

const FIRST_DELAY_MS = 200
const LAST_DELAY_MS = 5000

/** Does `work` until it succeeds, with growing pauses. Throws its last error when it is not worth while or too late. */
export async function retry<Result>(
  work: () => Promise<Result>,
  { seconds = Infinity, worthwhile, failed }: RetryOptions,
): Promise<Result> {
  const deadline = Date.now() + seconds * 1000
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LAST_DELAY_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!worthwhile(error) || Date.now() + delayMs > deadline) throw error
      failed(error, delayMs)
      await sleep(delayMs)
    }
  }
}
