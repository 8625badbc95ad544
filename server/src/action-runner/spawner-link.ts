import { type ChildProcess, fork } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { signalGroup } from '../processes/send-signal.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import { passable } from '../run-as/account.ts'
import { removeTree } from '../run-as/remove-tree.ts'
import type { Environment } from './environment.ts'
import type { StopReason } from '../processes/process-group.ts'
import type {
  EndReport,
  FromSpawner,
  SpawnerSetup,
  StartOrder,
  StartReport,
  ToSpawner,
} from './spawn-protocol.ts'

/**
 * Every fork copies what this process holds in its own pages, and it runs so little JavaScript that compiling it
 * is not worth their number: 12 MB of them instead of 31, and a quarter fewer page faults per start.
 */
const NODE_FLAGS = [
  '--max-old-space-size=64',
  '--max-semi-space-size=1',
  '--single-threaded',
  '--no-opt',
  '--no-sparkplug',
]
/** It begins with 45 MB; from here on each fork costs noticeably more. */
export const MAX_SPAWNER_RSS = 128 * 1024 * 1024

export type LinkOptions = {
  setup: SpawnerSetup
  env: Environment
  /** One of whom its processes run as, where they do not run as this process. */
  judge?: ProcessAccount | undefined
  /** From this size on it is replaced. */
  max_rss_bytes: number
  /** Tells that the spawner will get no more work; it ends when its last process has. */
  onRetired(reason: string): void
}

/** What became of an order: the end of its process, or the loss of the spawner before that was known. */
export type OrderEnd =
  | { kind: 'ended'; report: EndReport; start: StartReport | undefined }
  | { kind: 'lost'; error: string; start: StartReport | undefined }

type Pending = { order: StartOrder; start: StartReport | undefined; resolve: (end: OrderEnd) => void }

/** One spawner process, seen from the worker. Orders of one turn of the event loop go out as one message. */
export class SpawnerLink {
  readonly #options: LinkOptions
  readonly #process: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #outbox: StartOrder[] = []
  #retired = false
  readonly #exited: Promise<void>
  readonly #ready: Promise<void>

  constructor(options: LinkOptions) {
    this.#options = options
    for (const folder of foldersOf(options.setup)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      chmodSync(folder, passable(options.judge))
    }
    this.#process = fork(SCRIPT, [JSON.stringify(options.setup)], {
      env: options.env,
      execArgv: NODE_FLAGS,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#ready = new Promise((resolve) => {
      this.#process.on('message', (message: FromSpawner) => {
        if (message.kind === 'ready') resolve()
        else this.#hear(message)
      })
    })
    this.#exited = new Promise((resolve) => {
      const end = (why: string) => {
        this.#lost(why)
        resolve()
      }
      this.#process.on('exit', (code, signal) => end(`code ${signal ?? code}`))
      // Of an error after the start it is the exit that counts.
      this.#process.on('error', (error) => this.#process.pid === undefined && end(error.message))
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get size(): number {
    return this.#pending.size
  }

  get retired(): boolean {
    return this.#retired
  }

  /** Has a process started and waits for its end. */
  run(order: StartOrder): Promise<OrderEnd> {
    return new Promise((resolve) => {
      this.#pending.set(order.ticket, { order, start: undefined, resolve })
      this.#outbox.push(order)
      if (this.#outbox.length === 1) setImmediate(() => this.#flush())
    })
  }

  stop(ticket: number, reason: StopReason): void {
    if (!this.#pending.has(ticket)) return
    this.#flush()
    this.#send({ kind: 'stop', tickets: [ticket], reason })
  }

  /** Moves the time at which these processes are killed. */
  hold(tickets: readonly number[], until_ms: number): void {
    const pending = tickets.filter((ticket) => this.#pending.has(ticket))
    if (pending.length === 0) return
    this.#flush()
    this.#send({ kind: 'hold', tickets: pending, until_ms })
  }

  /** Gives it no more work; it ends with its last process. */
  retire(reason: string): void {
    if (this.#retired) return
    this.#retired = true
    this.#options.onRetired(reason)
    this.#endIfIdle()
  }

  /** Waits until it takes orders; false when it ended before. Orders may be given earlier. */
  ready(): Promise<boolean> {
    return Promise.race([this.#ready.then(() => true), this.#exited.then(() => false)])
  }

  /** Ends it at once, and with it all that it started. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Waits until the process is gone. */
  exited(): Promise<void> {
    return this.#exited
  }

  #flush(): void {
    if (this.#outbox.length === 0) return
    const orders = this.#outbox
    this.#outbox = []
    this.#send({ kind: 'start', orders })
  }

  #send(message: ToSpawner): void {
    if (this.#process.connected) this.#process.send(message)
  }

  #hear({ started, ended, rss }: Extract<FromSpawner, { kind: 'report' }>): void {
    for (const start of started) {
      const pending = this.#pending.get(start.ticket)
      if (pending !== undefined) pending.start = start
    }
    for (const report of ended) {
      const pending = this.#pending.get(report.ticket)
      this.#pending.delete(report.ticket)
      pending?.resolve({ kind: 'ended', report, start: pending.start })
    }
    if (rss > this.#options.max_rss_bytes) this.retire(`it has grown to ${Math.round(rss / 1024 / 1024)} MB`)
    this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (this.#retired && this.#pending.size === 0 && this.#process.connected) this.#process.disconnect()
  }

  /** Nobody watches these processes any more: they are killed, and whoever waits for them is told. */
  #lost(code: string): void {
    this.retire(`it ended with ${code}`)
    for (const { order, start, resolve } of this.#pending.values()) {
      if (start !== undefined) signalGroup(start.pid, 'SIGKILL')
      for (const { path } of order.files) rmSync(path, { force: true })
      if (order.input.kind === 'file') rmSync(order.input.path, { force: true })
      resolve({
        kind: 'lost',
        error: `The process that starts actions on this worker ended unexpectedly (${code}); the action was killed`,
        start,
      })
    }
    this.#pending.clear()
    for (const folder of foldersOf(this.#options.setup)) removeTree(folder)
  }
}

/** Works from src and from dist: both lie equally deep. */
const SCRIPT = fileURLToPath(new URL('../../dist/action-runner/spawner.js', import.meta.url))

function foldersOf({ quick, roomy }: SpawnerSetup): Set<string> {
  return new Set([quick, roomy])
}
