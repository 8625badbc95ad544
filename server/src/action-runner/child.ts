import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../waiting/monotonic.ts'
import { MAX_TIMER_MS } from '../processes/limits.ts'
import { type GroupEnd, ProcessGroup, type StopReason } from '../processes/process-group.ts'
import { type ProcessAccount, give, variablesOf } from '../run-as/account.ts'
import type { FifoPool } from './fifo-pool.ts'
import type { FolderPool } from './folder-pool.ts'
import { createMask, type SecretMask } from './mask.ts'
import type {
  EndReport,
  ProcessInput,
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
/** A binary that was just written may still be open for writing in a process that is being forked. */
const BUSY_RETRIES = 5
const BUSY_MS = 25

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
 * One process of an action, from its files to its end. A daemon that has left its group stays only where the account of
 * the process is not its own.
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
  #group: ProcessGroup | undefined
  #readers: StreamReader[] = []
  #captures: { stdout: StreamCapture; stderr: StreamCapture }
  #mask: { made: SecretMask | undefined } | undefined
  #timers: NodeJS.Timeout[] = []
  #heldUntilMs: number | undefined
  #startedMs: number | undefined
  #followed = false
  #ended = false

  constructor(order: StartOrder, context: ChildContext) {
    this.ticket = order.ticket
    this.#order = order
    this.#context = context
    this.#heldUntilMs = order.held_until_ms
    this.#captures = { stdout: this.#capture('stdout'), stderr: this.#capture('stderr') }
  }

  get account(): ProcessAccount | undefined {
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
    if (this.#ended) return
    if (this.#group === undefined) return this.#finish({ ...NEVER_STARTED, stopped_by: reason })
    // Another attempt may begin when the lease is over: no time for manners.
    if (reason === 'lease') this.#group.kill(this.#isOverTime() ? 'timeout' : reason)
    else this.#group.terminate(reason)
  }

  /**
   * Whether its time limit was over before the hold was: where this process was frozen meanwhile, both timers fire
   * late and in any order.
   */
  #isOverTime(): boolean {
    if (this.#startedMs === undefined) return false
    const heldUntilMs = this.#heldUntilMs ?? Number.POSITIVE_INFINITY
    return this.#startedMs + this.#order.timeout_ms <= Math.min(monotonicMs(), heldUntilMs)
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
    this.#after(wait, () => (this.#isHeld() ? this.#watchHold() : this.stop('lease')))
  }

  #spawn(retries: number): void {
    let input: number | undefined
    try {
      this.#readers = [this.#reader('stdout'), this.#reader('stderr')]
      input = this.#openInput(this.#order.input)
      this.#launch(input, retries)
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

  #launch(input: number | undefined, retries: number): void {
    const [stdout, stderr] = this.#readers.map((reader) => reader.childEnd)
    const { file, args, account, timeout_ms } = this.#order
    const group = new ProcessGroup(
      {
        file,
        args,
        cwd: this.#order.cwd ?? this.#ownFolder,
        env: this.#environment(),
        identity: account,
        time_limit_ms: timeout_ms,
      },
      [input ?? 'ignore', stdout, stderr],
      {
        output: () => (this.#readers.every((reader) => reader.ended) ? 'closed' : 'open'),
        exited: () => this.#guarded(() => this.#readRest()),
        ended: (end) => this.#guarded(() => this.#groupEnded(end, retries)),
      },
    )
    if (group.pid === undefined) return // told as an end
    this.#group = group
    this.#startedMs = monotonicMs()
    if (this.#order.input.kind === 'file') removeQuietly(this.#order.input.path)
    if (this.#context.setup.live_log_after_ms === 0) this.#goLive()
    this.#after(ATTACH_MS, () => this.#follow())
    this.#context.started({ ticket: this.ticket, pid: group.pid, started_at: Date.now() })
  }

  #groupEnded(end: GroupEnd, retries: number): void {
    if (this.#ended) return
    if (end.kind === 'ended') this.#finish(end)
    else if (isCode(end.error, 'ETXTBSY') && retries > 0) this.#after(BUSY_MS, () => this.#retry(retries - 1))
    else this.#fail(end.error)
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

  /**
   * A file that nobody else can name once it is open: a program may open its standard input anew by /dev/stdin, for
   * which a named pipe makes it wait for a writer.
   */
  #openInput(input: ProcessInput): number | undefined {
    if (input.kind === 'none') return undefined
    const path = input.kind === 'file' ? input.path : join(this.#context.setup.quick, `stdin-${this.ticket}`)
    if (input.kind === 'text') writePrivate({ path, mode: 0o600, text: input.text })
    give(path, this.#order.account)
    const file = openSync(path, 'r')
    if (input.kind === 'text') removeQuietly(path)
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
    this.#followed = true
    this.#attach()
    this.#after(this.#context.setup.live_log_after_ms - ATTACH_MS, () => this.#goLive())
  }

  #goLive(): void {
    this.#captures.stdout.goLive()
    this.#captures.stderr.goLive()
  }

  #attach(): void {
    for (const reader of this.#readers) reader.attach(() => this.#group?.settle())
  }

  /** Most have said everything by then. */
  #readRest(): void {
    for (const reader of this.#readers) reader.readNow()
    this.#attach()
  }

  #fail(error: unknown): void {
    this.#finish(NEVER_STARTED, startProblem(error))
  }

  /** Other processes of this spawner must not end with this one. */
  #guarded(act: () => void): void {
    try {
      act()
    } catch {
      // The error may quote what the process wrote.
      this.#finish(this.#group?.abandon() ?? NEVER_STARTED, 'its output could not be kept')
    }
  }

  #finish({ code, signal, duration_ms, stopped_by }: Ended, start_error?: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#releasePipes()
    this.#keepOrder()
    this.#cleanUp()
    this.#context.ended({
      ticket: this.ticket,
      start_error,
      exit_code: code,
      signal,
      duration_ms,
      stopped_by,
      stdout: endOf(this.#captures.stdout),
      stderr: endOf(this.#captures.stderr),
    })
  }

  /** A result does not say in which order the two streams were written; logs do, where they were read as they came. */
  #keepOrder(): void {
    const { stdout, stderr } = this.#captures
    if (this.#followed && stdout.said && stderr.said) this.#goLive()
  }

  #releasePipes(): void {
    for (const reader of this.#readers) {
      reader.readNow()
      reader.close()
    }
    this.#readers = []
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
}

type Ended = Omit<Extract<GroupEnd, { kind: 'ended' }>, 'kind'>

const NEVER_STARTED: Ended = { code: null, signal: null, duration_ms: 0, stopped_by: undefined }

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
    // The error may quote what the process wrote.
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
