import { isUtf8 } from 'node:buffer'
import { appendFileSync, closeSync, writeSync } from 'node:fs'
import { openLog } from './log-file.ts'
import type { SecretMask, StreamMask } from './mask.ts'
import { nowMs, OutputTimes, timesPath } from './output-times.ts'
import type { StreamEnd } from './spawn-protocol.ts'

/** The limit counts the notice, whose room is this. */
const NOTICE_ROOM = 128
/** Output up to this size is reported in the message about the end; more is read from its file. */
export const SMALL_OUTPUT = 64 * 1024
/** A result shows this much of the end of standard error. */
export const STDERR_TAIL = 64 * 1024

export type CaptureOptions = {
  stream: 'stdout' | 'stderr'
  limit: number
  log_path: string
  /** Made when there is something to look at; it answers undefined when there is nothing to hide. */
  mask: () => SecretMask | undefined
  /** There is no log file: whoever reads the output writes it. What is not small goes to `raw_path` alone. */
  masked_later: boolean
  /** Bytes of the end to keep in memory; undefined keeps the beginning, up to SMALL_OUTPUT. */
  tail: number | undefined
  /** Where unmasked output goes once it is no longer small; undefined when nobody needs it. */
  raw_path: string | undefined
}

/**
 * Takes one stream of a process. At first it stays in memory: most processes are short and say little, the result
 * holds all of it, and a file for each would cost as much as starting the process (new inodes are dear on ext4).
 * Once goLive() is called, or the output is no longer small, the log file has what was kept and gets the rest as
 * it arrives, masked. What exceeds the limit is counted and dropped: the process never waits, and neither memory
 * nor disk grows with what it writes.
 */
export class StreamCapture {
  readonly #options: CaptureOptions
  readonly #capacity: number
  readonly #times: OutputTimes
  #total = 0
  #kept = 0
  #memory: Buffer[] = []
  /** When what is in memory came, as long as the log has none of it. */
  #cameAt: number[] = []
  #held = 0
  #whole = true
  #live = false
  #mask: StreamMask | undefined
  #maskMade = false
  #log: number | undefined
  #logError: string | undefined
  #raw = false

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#capacity = Math.max(0, options.limit - NOTICE_ROOM)
    this.#times = new OutputTimes(timesPath(options.log_path))
  }

  get said(): boolean {
    return this.#total > 0
  }

  /** Takes a chunk; its memory may be reused afterwards. */
  write(chunk: Buffer): void {
    if (!this.#live && this.#total + chunk.length > SMALL_OUTPUT) this.goLive()
    const piece = chunk.subarray(0, Math.max(0, this.#capacity - this.#total))
    const cuts = this.#total <= this.#capacity && this.#total + chunk.length > this.#capacity
    this.#total += chunk.length
    this.#kept += piece.length
    if (this.#options.tail === undefined || this.#options.masked_later) this.#keepBeginning(piece)
    else this.#keepEnd(chunk, this.#options.tail)
    if (!this.#live) return
    this.#append(this.#masked(piece), nowMs())
    if (cuts) this.#cut()
  }

  /** From now on the log shows what has come and what comes. */
  goLive(): void {
    if (this.#live || this.#options.masked_later) return
    this.#live = true
    let left = this.#kept
    for (const [index, chunk] of this.#memory.entries()) {
      this.#append(this.#masked(chunk.subarray(0, left)), this.#cameAt[index] ?? nowMs())
      left = Math.max(0, left - chunk.length)
    }
    this.#cameAt = []
    if (this.#total > this.#capacity) this.#cut()
  }

  /** Closes the log and says what was seen. */
  end(): StreamEnd {
    if (!this.#live && !isPlainText(this.#memory)) this.#keepBytes()
    if (this.#total <= this.#capacity) this.#append(this.#mask?.end(false))
    if (this.#log !== undefined) closeSync(this.#log)
    this.#times.close()
    const tail = this.#options.tail !== undefined && !this.#options.masked_later
    const inMemory = tail || this.#whole || this.#logError !== undefined
    return {
      total: this.#total,
      kept: this.#kept,
      text: inMemory ? Buffer.concat(this.#memory).toString('utf8') : undefined,
      whole: this.#whole,
      raw_path: this.#raw ? this.#options.raw_path : undefined,
      logged: this.#log !== undefined,
      log_error: this.#logError,
    }
  }

  #keepBeginning(piece: Buffer): void {
    if (piece.length === 0) return
    if (this.#whole && this.#held + piece.length <= SMALL_OUTPUT) {
      this.#hold(piece)
      return
    }
    if (this.#options.raw_path !== undefined) this.#spill(this.#options.raw_path, piece)
    this.#whole = false
  }

  /** From the first byte too many on, unmasked output lives in a private file. */
  #spill(path: string, piece: Buffer): void {
    if (!this.#whole && !this.#raw) return
    const bytes = this.#raw ? piece : Buffer.concat([...this.#memory, piece])
    try {
      appendFileSync(path, bytes, { mode: 0o600 })
      this.#raw = true
    } catch (error) {
      this.#raw = false // the reader falls back to the masked log
      if (this.#options.masked_later) this.#logError = messageOf(error)
    }
  }

  /** What is no text is kept as it is, in a file. */
  #keepBytes(): void {
    const { masked_later, raw_path } = this.#options
    if (!masked_later || raw_path === undefined) return this.goLive()
    if (this.#whole) this.#spill(raw_path, Buffer.alloc(0))
    this.#whole = false
  }

  #keepEnd(chunk: Buffer, tail: number): void {
    this.#hold(chunk)
    for (
      let first = this.#memory[0];
      first !== undefined && this.#held - first.length >= tail;
      first = this.#memory[0]
    ) {
      this.#memory.shift()
      this.#held -= first.length
      this.#whole = false
    }
  }

  #hold(chunk: Buffer): void {
    this.#memory.push(Buffer.from(chunk))
    this.#held += chunk.length
    if (!this.#live) this.#cameAt.push(nowMs())
  }

  #masked(piece: Buffer): Buffer {
    if (piece.length === 0) return piece
    if (!this.#maskMade) this.#mask = this.#options.mask()?.stream()
    this.#maskMade = true
    return this.#mask?.push(piece) ?? piece
  }

  #cut(): void {
    this.#append(this.#mask?.end(true))
    this.#append(Buffer.from(truncationNotice(this.#options.stream)))
  }

  /** A log that cannot be written is reported and costs the execution nothing else. */
  #append(bytes: Buffer | undefined, atMs = nowMs()): void {
    if (bytes === undefined || bytes.length === 0 || this.#logError !== undefined) return
    try {
      this.#log ??= openLog(this.#options.log_path)
      this.#times.note(bytes.length, atMs)
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#log, bytes, at)
    } catch (error) {
      this.#logError = messageOf(error)
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What is no text without NUL cannot be stored as it is: only a log keeps the bytes. */
function isPlainText(chunks: readonly Buffer[]): boolean {
  const bytes = Buffer.concat(chunks)
  return isUtf8(bytes) && !bytes.includes(0)
}

/** What ends a stream that exceeded its limit. */
export function truncationNotice(stream: 'stdout' | 'stderr'): string {
  return `\n\n[OUTPUT TRUNCATED: ${stream} exceeded size limit]\n`
}
