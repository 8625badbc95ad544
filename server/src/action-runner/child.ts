import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../waiting/monotonic.ts'
import { type Account, give, identityOf, variablesOf } from '../run-as/account.ts'
import type { FifoPool } from './fifo-pool.ts'
import type { FolderPool } from './folder-pool.ts'
import { createMask, type SecretMask } from './mask.ts'
import type { StopReason } from './result.ts'
import type {
  EndReport,
  Input,
  PrivateFile,
  SpawnerSetup,
  StartOrder,
  StartReport,
  StreamEnd,
} from './spawn-protocol.ts'
import { STDERR_TAIL, StreamCapture } from './stream-capture.ts'
import { StreamReader } from './stream-reader.ts'

/** A process that lives longer than this is read from as it writes. */
const ATTACH_MS = 50
/** Between SIGTERM and SIGKILL. */
const KILL_MS = 5000
/** How long output of background children is waited for once the process itself has ended. */
const DRAIN_MS = 2000
const POLL_MS = 50
/** A binary that was just written may still be open for writing in a process that is being forked. */
const BUSY_RETRIES = 5
const BUSY_MS = 25

/** The longest delay a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What all children of a spawner share. */
export type ChildContext = {
  setup: SpawnerSetup
  pool: FifoPool
  folders: FolderPool
  /** The inherited variables. */
  env: Readonly<Record<string, string | undefined>>
  /** Called before output is masked as it comes. */
  willMask(): void
  started(report: StartReport): void
  ended(report: EndReport): void
}

/**
 * One process of an action, from its files to its end.
 *
 *   starting ─► running ─► exited ─► ended
 *                  └─ stop ──┘ SIGTERM to the group, SIGKILL to whatever is left of it after 5 s
 *
 * Between `exited` and `ended` its group may still run: children in the background that hold the output are
 * given 2 s (after a stop, what remains of the 5 s). At the end the whole group is killed in any case. A daemon that has
 * left the group stays only where the account of the process is not its own.
 *
 * What goes wrong with it, its output included, ends it alone: each entry from outside goes through #guarded().
 *
 * Whatever it does, its group is killed when the time up to which the worker holds the execution is over: from then
 * on another worker may run it.
 */
export class Child {
  readonly ticket: number
  readonly #order: StartOrder
  readonly #context: ChildContext
  #ownFolder: string | undefined
  #process: ChildProcess | undefined
  #readers: StreamReader[] = []
  #captures: { stdout: StreamCapture; stderr: StreamCapture }
  #mask: { made: SecretMask | undefined } | undefined
  #inputPipe: string | undefined
  #timers: NodeJS.Timeout[] = []
  #startedAt = 0
  #heldUntilMs: number | undefined
  #stopped: { reason: StopReason; at: number } | undefined
  #exit: { code: number | null; signal: string | null; at: number } | undefined
  #ended = false

  constructor(order: StartOrder, context: ChildContext) {
    this.ticket = order.ticket
    this.#order = order
    this.#context = context
    this.#heldUntilMs = order.held_until_ms
    this.#captures = { stdout: this.#capture('stdout'), stderr: this.#capture('stderr') }
  }

  get account(): Account | undefined {
    return this.#order.account
  }

