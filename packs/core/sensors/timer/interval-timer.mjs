import { latestInstant } from './interval.mjs'

/** Longer waits are split, because setTimeout counts in 31 bits. */
const MAX_WAIT_MS = 3_600_000

/** @typedef {{ interval_ms: number, scheduled: number, count: number }} Tick */

/**
 * Ticks on a grid that begins when the timer is made: due = start + k · interval, in epoch milliseconds. It
 * ticks at or after its instant, never before. Instants that passed while the process was stopped count as one
 * tick, and the grid stays as it was.
 */
export class IntervalTimer {
  #start = Date.now()
  #interval_ms
  #due
  #count = 0
  #onTick
  /** @type {NodeJS.Timeout | undefined} */
  #timeout

  /**
   * @param {number} interval_ms
   * @param {(tick: Tick) => void} onTick
   */
  constructor(interval_ms, onTick) {
    this.#interval_ms = interval_ms
    this.#due = this.#start + interval_ms
    this.#onTick = onTick
    this.#arm()
  }

  stop() {
    clearTimeout(this.#timeout)
  }

  /** To be called when the wall clock jumped: waits anew, and never longer than one interval. */
  rearm() {
    const now = Date.now()
    if (this.#due - now > this.#interval_ms) {
      this.#start = now
      this.#due = now + this.#interval_ms
    }
    this.#arm()
  }

  #arm() {
    clearTimeout(this.#timeout)
    const wait = Math.min(Math.max(this.#due - Date.now(), 0), MAX_WAIT_MS)
    this.#timeout = setTimeout(() => this.#wake(), wait)
  }

  #wake() {
    const now = Date.now()
    if (now >= this.#due) this.#tick(now)
    this.#arm()
  }

  /** @param {number} now */
  #tick(now) {
    const interval_ms = this.#interval_ms
    const scheduled = latestInstant({ start: this.#start, interval_ms }, now)
    this.#due = scheduled + interval_ms
    this.#count += 1
    this.#onTick({ interval_ms, scheduled, count: this.#count })
  }
}
