import { setTimeout as sleep } from 'node:timers/promises'

export type Patience = {
  /** No further try is begun after so many seconds. */
  seconds: number
  /** Whether trying again may help. */
  worthwhile(error: unknown): boolean
  /** Told of each failure that is followed by another try. */
  told(error: unknown, delayMs: number): void
}

const FIRST_DELAY_MS = 200
const LAST_DELAY_MS = 5000

/** Does `work` until it succeeds, with growing pauses. Throws its last error when it is not worth while or too late. */
export async function patiently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const deadline = Date.now() + patience.seconds * 1000
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LAST_DELAY_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!patience.worthwhile(error) || Date.now() + delayMs > deadline) throw error
      patience.told(error, delayMs)
      await sleep(delayMs)
    }
  }
}
