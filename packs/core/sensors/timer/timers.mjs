import { isDeepStrictEqual } from 'node:util'
import { GridTimer } from './grid-timer.mjs'
import { intervalGrid, intervalOf } from './interval.mjs'
import { policyOf } from './schedule.mjs'

/**
 * @typedef {import('./rules.mjs').Rule} Rule
 * @typedef {import('./schedule.mjs').Tick & { interval_ms: number, count: number }} IntervalTick
 * @typedef {{ rule: Rule, timer: GridTimer | undefined }} Known
 */

/** One timer per rule; a rule with wrong parameters is logged once and has none. */
export class Timers {
  /** @type {Map<number, Known>} */
  #known = new Map()
  #log
  #onTick

  /**
   * @param {import('./log.mjs').Log} log
   * @param {(rule: Rule, tick: IntervalTick) => void} onTick
   */
  constructor(log, onTick) {
    this.#log = log
    this.#onTick = onTick
  }

  /**
   * Makes the timers those of `rules`. A timer whose grid is the same goes on untouched: what it knows is newer.
   * @param {Rule[]} rules
   */
  follow(rules) {
    const wanted = new Map(rules.map((rule) => [rule.id, rule]))
    for (const known of this.#known.values()) {
      if (!sameSchedule(known.rule, wanted.get(known.rule.id))) this.#drop(known)
    }
    for (const rule of rules) {
      if (!this.#known.has(rule.id)) this.#known.set(rule.id, { rule, timer: this.#start(rule) })
    }
  }

  rearm() {
    for (const { timer } of this.#known.values()) timer?.rearm()
  }

  stopAll() {
    for (const known of this.#known.values()) this.#drop(known)
  }

  /** @param {Rule} rule */
  #start(rule) {
    try {
      const interval_ms = intervalOf(rule.params)
      this.#log.info('timer started', { rule_ref: rule.ref, interval_seconds: interval_ms / 1000 })
      const { anchor, last_at, fired } = rule.schedule ?? { anchor: Date.now(), last_at: undefined, fired: 0 }
      const schedule = {
        grid: intervalGrid(anchor, interval_ms),
        policy: policyOf(rule.params),
        since: last_at ?? anchor,
      }
      let count = fired
      return new GridTimer(schedule, (tick) => {
        count += 1
        this.#onTick(rule, { ...tick, interval_ms, count })
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log.error('rule never fires: its trigger parameters are wrong', { rule_ref: rule.ref, reason })
      return undefined
    }
  }

  /** @param {Known} known */
  #drop({ rule, timer }) {
    this.#known.delete(rule.id)
    if (timer === undefined) return
    timer.stop()
    this.#log.info('timer stopped', { rule_ref: rule.ref })
  }
}

/**
 * @param {Rule} rule
 * @param {Rule | undefined} other
 */
function sameSchedule(rule, other) {
  if (rule.trigger_ref !== other?.trigger_ref) return false
  if (!isDeepStrictEqual(parametersOf(rule), parametersOf(other))) return false
  return other.schedule === undefined || rule.schedule?.anchor === other.schedule.anchor
}

/**
 * Defaults may be filled in or not: what they come to counts.
 * @param {Rule} rule
 */
function parametersOf({ params }) {
  try {
    return [intervalOf(params), policyOf(params)]
  } catch {
    return params
  }
}
