import type { FileHandle } from 'node:fs/promises'

/** Bytes of times that are read of a log. */
const MOST_BYTES = 1024 * 1024

/** When bytes of a log came, up to an offset. */
type LogTime = { at_ms: number; end: number }

/** The times of a log, where its worker has noted them. They grow with it. */
export class LogTimes {
  readonly #file: FileHandle
  readonly #times: LogTime[] = []
  #read = 0
  #rest = ''
  /** Readers go forward. */
  #next = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** The pieces of what begins at `offset`, in their order: each ends behind what came at one time. */
  async behind(offset: number): Promise<LogTime[]> {
    await this.#readOn()
    while ((this.#times[this.#next]?.end ?? Number.POSITIVE_INFINITY) <= offset) this.#next += 1
    return this.#times.slice(this.#next, this.#next + 64)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async #readOn(): Promise<void> {
    const buffer = Buffer.alloc(64 * 1024)
    while (this.#read < MOST_BYTES) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#read)
      if (bytesRead === 0) return
      this.#read += bytesRead
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      this.#rest = lines.pop() ?? ''
      this.#times.push(...lines.flatMap(timeOf))
    }
  }
}

/** An action can write where its logs lie: what is no time is left out. */
function timeOf(line: string): LogTime[] {
  const [, at = '', end = ''] = /^(\d{1,15}\.\d{3}) (\d{1,15})$/.exec(line) ?? []
  return end === '' ? [] : [{ at_ms: Number(at), end: Number(end) }]
}
