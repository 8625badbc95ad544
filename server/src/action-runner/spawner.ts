/**
 * Starts the processes of actions, in a process of its own that stays small: Node forks synchronously, and the
 * kernel copies the page tables of whoever forks, so that a worker with pools and caches would start 23 processes
 * per second where this one starts 750. No dependency, no database, no network.
 *
 * It obeys the worker over IPC. When the worker is gone its results are of no use to anybody: every group is
 * stopped, and the spawner ends. When the worker is merely stuck, the time up to which it holds its executions passes
 * here too: each group is killed when its own is over, so that the next attempt elsewhere runs alone.
 */
import { endAll } from '../run-as/end-all.ts'
import { setFlagsFromString } from 'node:v8'
import { Child, type ChildContext } from './child.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import { FifoPool } from './fifo-pool.ts'
import { FolderPool } from './folder-pool.ts'
import type { StopReason } from '../processes/process-group.ts'
import type {
  EndReport,
  FromSpawner,
  SpawnerSetup,
  StartOrder,
  StartReport,
  ToSpawner,
} from './spawn-protocol.ts'

class Spawner {
  readonly #context: ChildContext
  readonly #queue: StartOrder[] = []
  readonly #children = new Map<number, Child>()
  #starts: StartReport[] = []
  #ends: EndReport[] = []
  #starting = false
  #reporting = false
  #orphaned = false
  /** Whom the last processes of an orphan run as. */
  readonly #left: ProcessAccount[] = []

  constructor(setup: SpawnerSetup) {
    this.#context = {
      setup,
      pool: new FifoPool(setup.quick),
      folders: new FolderPool(setup.roomy),
      env: { ...process.env },
      willMask: compileHotCode,
      started: (report) => this.#started(report),
      ended: (report) => this.#ended(report),
    }
  }

  hear(message: ToSpawner): void {
    switch (message.kind) {
      case 'start':
        this.#queue.push(...message.orders)
        this.#scheduleStart()
        return
      case 'stop':
        for (const ticket of message.tickets) this.#stop(ticket, message.reason)
        return
      case 'hold':
        for (const ticket of message.tickets) this.#hold(ticket, message.until_ms)
    }
  }

  /** The worker is gone. */
  endAlone(): void {
    this.#orphaned = true
    this.#queue.length = 0
    for (const child of this.#children.values()) {
      if (child.account?.own === true) this.#left.push(child.account)
      child.stop('shutdown')
    }
    this.#exitWhenDone()
  }

  /** One start per turn of the event loop: in between, ends are noticed and reported. */
  #scheduleStart(): void {
    if (this.#starting || this.#queue.length === 0) return
    this.#starting = true
    setImmediate(() => {
      this.#starting = false
      const order = this.#queue.shift()
      if (order === undefined) return
      const child = new Child(order, this.#context)
      this.#children.set(order.ticket, child)
      child.start()
      this.#scheduleStart()
    })
  }

  #stop(ticket: number, reason: StopReason): void {
    this.#children.get(ticket)?.stop(reason)
    const at = this.#queue.findIndex((order) => order.ticket === ticket)
    if (at < 0) return
    for (const order of this.#queue.splice(at, 1)) new Child(order, this.#context).stop(reason)
  }

  #hold(ticket: number, until_ms: number): void {
    this.#children.get(ticket)?.hold(until_ms)
    const waiting = this.#queue.find((order) => order.ticket === ticket)
    if (waiting !== undefined) waiting.held_until_ms = until_ms
  }

  /** Said at once: if this process dies, the worker must know whom to kill. */
  #started(report: StartReport): void {
    this.#starts.push(report)
    this.#report()
  }

  /** Ends of one turn of the event loop go together. */
  #ended(report: EndReport): void {
    this.#children.delete(report.ticket)
    this.#ends.push(report)
    this.#exitWhenDone()
    if (this.#reporting) return
    this.#reporting = true
    setImmediate(() => {
      this.#reporting = false
      this.#report()
    })
  }

  #report(): void {
    if (this.#starts.length + this.#ends.length === 0 || !process.connected) return
    const rss = this.#ends.length > 0 ? process.memoryUsage.rss() : 0
    const report: FromSpawner = { kind: 'report', started: this.#starts, ended: this.#ends, rss }
    this.#starts = []
    this.#ends = []
    // A worker that is gone shows here first; unheard, that would end this process before it ended its actions.
    process.send?.(report, undefined, undefined, () => undefined)
  }

  /** Also what left its group ends, since nobody is there to see to it: it has to be begun before this process ends. */
  #exitWhenDone(): void {
    if (!this.#orphaned || this.#children.size > 0) return
    for (const account of this.#left) endAll(account, [])
    process.exit(0)
  }
}

/**
 * To mask output as it comes is the one thing here that takes long: from then on it is worth to have it compiled
 * (20 ns for a byte instead of 700). See NODE_FLAGS in spawner-link.ts.
 */
function compileHotCode(): void {
  setFlagsFromString('--opt')
}

const spawner = new Spawner(JSON.parse(process.argv[2] ?? '{}'))
process.on('message', (message: ToSpawner) => spawner.hear(message))
process.send?.({ kind: 'ready' } satisfies FromSpawner, undefined, undefined, () => undefined)
process.on('disconnect', () => spawner.endAlone())
// Signals to the whole foreground group (Ctrl-C) are for the worker to act on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
