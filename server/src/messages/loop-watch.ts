import { monotonicMs } from '../waiting/monotonic.ts'

/** A loop that reads a queue comes round once a second when there is nothing to do; one turn never takes this long. */
const STANDS_STILL_MS = 20_000

/** Watches that a loop comes round. */
export class LoopWatch {
  #since = monotonicMs()

  /** It comes round, or got on with what it does. */
  moves(): void {
    this.#since = monotonicMs()
  }

  /** For how many seconds it has stood still; undefined when it has not. */
  get standing_seconds(): number | undefined {
    const ms = monotonicMs() - this.#since
    return ms > STANDS_STILL_MS ? Math.round(ms / 1000) : undefined
  }
}
