import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { ActiveSensor, WatchedRule } from '../domain/definition/sensor/active.ts'
import { type Account, identityOf } from '../run-as/account.ts'
import type { Log } from '../observe/log.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { watchOverDeath } from './death-watch.ts'
import { readLogLine } from './log-line.ts'
import type { Losses } from './losses.ts'
import { ruleChanges } from './rule-changes.ts'

const EXCERPT_LINES = 80
const EXCERPT_BYTES = 16 * 1024
const KILL_AFTER_MS = 5000

export type Exit = {
  exit_code: number | null
  signal: number | null
  stderr_excerpt: string | null
  uptime_ms: number
}
export type Command = {
  file: string
  args: string[]
  env: Record<string, string>
  cwd: string
  account: Account | undefined
}

/** A running sensor: told of rule changes on its stdin where it listens there, stopped as a process group. */
export class RunningSensor {
  readonly sensor: ActiveSensor
  readonly account: Account | undefined
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #startedAt = monotonicMs()
  #rules: readonly WatchedRule[]
  #stderr: string[] = []
  readonly #dismissWatch: () => void

  constructor(sensor: ActiveSensor, command: Command, { log, losses }: { log: Log; losses: Losses }) {
    this.sensor = sensor
    this.account = command.account
    this.#rules = sensor.rules
    this.#child = spawn(command.file, command.args, {
      ...identityOf(command.account),
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: [sensor.control === 'stdin' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    this.#child.stdin?.on('error', () => undefined) // it ended; its exit is what counts
    this.#dismissWatch =
      this.#child.pid === undefined
        ? () => undefined
        : watchOverDeath(this.#child.pid, (message) => log.warn({ sensor: sensor.ref }, message))
    void this.#follow(this.#child.stdout, (line) => {
      const { level, events_lost } = readLogLine(line)
      log[level]({ sensor: sensor.ref }, line)
      if (events_lost > 0) losses.add(sensor, events_lost)
    })
    const drained = this.#follow(this.#child.stderr, (line) => {
      log.warn({ sensor: sensor.ref }, line)
      this.#stderr = [...this.#stderr, line].slice(-EXCERPT_LINES)
    })
    this.exited = this.#exit(drained)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get ageMs(): number {
    return monotonicMs() - this.#startedAt
  }

  /** Tells the process what changed; false when it does not listen and must be started anew instead. */
  update(rules: readonly WatchedRule[]): boolean {
    const changes = ruleChanges(this.#rules, rules, new Date().toISOString())
    if (changes.length === 0) return true
    if (this.#child.stdin === null || !this.#child.stdin.writable) return false
    for (const change of changes) this.#child.stdin.write(`${JSON.stringify(change)}\n`)
    this.#rules = rules
    return true
  }

  /** SIGTERM to the group, five seconds, SIGKILL. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER_MS)
    await this.exited
    clearTimeout(timer)
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch {
      // the group is gone already
    }
  }

  #follow(stream: Readable | null, say: (line: string) => void): Promise<void> {
    if (stream === null) return Promise.resolve()
    const lines = createInterface({ input: stream })
    lines.on('line', (line) => say(line.slice(0, EXCERPT_BYTES)))
    return new Promise((resolve) => lines.once('close', resolve))
  }

  /** Its last lines of stderr are waited for, but not for ever: a child of its own may hold the pipe. */
  async #exit(drained: Promise<void>): Promise<Exit> {
    const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      this.#child.once('error', (error) => {
        this.#stderr.push(error.message)
        resolve({ code: null, signal: null })
      })
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 500))])
    this.#signal('SIGKILL') // what it left behind in its group
    this.#dismissWatch()
    const excerpt = this.#stderr.join('\n').slice(-EXCERPT_BYTES).replaceAll('\u0000', '\uFFFD')
    return {
      exit_code: ended.code,
      signal: ended.signal === null ? null : constants.signals[ended.signal],
      stderr_excerpt: excerpt === '' ? null : excerpt,
      uptime_ms: this.ageMs,
    }
  }
}
