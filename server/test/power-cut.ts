import { readdirSync, readFileSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded/postgres.ts'
import { findPostmaster } from '../src/database/embedded/postmaster-pid.ts'
import { poll } from '../src/database/embedded/poll.ts'
import { ask } from './embedded-home.ts'

/*
 * A power cut, as far as it can be had without one: what PostgreSQL has not waited for is not on the disk afterwards. A
 * killed server leaves everything to the cache of the operating system, so the log is cut where its flushed part ends.
 * Data pages need no such care: none is written before the log that tells of it is flushed.
 */

export type Powered = {
  url: string
  /** Ends the server at once and takes from its log what nobody has waited for. */
  cut(): Promise<void>
}

/** Starts a server that flushes as on a customer's machine, but never by itself: only what is waited for is safe. */
export async function powered(home: string): Promise<Powered> {
  const server = await startEmbeddedPostgres({ home, log: () => undefined, settings: {} })
  const data = join(home, 'postgres', 'data')
  const postmaster = findPostmaster(data)
  if (postmaster === undefined) throw new Error('The server that was started is not there.')
  const [writer] = childrenOf(postmaster.pid, 'walwriter')
  if (writer === undefined)
    throw new Error('The process that flushes the log in the background is not there.')
  process.kill(writer, 'SIGSTOP')
  return {
    url: server.url,
    async cut() {
      const end = await flushed(server.url)
      await killAll(server, postmaster.pid)
      await cutLog(join(data, 'pg_wal'), end)
    },
  }
}

/** Processes of a server, by what their titles say they are. */
function childrenOf(postmaster: number, title = ''): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === postmaster && titleOf(pid).includes(title))
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0 // gone meanwhile
  }
}

/** A session may end by itself at any moment. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    return
  }
}

type Place = { file: string; offset: number }

async function flushed(url: string): Promise<Place> {
  const [row] = await ask(
    url,
    `select f.file_name as file, f.file_offset as offset from pg_walfile_name_offset(pg_current_wal_flush_lsn()) f`,
  )
  if (typeof row !== 'object' || row === null || !('file' in row) || !('offset' in row))
    throw new Error('The server does not say how far its log is flushed.')
  return { file: String(row.file), offset: Number(row.offset) }
}

async function killAll(server: EmbeddedPostgres, postmaster: number): Promise<void> {
  const children = childrenOf(postmaster)
  process.kill(postmaster, 'SIGKILL')
  for (const pid of children) kill(pid)
  await poll(() => (children.some((pid) => titleOf(pid) !== '') ? undefined : true), {
    within: 20_000,
    every: 20,
  })
  await server.lost
  await server.stop()
}

async function cutLog(folder: string, { file, offset }: Place): Promise<void> {
  const segments = (await readdir(folder)).filter((name) => /^[0-9A-F]{24}$/.test(name))
  for (const later of segments.filter((name) => name > file)) await rm(join(folder, later))
  const log = await open(join(folder, file), 'r+')
  const { size } = await log.stat()
  await log.write(Buffer.alloc(size - offset), 0, size - offset, offset)
  await log.sync()
  await log.close()
}
