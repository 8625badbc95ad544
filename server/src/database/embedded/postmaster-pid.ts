import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findProcess } from '../../processes/process-identity.ts'
import { isAttached } from './shared-memory.ts'

/** What the server tells about itself in `postmaster.pid`. */
export type PostmasterPid = {
  pid: number
  port: number
  /** `ready` when it takes connections; before and after, `starting` and `stopping`. */
  status: string
  /** The id of the System V shared memory segment that stays as long as any process of the server does. */
  segment: number | undefined
}

export function pidFile(dataDir: string): string {
  return join(dataDir, 'postmaster.pid')
}

/** The parsed pid file of the cluster, or undefined when there is none with a pid in it. */
export function readPostmasterPid(dataDir: string): PostmasterPid | undefined {
  try {
    return parsePostmasterPid(readFileSync(pidFile(dataDir), 'utf8'))
  } catch {
    return undefined // no server has run, or it has ended in order
  }
}

/** Lines: pid, folder, start time, port, socket folder, address, shared memory key and id, status. */
export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  const segment = Number(lines[6]?.split(/\s+/)[1])
  return {
    pid,
    port: Number(lines[3]),
    status: lines[7] ?? '',
    segment: Number.isSafeInteger(segment) ? segment : undefined,
  }
}

/** The running server of this cluster, however it was started; undefined when its pid is dead, a zombie or another program's. */
export function findPostmaster(dataDir: string): (PostmasterPid & { command: string }) | undefined {
  const written = readPostmasterPid(dataDir)
  const found = written && findProcess(written.pid)
  if (written === undefined || found === undefined || found.zombie) return undefined
  const { command } = found
  const program = command.split(' -D ')[0] ?? ''
  const ours = /(^|\/)postgres$/.test(program) && command.includes(` -D ${dataDir} `)
  return ours ? { ...written, command } : undefined
}

/**
 * Removes the pid file of a server that was killed, where its successor cannot.
 *
 * PostgreSQL does it itself, except where the pid exists again: as a zombie, because the first process of a
 * container does not reap, or as an unrelated process of the same user. Then the file goes here, but only once
 * nobody is attached to the old server's shared memory: this is the very check by which PostgreSQL keeps two
 * servers from writing the same files.
 */
export function clearStalePidFile(dataDir: string): void {
  const written = readPostmasterPid(dataDir)
  if (written === undefined || findPostmaster(dataDir) !== undefined) return
  if (findProcess(written.pid) && !isAttached(written.segment)) rmSync(pidFile(dataDir), { force: true })
}
