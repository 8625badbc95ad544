import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { type ProcessAccount, give, takeBack } from '../run-as/account.ts'

const BATCH = 48

/** Both ends of a pipe. */
export type InputPipe = { path: string; read: number; write: number }

/**
 * Named pipes, made many at a time and used again. They are what a child gets to write its output to, because
 * what Node itself offers is wrong here: its 'pipe' is a socket, on which `echo x > /dev/stderr` fails and which
 * makes bash source ~/.bashrc; and files would be truncated by the same redirection, have no end that tells when
 * a background child has finished, and cost more than twice the time in the file system.
 *
 * A pipe is reused only when nobody holds its other end any more: a process that left its group must not write
 * into the output of the next execution, nor read it. It belongs to the account of the process, which may open
 * it anew by /dev/stdout; before it is looked at for other holders it is ours again, so that no more can come.
 */
export class FifoPool {
  /** Where readers read to: one for all, because a chunk is used before the next read. */
  readonly scratch = Buffer.allocUnsafeSlow(64 * 1024)
  readonly #folder: string
  readonly #free: string[] = []
  readonly #given = new Set<string>()
  #made = 0

  constructor(folder: string) {
    this.#folder = folder
    this.#make()
  }

  /** A pipe to read the output of a child from; `read` does not block, `write` is for the child. */
  forOutput(account: ProcessAccount | undefined): InputPipe {
    const path = this.#take(account)
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return { path, read, write: openSync(path, constants.O_WRONLY) }
    } catch (error) {
      closeSync(read)
      throw error
    }
  }

  /** Takes back a pipe that was read to its end, unless somebody still holds it. */
  giveBack(path: string): void {
    if (this.#given.delete(path)) {
      takeBack(path)
      if (hasReader(path) || hasWriter(path, this.scratch)) return this.discard(path)
    }
    this.#free.push(path)
  }

  /** Gives up a pipe whose other end somebody still holds. */
  discard(path: string): void {
    this.#given.delete(path)
    unlinkSync(path)
  }

  #take(account: ProcessAccount | undefined): string {
    if (this.#free.length === 0) this.#make()
    const path = this.#free.pop() ?? ''
    give(path, account)
    if (account !== undefined) this.#given.add(path)
    return path
  }

  #make(): void {
    const paths = Array.from({ length: BATCH }, () => join(this.#folder, `pipe-${(this.#made += 1)}`))
    const { status, error, stderr } = spawnSync('mkfifo', ['-m', '600', ...paths])
    if (status !== 0) throw new Error(`mkfifo failed: ${error?.message ?? String(stderr)}`)
    this.#free.push(...paths)
  }
}

/** Without one the pipe is empty. */
function hasReader(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch {
    return false // ENXIO: nobody reads
  }
}

function hasWriter(path: string, scratch: Buffer): boolean {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return readSync(reader, scratch) !== 0
  } catch {
    return true // EAGAIN: somebody may write yet
  } finally {
    closeSync(reader)
  }
}

/** A stream over the read end for output that takes its time; it owns the descriptor from now on. */
export function streamOf(read: number): Socket {
  return new Socket({ fd: read, readable: true, writable: false })
}
