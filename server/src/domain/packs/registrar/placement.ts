import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Problem } from '../../../problem.ts'
import { isInside } from '../reader/pack-tree.ts'

/** Not part of a pack, as in the reading of its tree. */
const left = new Set(['.git', '__pycache__'])

const STAGING = '.staging-'
/** No copy takes that long: what is older was left by a process that died. */
const ABANDONED_MS = 3_600_000

/**
 * A copy of a pack beside the packs folder's own, so that putting it in place is a rename. `directory` is the
 * copy, `target` where it belongs.
 */
export type Staged = {
  directory: string
  target: string
  /** Puts the copy in place of what is there; when that fails, what was there is. */
  swap(): Promise<void>
  /** Puts back what was there, after a swap that must not have been. */
  restore(): Promise<void>
  /** Removes what is left over. */
  clear(): Promise<void>
}

/** The real directory of a path that a request names. */
export async function realDirectory(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined)
  if (real !== undefined) return real
  const message = `there is no directory '${path}' on the server`
  throw new Problem('BAD_REQUEST', `path: ${message}`, [{ field: 'path', message }])
}

/** Whether a directory is where the pack of this ref belongs. */
export async function isInPlace(directory: string, packsDir: string, ref: string): Promise<boolean> {
  const packs = await realpath(packsDir).catch(() => undefined)
  return packs !== undefined && isInside(packs, directory) && directory === join(packs, ref)
}

/** Copies a pack. The caller clears the copy away, whatever becomes of it. */
export async function stage(source: string, packsDir: string, ref: string): Promise<Staged> {
  await mkdir(packsDir, { recursive: true })
  await removeAbandoned(packsDir)
  const folder = await mkdtemp(join(packsDir, STAGING))
  const [directory, earlier, target] = [
    join(folder, 'new'),
    join(folder, 'old'),
    join(await realpath(packsDir), ref),
  ]
  await cp(source, directory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !left.has(basename(path)),
  })
  return {
    directory,
    target,
    async swap() {
      await moveIfThere(target, earlier)
      await rename(directory, target).catch(async (error: unknown) => {
        await moveIfThere(earlier, target)
        throw error
      })
    },
    async restore() {
      await moveIfThere(target, directory)
      await moveIfThere(earlier, target)
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  })
}

async function removeAbandoned(packsDir: string): Promise<void> {
  const names = (await readdir(packsDir)).filter((name) => name.startsWith(STAGING))
  for (const path of names.map((name) => join(packsDir, name))) {
    const made = await stat(path).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true })
  }
}

/** The files of a pack on their way out: out of sight, and not gone yet. */
export type Withdrawn = {
  /** Puts them back, when the pack stays after all. */
  restore(): Promise<void>
  /** Removes them. */
  clear(): Promise<void>
}

/** Takes the directory of a pack away, where it is ours: what was registered from elsewhere stays where it is. */
export async function withdraw(
  storagePath: string | null,
  packsDir: string,
  ref: string,
): Promise<Withdrawn | undefined> {
  if (storagePath === null || !(await isInPlace(storagePath, packsDir, ref))) return undefined
  const folder = await mkdtemp(join(packsDir, STAGING))
  const gone = join(folder, 'old')
  await moveIfThere(storagePath, gone)
  return {
    restore: () => moveIfThere(gone, storagePath),
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}
