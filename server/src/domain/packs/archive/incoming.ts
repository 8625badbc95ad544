import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = '.incoming-'
/** Nothing takes that long to come in: what is older was left by a process that died. */
const ABANDONED_MS = 6 * 3_600_000

/** A folder beside the packs for what comes from outside, until it is in its place. It is gone afterwards, whatever happens. */
export async function inIncoming<Result>(
  packsDir: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await makeIncoming(packsDir)
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same for somebody who removes it. On one file system with the packs: what is in it gets to its place by a rename. */
export async function makeIncoming(packsDir: string): Promise<string> {
  await mkdir(packsDir, { recursive: true })
  await removeOlder(packsDir, { than_ms: ABANDONED_MS, prefix: PREFIX })
  return mkdtemp(join(packsDir, PREFIX))
}

/** Removes what lies in a folder for longer than it may. */
export async function removeOlder(
  folder: string,
  { than_ms, prefix = '' }: { than_ms: number; prefix?: string },
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue
    const path = join(folder, name)
    const made = await stat(path).catch(() => undefined) // its owner may have removed it meanwhile
    if (made !== undefined && Date.now() - made.mtimeMs > than_ms)
      await rm(path, { recursive: true, force: true })
  }
}