  /** Starts the process. Never throws: what goes wrong is an end. */
  start(): void {
    if (this.#isHeld()) this.#watchHold()
    else return this.stop('lease')
    try {
      const { files, cwd, account } = this.#order
      for (const file of files) {
        writePrivate(file)
        give(file.path, account)
      }
      if (cwd === null || account !== undefined) this.#ownFolder = this.#context.folders.take(account)
      this.#spawn(BUSY_RETRIES)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Ends the group of the process. Only the first reason counts, and only before the process has exited. */
  stop(reason: StopReason): void {
    if (this.#stopped !== undefined || this.#exit !== undefined || this.#ended) return
    this.#stopped = { reason, at: performance.now() }
    if (this.#process === undefined) return this.#finish()
    if (reason === 'lease') return void this.#signal('SIGKILL') // another attempt may begin: no time for manners
    this.#signal('SIGTERM')
    this.#after(KILL_MS, () => this.#signal('SIGKILL'))
  }

  /** Moves the time at which the group is killed. */
  hold(untilMs: number): void {
    if (this.#heldUntilMs !== undefined) this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs)
  }

  #isHeld(): boolean {
    return this.#heldUntilMs === undefined || monotonicMs() < this.#heldUntilMs
  }

  /** One timer per process that looks again when it fires: renewals come far more often than they are needed. */
  #watchHold(): void {
    if (this.#heldUntilMs === undefined) return
    const wait = Math.min(Math.max(this.#heldUntilMs - monotonicMs(), 0), MAX_TIMER_MS)
    this.#after(wait, () => (this.#isHeld() ? this.#watchHold() : this.#letGo()))
  }

  #letGo(): void {
    this.stop('lease')
    this.#signal('SIGKILL')
  }

  #spawn(retries: number): void {
    let input: number | undefined
    try {
      this.#readers = [this.#reader('stdout'), this.#reader('stderr')]
      input = this.#openInput(this.#order.input)
      this.#launch(input)
    } catch (error) {
      if (!(isCode(error, 'ETXTBSY') && retries > 0)) throw error
      this.#process = undefined
      this.#after(BUSY_MS, () => this.#retry(retries - 1))
    } finally {
      if (input !== undefined) closeSync(input)
      for (const reader of this.#readers) reader.closeChildEnd()
    }
  }

  #reader(stream: 'stdout' | 'stderr'): StreamReader {
    const { pool } = this.#context
    const take = (chunk: Buffer) => this.#guarded(() => this.#captures[stream].write(chunk))
    return new StreamReader(pool, this.#order.account, take)
  }

  #launch(input: number | undefined): void {
    const [stdout, stderr] = this.#readers.map((reader) => reader.childEnd)
    const { file, args, account } = this.#order
    const started = performance.now()
    const child = spawn(file, args, {
      ...identityOf(account),
      cwd: this.#order.cwd ?? this.#ownFolder,
      env: this.#environment(),
      stdio: [input ?? 'ignore', stdout, stderr],
      detached: true, // a group, and a session, of its own
    })
    child.on('error', (error) => this.#fail(error))
    if (child.pid === undefined) return
    this.#process = child
    this.#startedAt = started
    if (this.#order.input.kind === 'file') removeQuietly(this.#order.input.path)
    child.on('exit', (code, signal) => this.#guarded(() => this.#exited(code, signal)))
    this.#after(Math.min(this.#order.timeout_ms, MAX_TIMER_MS), () => this.stop('timeout'))
    if (this.#context.setup.live_log_after_ms === 0) this.#goLive()
    this.#after(ATTACH_MS, () => this.#follow())
    this.#context.started({ ticket: this.ticket, pid: child.pid, started_at: Date.now() })
  }

  #environment(): NodeJS.ProcessEnv {
    const { account, env } = this.#order
    const own = account === undefined ? {} : variablesOf(account, this.#ownFolder ?? '/')
    return { ...this.#context.env, ...own, ...env }
  }

  #retry(retries: number): void {
    try {
      this.#releasePipes()
      this.#spawn(retries)
    } catch (error) {
      this.#fail(error)
    }
  }

  #openInput(input: Input): number | undefined {
    if (input.kind === 'none') return undefined
    const { account } = this.#order
    if (input.kind === 'file') {
      give(input.path, account) // a process may open its standard input once more
      return openSync(input.path, 'r')
    }
    const pipe = this.#context.pool.forInput(input.text, account)
    if (pipe === undefined) return this.#inputByFile(input.text)
    this.#inputPipe = pipe.path
    return pipe.read
  }

  #inputByFile(text: string): number {
    const path = join(this.#context.setup.roomy, `stdin-${this.ticket}`)
    writeFileSync(path, text, { mode: 0o600 })
    give(path, this.#order.account)
    const file = openSync(path, 'r')
    unlinkSync(path) // only the descriptor keeps it
    return file
  }

  #capture(stream: 'stdout' | 'stderr'): StreamCapture {
    const { log_dir, secrets, masked_later, parses_output } = this.#order
    const { roomy, max_stdout_bytes, max_stderr_bytes } = this.#context.setup
    const longest = secrets.reduce((length, secret) => Math.max(length, secret.length), 0)
    const needsRaw = masked_later || (stream === 'stdout' && parses_output && secrets.length > 0)
    return new StreamCapture({
      stream,
      limit: stream === 'stdout' ? max_stdout_bytes : max_stderr_bytes,
      log_path: join(log_dir, `${stream}.log`),
      mask: () => this.#maskOfAll(),
      masked_later,
      // Enough before the end that is shown to recognise a secret, in any form, that reaches into it.
      tail: stream === 'stderr' ? STDERR_TAIL + longest * 6 : undefined,
      raw_path: needsRaw ? join(roomy, `raw-${stream}-${this.ticket}`) : undefined,
    })
  }

  /** One for both streams, and only when there is output to hide something in. */
  #maskOfAll(): SecretMask | undefined {
    if (this.#mask === undefined) {
      this.#context.willMask()
      this.#mask = { made: createMask(this.#order.secrets) }
    }
    return this.#mask.made
  }

  /** The process runs on: read what it writes as it comes, and soon show it. */
  #follow(): void {
    this.#attach()
    this.#after(this.#context.setup.live_log_after_ms - ATTACH_MS, () => this.#goLive())
  }

  #goLive(): void {
    this.#captures.stdout.goLive()
    this.#captures.stderr.goLive()
  }

  #attach(): void {
    for (const reader of this.#readers) reader.attach(() => this.#settle())
  }

  #exited(code: number | null, signal: string | null): void {
    this.#exit = { code, signal, at: performance.now() }
    for (const reader of this.#readers) reader.readNow()
    this.#settle()
    if (this.#ended) return
    this.#attach()
    const poll = setInterval(() => this.#guarded(() => this.#settle()), POLL_MS)
    this.#timers.push(poll)
  }

  /** Ends as soon as the output is complete and nothing is left to be killed, or the wait for that is over. */
  #settle(): void {
    if (this.#exit === undefined || this.#ended) return
    const complete = this.#readers.every((reader) => reader.ended)
    const groupRuns = this.#stopped !== undefined && this.#signal(0)
    const patience =
      this.#stopped !== undefined && groupRuns ? this.#stopped.at + KILL_MS : this.#exit.at + DRAIN_MS
    if ((complete && !groupRuns) || performance.now() >= patience) this.#finish()
  }

  #fail(error: unknown): void {
    this.#finish(startProblem(error))
  }

  /** Other processes of this spawner must not end with this one. */
  #guarded(act: () => void): void {
    try {
      act()
    } catch {
      this.#finish('its output could not be kept')
    }
  }

  #finish(startError?: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal('SIGKILL')
    this.#releasePipes()
    this.#cleanUp()
    const exit = this.#exit
    this.#context.ended({
      ticket: this.ticket,
      start_error: startError,
      exit_code: exit?.code ?? null,
      signal: exit?.signal ?? null,
      duration_ms: exit === undefined ? 0 : Math.round(exit.at - this.#startedAt),
      stopped_by: this.#stopped?.reason,
      stdout: endOf(this.#captures.stdout),
      stderr: endOf(this.#captures.stderr),
    })
  }

  #releasePipes(): void {
    for (const reader of this.#readers) {
      reader.readNow()
      reader.close()
    }
    this.#readers = []
    if (this.#inputPipe !== undefined) this.#context.pool.giveBackInput(this.#inputPipe)
    this.#inputPipe = undefined
  }

  #cleanUp(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const { path } of this.#order.files) removeQuietly(path)
    if (this.#order.input.kind === 'file') removeQuietly(this.#order.input.path)
    if (this.#ownFolder !== undefined) this.#context.folders.giveBack(this.#ownFolder, this.#order.account)
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(() => this.#guarded(act), ms))
  }

  /** True when the signal reached at least one process of the group. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const pid = this.#process?.pid
    if (pid === undefined) return false
    try {
      return process.kill(-pid, signal)
    } catch {
      return false // nobody left
    }
  }
}

/** An error of the system names a program and a code. Others quote what they were given, which may be secret. */
function startProblem(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return error.message
  if (isCode(error, 'ERR_INVALID_ARG_VALUE'))
    return 'a NUL stands in its code, an argument or a variable of its environment; remove it'
  return 'its process could not be started'
}

function endOf(capture: StreamCapture): StreamEnd {
  try {
    return capture.end()
  } catch {
    return { ...NOTHING, log_error: 'its output could not be kept' }
  }
}

const NOTHING: StreamEnd = {
  total: 0,
  kept: 0,
  text: '',
  whole: true,
  raw_path: undefined,
  logged: false,
  log_error: undefined,
}

function writePrivate({ path, mode, text }: PrivateFile): void {
  if (text === undefined) return
  try {
    writeFileSync(path, text, { mode, flag: 'wx' })
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    unlinkSync(path)
    writeFileSync(path, text, { mode, flag: 'wx' })
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone already: the action may remove its own files.
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
