import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'

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

/**
 * Makes both folders, empty and closed to others; what an earlier worker left in them is removed.
 *
 * Scripts and parameters go to memory for two reasons. Secrets do not touch a disk. And ext4 looks at every inode
 * that was freed during the last minute before it gives out a new one: at several hundred files made and removed
 * per second each new file, logs included, takes half a millisecond of CPU, as much as starting a process.
 */
export async function privateFolders(work_dir: string): Promise<PrivateFolders> {
  const own = resolve(work_dir)
  await mkdir(own, { recursive: true, mode: 0o700 })
  await chmod(own, 0o700)
  const roomy = join(own, 'actions')
  await empty(roomy)
  const quick = (await inMemory(own)) ?? join(own, 'quick')
  await empty(quick)
  return { quick, roomy }
}

async function empty(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
}

/** A folder in memory that belongs to this work_dir; undefined where there is no memory or somebody else took the name. */
async function inMemory(work_dir: string): Promise<string | undefined> {
  const name = createHash('sha256').update(work_dir).digest('hex').slice(0, 16)
  const folder = join(SHARED_MEMORY, `attune-${process.getuid?.() ?? 0}-${name}`)
  try {
    if ((await statfs(SHARED_MEMORY)).type !== TMPFS) return undefined
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const found = await lstat(folder)
    return found.isDirectory() && found.uid === process.getuid?.() ? folder : undefined
  } catch {
    return undefined
  }
}
