import { ticksOf } from './schedule.mjs'

/** Longer waits are split, because setTimeout counts in 31 bits. */
const MAX_WAIT_MS = 3_600_000

/**
 * Tells of each instant of a grid once it has come, never before. What passed while nobody watched, because the process
 * was stopped or there was none, is told of as the policy says. The clock of the machine may be set meanwhile.
 */
export class GridTimer {
  #grid
  #policy
  #onTick
  /** The last instant that was told of: those between it and the next one are on record with that. */
  #told
  /** The last instant that was looked at. */
  #seen
  /** @type {NodeJS.Timeout | undefined} */
  #timeout

  /**
   * @param {{ grid: import('./schedule.mjs').Grid, policy: import('./schedule.mjs').Policy, since: number }} schedule
   *   `since`: up to when others have told of it.
   * @param {(tick: import('./schedule.mjs').Tick) => void} onTick
   */
  constructor({ grid, policy, since }, onTick) {
    this.#grid = grid
    this.#policy = policy
    // An instant to come was told of by a clock that was wrong. It must not keep this one from its work.
    this.#told = Math.min(since, Date.now())
    this.#seen = this.#told
    this.#onTick = onTick
    this.#arm()
  }

  stop() {
    clearTimeout(this.#timeout)
  }

  /** To be called when the wall clock jumped. */
  rearm() {
    this.#told = Math.min(this.#told, Date.now())
    this.#seen = Math.min(this.#seen, Date.now())
    this.#arm()
  }

  #arm() {
    clearTimeout(this.#timeout)
    const due = this.#grid.next(this.#seen)
    if (due === undefined) return
    const wait = Math.min(Math.max(due - Date.now(), 0), MAX_WAIT_MS)
    this.#timeout = setTimeout(() => this.#wake(), wait)
  }

  #wake() {
    const now = Date.now()
    const due = this.#grid.next(this.#seen)
    if (due !== undefined && now >= due) {
      this.#seen = this.#grid.latest(now) ?? now
      for (const tick of ticksOf(this.#grid, { since: this.#told, now }, this.#policy)) {
        this.#told = tick.at
        this.#onTick(tick)
      }
    }
    this.#arm()
  }
}
