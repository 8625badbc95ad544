import { createHash, randomUUID } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessAccount } from './account.ts'
import { may } from './reach.ts'
import { removeTree } from './remove-tree.ts'

/** How long a copy is taken for what the pack is now, as other files of packs are. */
const FRESH_MS = 1000
/** Of a pack: the copy in use, and the one before, in which actions may still run. */
const KEPT = 2

/** Where the files of packs are for whom their programs run as. */
export type PackFolders = (pack_dir: string) => Promise<string>

/**
 * A pack that lies where accounts cannot get, as below /root, is copied to where they can, and again when its files
 * have changed. Every other is used where it is.
 */
export function createPackFolders(folder: string, judge: ProcessAccount | undefined): PackFolders {
  const known = new Map<string, { at: number; path: Promise<string> }>()
  return (pack_dir) => {
    if (judge === undefined) return Promise.resolve(pack_dir)
    const found = known.get(pack_dir)
    if (found !== undefined && performance.now() - found.at < FRESH_MS) return found.path
    const earlier = found?.path.catch(() => undefined) ?? Promise.resolve(undefined) // its failure is known
    const path = earlier.then(() => (isReachable(pack_dir, judge) ? pack_dir : copyOf(pack_dir, folder)))
    known.set(pack_dir, { at: performance.now(), path })
    path.catch(() => known.delete(pack_dir)) // whoever asks hears it; the next who asks tries again
    return path
  }
}

function isReachable(pack_dir: string, judge: ProcessAccount): boolean {
  return may('execute', pack_dir, judge) || !isThere(pack_dir)
}

/** What is not there at all is told by whoever looks for its files. */
function isThere(path: string): boolean {
  return may('execute', path, undefined)
}

async function copyOf(pack_dir: string, folder: string): Promise<string> {
  const name = digest(pack_dir)
  const copy = join(folder, `${name}-${digest((await listing(pack_dir)).join('\n'))}`)
  if (isThere(copy)) return copy
  await mkdir(folder, { recursive: true, mode: 0o711 })
  const draft = join(folder, `.${name}.${randomUUID()}`)
  await cp(pack_dir, draft, { recursive: true, verbatimSymlinks: true })
  await open(draft)
  await rename(draft, copy).catch((error: unknown) => {
    removeTree(draft)
    if (!isThere(copy)) throw error // another process has made the same
  })
  await removeOld(folder, name, copy)
  return copy
}

/** Every file with what changes when it is written. */
async function listing(path: string): Promise<string[]> {
  const { mtimeMs, size, mode } = await lstat(path)
  const own = `${path} ${mtimeMs} ${size} ${mode}`
  if ((mode & 0o170000) !== 0o040000) return [own]
  const below = await Promise.all((await readdir(path)).sort().map((name) => listing(join(path, name))))
  return [own, ...below.flat()]
}

/** Modes are what everybody may read, whatever they were. */
async function open(path: string): Promise<void> {
  const found = await lstat(path)
  if (found.isSymbolicLink()) return
  await chmod(path, found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (found.isDirectory()) for (const name of await readdir(path)) await open(join(path, name))
}

async function removeOld(folder: string, name: string, copy: string): Promise<void> {
  const copies = (await readdir(folder)).filter((entry) => entry.startsWith(`${name}-`))
  const paths = copies.map((entry) => join(folder, entry)).filter((path) => path !== copy)
  const aged = await Promise.all(paths.map(async (path) => ({ path, age: -(await lstat(path)).ctimeMs })))
  aged.sort((a, b) => a.age - b.age)
  for (const { path } of aged.slice(KEPT - 1)) removeTree(path)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
