// The timer sensor: keeps the clock of every enabled rule on the timer triggers and posts an event at each tick.
// The sensor service starts it, says through the environment where the API is, and through standard input
// which rules change. When that is closed it ends, so it never outlives the service.

import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApi } from './timer/api.mjs'
import { watchClock } from './timer/clock.mjs'
import { EventQueue } from './timer/event-queue.mjs'
import { createKnownRules } from './timer/known-rules.mjs'
import { createLog } from './timer/log.mjs'
import { readSettings } from './timer/settings.mjs'
import { Timers } from './timer/timers.mjs'

const TRIGGERS = ['core.intervaltimer']
const HEALTH_LIMIT_MS = 30_000
const HEALTH_RETRY_MS = 500
/** The service kills 5 s after it asked to stop. */
const FLUSH_LIMIT_MS = 4000

/** @param {import('./timer/settings.mjs').Settings} settings */
async function run(settings) {
  const log = createLog(settings.logLevel)
  const api = createApi(settings.apiUrl, settings.token, () => {
    events.giveUp('the API refuses the sensor token')
    fail('the API refuses the sensor token')
  })
  const events = new EventQueue(log, api.postEvent)
  const timers = new Timers(log, (rule, tick) => events.add(eventOf(rule, tick, settings.sensorRef)))
  const rules = createKnownRules({ log, triggers: TRIGGERS, onChange: (list) => timers.follow(list) })
  const stopWatching = watchClock(() => timers.rearm())

  let stopping = false
  /** @param {string} reason */
  async function stop(reason) {
    if (stopping) return
    stopping = true
    log.info('stopping', { reason })
    stopWatching()
    timers.stopAll()
    await events.flush(FLUSH_LIMIT_MS)
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal))

  rules.startWith(settings.rules)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => stopping || rules.hear(parsed(line)))
  lines.on('close', () => void stop('standard input closed'))

  await untilHealthy(api)
  await rules.load(api)
}

/**
 * @param {import('./timer/rules.mjs').Rule} rule
 * @param {import('./timer/timers.mjs').IntervalTick} tick
 * @param {string} sensorRef
 */
function eventOf(rule, { at, late, missed, interval_ms, count }, sensorRef) {
  const scheduled_at = new Date(at).toISOString()
  return {
    trigger_ref: rule.trigger_ref,
    payload: {
      type: 'interval',
      interval_seconds: interval_ms / 1000,
      scheduled_at,
      fired_at: new Date().toISOString(),
      late,
      missed,
      execution_count: count,
      sensor_ref: sensorRef,
    },
    trigger_instance_id: `rule_${rule.id}`,
    // One event for a schedule and an instant, whoever sends it and how often.
    dedupe_key: `${rule.id}:${at}`,
    schedule: { at: scheduled_at, missed },
  }
}

/** @param {import('./timer/api.mjs').Api} api */
async function untilHealthy(api) {
  const deadline = performance.now() + HEALTH_LIMIT_MS
  for (;;) {
    try {
      return await api.checkHealth()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(HEALTH_RETRY_MS)
    }
  }
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return line // refused where a rule change is expected
  }
}

/** @param {unknown} reason */
function fail(reason) {
  process.stderr.write(`timer sensor: ${reason instanceof Error ? reason.message : String(reason)}\n`)
  process.exit(1)
}

// A reader of the log that went away is no reason to stop.
process.stdout.on('error', () => {})
readSettings(process.env).then(run).catch(fail)
