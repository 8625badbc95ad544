import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Id } from '../../../id.ts'
import { logTimes } from './log-times.ts'

export const logStreams = ['stdout', 'stderr'] as const
export type LogStream = (typeof logStreams)[number]

/** Bytes of a chunk at most. */
const CHUNK = 64 * 1024

/** Bytes of a log, and the offset where the next begins. They are the reader's until the next are read. */
type LogChunk = { bytes: Buffer; next: number; at_ms?: number }

/**
 * Where a chunk may end. `whole`: behind a character, and not between a carriage return and its line feed. `anywhere`:
 * behind any byte.
 */
type ChunkEnd = 'whole' | 'anywhere'

export type LogFile = {
  /** What stands at the offset, or undefined when there is nothing that may be shown. */
  read(offset: number, end: ChunkEnd): Promise<LogChunk | undefined>
  /** The same, but no more than came at one time, and when that was, where it is known. */
  readTimed(offset: number, end: ChunkEnd): Promise<LogChunk | undefined>
  close(): Promise<void>
}

/** Opens the log of an execution, or undefined while there is none. The folder of an execution is its worker's. */
export async function openLogFile(
  artifacts_dir: string,
  execution: Id<'execution'>,
  stream: LogStream,
): Promise<LogFile | undefined> {
  const folder = join('executions', String(execution))
  const file = await openRegular(artifacts_dir, join(folder, `${stream}.log`))
  if (file === undefined) return undefined
  const timesFile = await openRegular(artifacts_dir, join(folder, `${stream}.times`))
  const times = timesFile === undefined ? undefined : logTimes(timesFile)
  const buffer = Buffer.alloc(CHUNK)
  const log: LogFile = {
    async read(offset, end) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, offset)
      const length = end === 'anywhere' ? bytesRead : wholeLength(buffer.subarray(0, bytesRead))
      return length === 0 ? undefined : { bytes: buffer.subarray(0, length), next: offset + length }
    },
    async readTimed(offset, end) {
      const chunk = await log.read(offset, end)
      if (chunk === undefined) return undefined
      for (const time of (await times?.behind(offset)) ?? []) {
        const bytes = chunk.bytes.subarray(0, time.end - offset)
        const length = end === 'anywhere' ? bytes.length : wholeLength(bytes)
        if (length > 0) return { bytes: bytes.subarray(0, length), next: offset + length, at_ms: time.at_ms }
      }
      return chunk
    },
    async close() {
      await file.close()
      await times?.close()
    },
  }
  return log
}

/** Actions can write where logs lie, so neither a link out of the folder nor a pipe that blocks is opened. */
async function openRegular(folder: string, name: string): Promise<FileHandle | undefined> {
  try {
    const path = await realpath(join(folder, name))
    if (path !== join(await realpath(folder), name) || !(await stat(path)).isFile()) return undefined
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP'))
      return undefined
    throw error
  }
}

/**
 * How many of the bytes can be shown: without the beginning of a character whose rest is not there yet, and
 * without a carriage return at the end, whose line feed may follow.
 */
export function wholeLength(bytes: Uint8Array): number {
  const length = bytes.length - unfinished(bytes)
  return bytes[length - 1] === 0x0d ? length - 1 : length
}

/** Bytes at the end that begin a character of UTF-8 and do not finish it. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < lengthOf(byte) ? back : 0
  }
  return 0
}

/** Length of the character that begins with this byte. */
function lengthOf(first: number): number {
  if (first >= 0xf0) return first < 0xf8 ? 4 : 1
  return first >= 0xe0 ? 3 : 2
}
