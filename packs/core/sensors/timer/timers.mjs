import { isDeepStrictEqual } from 'node:util'
import { intervalOf } from './interval.mjs'
import { IntervalTimer } from './interval-timer.mjs'

/**
 * @typedef {import('./rules.mjs').Rule} Rule
 * @typedef {import('./interval-timer.mjs').Tick} Tick
 * @typedef {{ rule: Rule, timer: IntervalTimer | undefined }} Known
 */

/** One timer per rule; a rule with wrong parameters is logged once and has none. */
export class Timers {
  /** @type {Map<number, Known>} */
  #known = new Map()
  #log
  #onTick

  /**
   * @param {import('./log.mjs').Log} log
   * @param {(rule: Rule, tick: Tick) => void} onTick
   */
  constructor(log, onTick) {
    this.#log = log
    this.#onTick = onTick
  }

  /**
   * Makes the timers those of `rules`. A timer whose trigger parameters are the same goes on untouched.
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
      return new IntervalTimer(interval_ms, (tick) => this.#onTick(rule, tick))
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
  return rule.trigger_ref === other?.trigger_ref && isDeepStrictEqual(rule.params, other.params)
}
