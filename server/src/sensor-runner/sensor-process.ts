import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { ActiveSensor, WatchedRule } from '../domain/definition/sensor/active.ts'
import { type PipedProcess, startPiped } from '../processes/piped-process.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import type { Log } from '../observe/log.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { readLogLine } from './log-line.ts'
import type { LostEvents } from './lost-events.ts'
import { ruleChanges } from './rule-changes.ts'

const EXCERPT_LINES = 80
const EXCERPT_BYTES = 16 * 1024
/** Shells count in seconds. */
const HOLD_STEP_MS = 1000

export type SensorExit = {
  exit_code: number | null
  signal: number | null
  stderr_excerpt: string | null
  uptime_ms: number
}
export type SensorCommand = {
  file: string
  args: string[]
  env: Record<string, string>
  cwd: string
  account: ProcessAccount | undefined
}

type SensorRun = {
  log: Log
  losses: LostEvents
  /** Which owner of the sensor this host is. */
  generation: number
  /** Until when that is so, by the monotonic clock. */
  held_until_ms: number
}

/** A running sensor: hears of rule changes on its stdin where it listens there, and stops as a process group. */
export class RunningSensor {
  readonly sensor: ActiveSensor
  readonly account: ProcessAccount | undefined
  readonly exited: Promise<SensorExit>
  readonly generation: number
  readonly #process: PipedProcess
  readonly #startedAt = monotonicMs()
  #heldUntil: number
  #rules: readonly WatchedRule[]
  #stderr: string[] = []

  constructor(
    sensor: ActiveSensor,
    command: SensorCommand,
    { log, losses, generation, held_until_ms }: SensorRun,
  ) {
    this.generation = generation
    this.#heldUntil = held_until_ms
    this.sensor = sensor
    this.account = command.account
    this.#rules = sensor.rules
    const { account: identity, ...order } = command
    this.#process = startPiped({
      ...order,
      identity,
      held_until_ms,
      takes_input: sensor.control === 'stdin',
      trouble: (message) => log.warn({ sensor: sensor.ref }, message),
    })
    follow(this.#process.stdout, (line) => {
      const { level, events_lost } = readLogLine(line)
      log[level]({ sensor: sensor.ref }, line)
      if (events_lost > 0) losses.add(sensor, events_lost)
    })
    follow(this.#process.stderr, (line) => {
      log.warn({ sensor: sensor.ref }, line)
      this.#stderr = [...this.#stderr, line].slice(-EXCERPT_LINES)
    })
    this.exited = this.#exit()
  }

  get pid(): number | undefined {
    return this.#process.group.pid
  }

  get ageMs(): number {
    return monotonicMs() - this.#startedAt
  }

  /** Whether the time that this host had the sensor for is over: then its process has been killed. */
  get overdue(): boolean {
    return monotonicMs() >= this.#heldUntil - HOLD_STEP_MS
  }

  /** The sensor is this host's until then. A shell kills the process at that time, also when this host is stuck. */
  hold(until_ms: number): void {
    this.#heldUntil = until_ms
    this.#process.hold(until_ms)
  }

  /** Tells the process what changed; false when it does not listen and must be started anew instead. */
  update(rules: readonly WatchedRule[]): boolean {
    const changes = ruleChanges(this.#rules, rules, new Date().toISOString())
    if (changes.length === 0) return true
    const { stdin } = this.#process
    if (stdin?.writable !== true) return false
    for (const change of changes) stdin.write(`${JSON.stringify(change)}\n`)
    this.#rules = rules
    return true
  }

  /** At once: another host may run the sensor already. */
  async kill(): Promise<void> {
    this.#process.group.kill('lease')
    await this.exited
  }

  /** Resolves when its group is gone. */
  async stop(): Promise<void> {
    this.#process.group.terminate('shutdown')
    await this.exited
  }

  async #exit(): Promise<SensorExit> {
    const end = await this.#process.ended
    if (end.kind === 'not-started') this.#stderr.push(end.error.message)
    const { code, signal } = end.kind === 'ended' ? end : { code: null, signal: null }
    const excerpt = this.#stderr.join('\n').slice(-EXCERPT_BYTES).replaceAll('\u0000', '\uFFFD')
    return {
      exit_code: code,
      signal: signal === null ? null : constants.signals[signal],
      stderr_excerpt: excerpt === '' ? null : excerpt,
      uptime_ms: this.ageMs,
    }
  }
}

function follow(stream: Readable, say: (line: string) => void): void {
  createInterface({ input: stream }).on('line', (line) => say(line.slice(0, EXCERPT_BYTES)))
}
