import { closeSync, writeSync } from 'node:fs'
import { openLog } from './log-file.ts'

/** A program that writes byte by byte must not fill the disk with times: what comes after so many has none. */
const MOST_TIMES = 20_000

/** Where the times of a log stand. */
export function timesPath(logPath: string): string {
  return logPath.replace(/\.log$/, '.times')
}

/** The clock of this machine, with microseconds: what two streams write within a millisecond has an order too. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * Notes when the bytes of a log came, as lines `<milliseconds> <offset behind them>`. A time is written before its
 * bytes, so that whoever sees these knows when they came. Times that cannot be written are missing, and nothing else.
 */
export class OutputTimes {
  readonly #path: string
  #file: number | undefined
  #offset = 0
  #count = 0

  constructor(path: string) {
    this.#path = path
  }

  note(bytes: number, atMs: number): void {
    this.#offset += bytes
    this.#count += 1
    if (this.#count > MOST_TIMES) return
    try {
      this.#file ??= openLog(this.#path)
      writeSync(this.#file, `${atMs.toFixed(3)} ${this.#offset}\n`)
    } catch {
      this.#count = MOST_TIMES
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
