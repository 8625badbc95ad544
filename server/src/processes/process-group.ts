import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { DRAIN_MS, GRACE_MS, MAX_TIMER_MS } from './limits.ts'
import { type AccountIds, signalGroup } from './send-signal.ts'

/** How a process is started. */
export type GroupOrder = {
  file: string
  args: readonly string[]
  cwd: string | undefined
  /** All of it: nothing is inherited. */
  env: Readonly<Record<string, string | undefined>>
  /** Undefined: as this process. `own`: nobody else runs anything as it. */
  identity: (AccountIds & { own?: boolean }) | undefined
  /** Then it is stopped, with the reason `timeout`. */
  time_limit_ms?: number
  /** Kills it, with the reason `cancel`; when that has happened before, it is not started. */
  signal?: AbortSignal
}

/** Why a group is ended by us: its time is over, nobody wants it any more, we stop, or it may run elsewhere now. */
export type StopReason = 'timeout' | 'cancel' | 'shutdown' | 'lease'

/** How far the output of a process has been read. `unread`: the rest is here, and its reader takes its time. */
export type OutputState = 'open' | 'unread' | 'closed'

export type GroupEnd =
  | { kind: 'not-started'; error: Error }
  | {
      kind: 'ended'
      code: number | null
      signal: NodeJS.Signals | null
      duration_ms: number
      stopped_by: StopReason | undefined
    }

/** Whoever reads what a process writes, and waits for its end. */
export type GroupKeeper = {
  /** Asked once the process has ended, again and again until nothing more can come. */
  output(): OutputState
  /** The process has ended; its output may go on. */
  exited?(): void
  /** Nothing of the group is left. Called once. */
  ended(end: GroupEnd): void
}

const POLL_MS = 50

/**
 * A process with all that it starts, as far as that stays in its group.
 *
 *   running ─► exited ─► ended
 *      └─ terminate ─┘ SIGTERM to the group, SIGKILL to whatever is left of it after the grace
 *
 * Between `exited` and `ended` the group may still run: children in the background that hold the output are given the
 * time to drain it, after a stop what remains of the grace. At the end the whole group is killed in any case.
 */
export class ProcessGroup {
  /** Its streams, where they are pipes. Undefined where the system refused it at once. */
  readonly process: ChildProcess | undefined
  readonly #keeper: GroupKeeper
  readonly #startedAt = performance.now()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.kill('cancel')
  #stopped: { reason: StopReason; at: number } | undefined
  #exit: { code: number | null; signal: NodeJS.Signals | null; at: number } | undefined
  /** Since when nothing has come from the output. */
  #quietSince = 0
  #ended = false

  /** Starts it. Never throws: what goes wrong is an end. */
  constructor(order: GroupOrder, stdio: StdioOptions, keeper: GroupKeeper) {
    this.#keeper = keeper
    this.#signal = order.signal
    try {
      order.signal?.throwIfAborted()
      this.process = start(order, stdio)
    } catch (error) {
      process.nextTick(() => this.#fail(error))
      return
    }
    this.process.on('error', (error) => this.#fail(error))
    if (this.pid === undefined) return
    this.process.on('exit', (code, signal) => this.#exited(code, signal))
    order.signal?.addEventListener('abort', this.#abort, { once: true })
    if (order.time_limit_ms !== undefined)
      this.#after(Math.min(order.time_limit_ms, MAX_TIMER_MS), () => this.terminate('timeout'))
  }

  get pid(): number | undefined {
    return this.process?.pid
  }

  /** Asks the group to end, and kills it when it has not after the grace. The first reason counts. */
  terminate(reason: StopReason): void {
    if (!this.#mayStop()) return
    this.#stopped = { reason, at: performance.now() }
    this.#send('SIGTERM')
    this.#after(GRACE_MS, () => this.#send('SIGKILL'))
  }

  /** Kills the group at once, also when it is being asked to end, or when only its children are left. */
  kill(reason: StopReason): void {
    if (this.#mayStop()) this.#stopped = { reason, at: performance.now() }
    if (!this.#ended) this.#send('SIGKILL')
  }

  /** Its output has been read to its end: see whether that was all. */
  settle(): void {
    if (this.#exit === undefined || this.#ended) return
    const now = performance.now()
    const output = this.#keeper.output()
    if (output === 'unread' && this.#stopped === undefined) this.#quietSince = now
    const stoppedAt = this.#stopped !== undefined && this.#send(0) ? this.#stopped.at : undefined
    const until = stoppedAt === undefined ? this.#quietSince + DRAIN_MS : stoppedAt + GRACE_MS
    if ((output === 'closed' && stoppedAt === undefined) || now >= until) this.#keeper.ended(this.abandon())
  }

  /** Kills what is left and tells the keeper nothing more. */
  abandon(): Extract<GroupEnd, { kind: 'ended' }> {
    this.#ended = true
    this.#send('SIGKILL')
    for (const timer of this.#timers) clearTimeout(timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    const { code = null, signal = null, at = this.#startedAt } = this.#exit ?? {}
    const duration_ms = Math.round(at - this.#startedAt)
    return { kind: 'ended', code, signal, duration_ms, stopped_by: this.#stopped?.reason }
  }

  #mayStop(): boolean {
    return this.#stopped === undefined && this.#exit === undefined && !this.#ended
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const at = performance.now()
    this.#exit = { code, signal, at }
    this.#quietSince = at
    if (this.#ended) return
    this.#keeper.exited?.()
    this.settle()
    if (!this.#ended) this.#timers.push(setInterval(() => this.settle(), POLL_MS))
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.abandon()
    this.#keeper.ended({
      kind: 'not-started',
      error: error instanceof Error ? error : new Error(String(error)),
    })
  }

  #send(signal: NodeJS.Signals | 0): boolean {
    return this.pid !== undefined && signalGroup(this.pid, signal)
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms))
  }
}

function start({ file, args, cwd, env, identity }: GroupOrder, stdio: StdioOptions): ChildProcess {
  return spawn(file, args, {
    ...(identity && { uid: identity.uid, gid: identity.gid }),
    cwd,
    env,
    stdio,
    detached: true, // a group, and a session, of its own
  })
}
