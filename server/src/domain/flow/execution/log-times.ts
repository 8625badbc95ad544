import type { FileHandle } from 'node:fs/promises'

/** Bytes of times that are read of a log. */
const MOST_BYTES = 1024 * 1024
/** Pieces that are looked at for the next one: the first ends inside of a character at most a few times. */
const AHEAD = 64

/** When bytes of a log came, up to an offset. */
type LogTime = { at_ms: number; end: number }

/** The times of a log, as far as its worker has noted them. */
export type LogTimes = {
  /** The pieces of what begins at `offset`, in their order: each ends behind what came at one time. */
  behind(offset: number): Promise<LogTime[]>
  close(): Promise<void>
}

/** Reads times for somebody who goes forward through a log that grows. */
export function logTimes(file: FileHandle): LogTimes {
  const times: LogTime[] = []
  const buffer = Buffer.alloc(64 * 1024)
  let position = 0
  let rest = ''
  let next = 0

  async function readOn(): Promise<void> {
    while (position < MOST_BYTES) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) return
      position += bytesRead
      const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      rest = lines.pop() ?? ''
      times.push(...lines.flatMap(timeOf))
    }
  }

  return {
    async behind(offset) {
      await readOn()
      while ((times[next]?.end ?? Number.POSITIVE_INFINITY) <= offset) next += 1
      return times.slice(next, next + AHEAD)
    },
    close: () => file.close(),
  }
}

/** An action can write where its logs lie: what is no time is left out. */
function timeOf(line: string): LogTime[] {
  const [, at = '', end = ''] = /^(\d{1,15}\.\d{3}) (\d{1,15})$/.exec(line) ?? []
  return end === '' ? [] : [{ at_ms: Number(at), end: Number(end) }]
}
