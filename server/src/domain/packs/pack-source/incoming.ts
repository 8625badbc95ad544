import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = '.incoming-'
/** Nothing takes that long to come in: what is older was left by a process that died. */
const ABANDONED_MS = 6 * 3_600_000

/** A folder beside the packs for what comes from outside, until it has been read. It is gone afterwards, whatever happens. */
export async function inIncoming<Result>(
  packsDir: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(packsDir, { recursive: true })
  await removeAbandoned(packsDir)
  const folder = await mkdtemp(join(packsDir, PREFIX))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function removeAbandoned(packsDir: string): Promise<void> {
  const names = (await readdir(packsDir)).filter((name) => name.startsWith(PREFIX))
  for (const path of names.map((name) => join(packsDir, name))) {
    const made = await stat(path).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > ABANDONED_MS) {
      await rm(path, { recursive: true, force: true })
    }
  }
}
