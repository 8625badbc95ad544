import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

const BATCH = 48

/** Both ends of a pipe. */
export type Pipe = { path: string; read: number; write: number }

/**
 * Named pipes, made many at a time and used again. They are what a child gets as its standard streams, because
 * what Node itself offers is wrong here: its 'pipe' is a socket, on which `echo x > /dev/stderr` fails and which
 * makes bash source ~/.bashrc; and files would be truncated by the same redirection, have no end that tells when
 * a background child has finished, and cost more than twice the time in the file system.
 *
 * A pipe is reused only when nobody holds its other end any more: a process that left its group must not read
 * the input or write into the output of the next execution.
 */
export class FifoPool {
  /** Where readers read to: one for all, because a chunk is used before the next read. */
  readonly scratch = Buffer.allocUnsafeSlow(64 * 1024)
  readonly #folder: string
  readonly #free: string[] = []
  #made = 0

  constructor(folder: string) {
    this.#folder = folder
    this.#make()
  }

  /** A pipe to read the output of a child from; `read` does not block, `write` is for the child. */
  forOutput(): Pipe {
    const path = this.#take()
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return { path, read, write: openSync(path, constants.O_WRONLY) }
    } catch (error) {
      closeSync(read)
      throw error
    }
  }

  /**
   * The read end of a pipe that holds the document and then ends; undefined when the document does not fit into
   * the buffer of a pipe. Nothing has to be written while the child runs, and nothing can wait for it.
   */
  forInput(document: string): { path: string; read: number } | undefined {
    const path = this.#take()
    const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      const bytes = Buffer.from(document)
      if (writeAll(writer, bytes)) return { path, read: openSync(path, constants.O_RDONLY) }
      this.#free.push(path) // what was written goes with the last open end
      return undefined
    } finally {
      closeSync(writer)
    }
  }

  /** Takes back an output pipe that was read to its end. */
  giveBack(path: string): void {
    this.#free.push(path)
  }

  /** Takes back an input pipe unless somebody still reads from it. */
  giveBackInput(path: string): void {
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
      this.discard(path)
    } catch {
      this.#free.push(path) // no reader: the pipe is empty
    }
  }

  /** Gives up a pipe whose other end somebody still holds. */
  discard(path: string): void {
    unlinkSync(path)
  }

  #take(): string {
    const path = this.#free.pop()
    if (path !== undefined) return path
    this.#make()
    return this.#take()
  }

  #make(): void {
    const paths = Array.from({ length: BATCH }, () => join(this.#folder, `pipe-${(this.#made += 1)}`))
    const { status, error, stderr } = spawnSync('mkfifo', ['-m', '600', ...paths])
    if (status !== 0) throw new Error(`mkfifo failed: ${error?.message ?? String(stderr)}`)
    this.#free.push(...paths)
  }
}

function writeAll(file: number, bytes: Buffer): boolean {
  try {
    return bytes.length === 0 || writeSync(file, bytes) === bytes.length
  } catch {
    return false // EAGAIN: the buffer is full
  }
}

/** A stream over the read end for output that takes its time; it owns the descriptor from now on. */
export function streamOf(read: number): Socket {
  return new Socket({ fd: read, readable: true, writable: false })
}
