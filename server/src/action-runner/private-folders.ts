import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, stat, statfs } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessAccount, passable } from '../run-as/account.ts'
import { removeTree } from '../run-as/remove-tree.ts'
import { formatProcessId, identify, isAlive, parseProcessId } from '../processes/process-identity.ts'

/** Where a worker keeps what nobody else may see and nothing needs after it. */
export type PrivateFolders = {
  /** In memory where the system offers that: small, short-lived files and pipes. */
  quick: string
  /** On disk: whatever may be large. */
  roomy: string
}

const SHARED_MEMORY = '/dev/shm'
/** What statfs calls a file system in memory. */
const TMPFS = 0x01021994
/** A file of this prefix names a process that uses the folder: the worker or one of its spawners. */
const PROCESS = 'process-'
/** A folder that names no process is being made at this moment, or is old. */
const UNCLAIMED_MS = 60_000

/**
 * Makes both folders for this process alone, closed to others, and removes those of processes that are gone. A
 * spawner outlives its worker while it ends the actions, and it cleans up after them: its folder stays until then,
 * and the next worker, which uses other folders, never meets it.
 *
 * Scripts and parameters go to memory for two reasons. Secrets do not touch a disk. And ext4 looks at every inode
 * that was freed during the last minute before it gives out a new one: at several hundred files made and removed
 * per second each new file, logs included, takes half a millisecond of CPU, as much as starting a process.
 */
export async function privateFolders(
  work_dir: string,
  instance: string,
  judge?: ProcessAccount,
): Promise<PrivateFolders> {
  const own = resolve(work_dir)
  const mode = passable(judge)
  const all = { roomy: join(own, 'actions'), quick: (await inMemory(own)) ?? join(own, 'quick') }
  for (const folder of [own, all.roomy, all.quick]) {
    await mkdir(folder, { recursive: true, mode })
    await chmod(folder, mode)
  }
  await removeDead(all)
  const folders = { quick: join(all.quick, instance), roomy: join(all.roomy, instance) }
  await mkdir(folders.roomy, { mode })
  noteProcess(folders, process.pid)
  await mkdir(folders.quick, { mode })
  return folders
}

/** Writes down that a process uses the folders; answers how that is taken back. */
export function noteProcess({ roomy }: PrivateFolders, pid: number): () => void {
  const note = join(roomy, `${PROCESS}${pid}`)
  writeFileSync(note, formatProcessId(identify(pid)), { mode: 0o600 })
  return () => rmSync(note, { force: true })
}

/** The one in memory first: while the other is there it tells whose both are. */
export function removeFolders({ quick, roomy }: PrivateFolders): void {
  removeTree(quick)
  removeTree(roomy)
}

/**
 * Waits until a process of that instance is gone with its spawners, and with them the actions that it ran. False
 * when that cannot be known here: it ran on another machine, it lives, or its spawners take longer than `waitMs`.
 */
export async function isGone(work_dir: string, instance: string, waitMs: number): Promise<boolean> {
  const folder = join(resolve(work_dir), 'actions', instance)
  const deadline = performance.now() + waitMs
  for (;;) {
    const processes = await notedIn(folder)
    if (processes.length === 0) return false
    if (!processes.some(isAlive)) return true
    if (performance.now() >= deadline) return false
    await sleep(50)
  }
}

async function removeDead(all: PrivateFolders): Promise<void> {
  for (const roomy of await entriesOf(all.roomy))
    if (!(await isInUse(roomy))) removeFolders({ roomy, quick: join(all.quick, basename(roomy)) })
  const inMemoryNow = await entriesOf(all.quick) // read first: whoever makes both makes this one last
  const known = new Set((await entriesOf(all.roomy)).map((path) => basename(path)))
  for (const quick of inMemoryNow) if (!known.has(basename(quick))) removeTree(quick)
}

async function isInUse(folder: string): Promise<boolean> {
  const processes = await notedIn(folder)
  return processes.length > 0 ? processes.some(isAlive) : isNew(folder)
}

async function isNew(folder: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(folder)).mtimeMs < UNCLAIMED_MS
  } catch {
    return false // somebody else has removed it
  }
}

async function notedIn(folder: string) {
  const notes = (await entriesOf(folder)).filter((path) => basename(path).startsWith(PROCESS))
  const read = await Promise.all(notes.map((path) => readFile(path, 'utf8').catch(() => ''))) // taken back
  return read.flatMap((text) => parseProcessId(text) ?? [])
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name))
  } catch {
    return [] // nobody has made it yet, or somebody has removed it
  }
}

/** A folder in memory that belongs to this work_dir; undefined where there is no memory or somebody else took the name. */
async function inMemory(work_dir: string): Promise<string | undefined> {
  const name = createHash('sha256').update(work_dir).digest('hex').slice(0, 16)
  const folder = join(SHARED_MEMORY, `attune-${process.getuid?.() ?? 0}-${name}`)
  try {
    if ((await statfs(SHARED_MEMORY)).type !== TMPFS) return undefined
    await mkdir(folder, { recursive: true, mode: 0o700 }) // opened as far as is needed by whoever asked
    const found = await lstat(folder)
    return found.isDirectory() && found.uid === process.getuid?.() ? folder : undefined
  } catch {
    return undefined // no such place, or not for us
  }
}
