import { constants, type Dirent } from 'node:fs'
import { access, lstat, readdir, readlink, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { PackProblem } from './pack-definition.ts'

/** What a pack may hold, so that a hostile one cannot keep the reader busy. */
const maxEntries = 10_000
const maxDepth = 32
/** Not part of a pack: history, and what interpreters leave behind. */
const ignored: ReadonlySet<string> = new Set(['.git', '__pycache__'])

/** A file, or a link to something else in the pack. `path` is relative, with `/`. */
export type PackEntry =
  | { kind: 'file'; path: string; bytes: number; executable: boolean }
  | { kind: 'link'; path: string; target: string; file: boolean }

/** `root` is the real directory; entries are sorted by path. */
export type PackTree = { root: string; entries: PackEntry[] }

/**
 * Everything in a pack's directory. Links that lead out of it, devices, pipes and sockets are problems: they
 * would let a pack read what is none of its business, or hang its reader. Links are not followed.
 */
export async function scanPack(dir: string): Promise<{ tree: PackTree; problems: PackProblem[] }> {
  const root = await realpath(dir)
  const scan: Scan = { tree: { root, entries: [] }, problems: [], count: 0 }
  await scanDirectory(scan, [])
  scan.tree.entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { tree: scan.tree, problems: scan.problems }
}

type Scan = { tree: PackTree; problems: PackProblem[]; count: number }

async function scanDirectory(scan: Scan, above: readonly string[]): Promise<void> {
  if (above.length > maxDepth) {
    return refuse(scan, above.join('/'), `is nested too deeply; at most ${maxDepth} levels are allowed`)
  }
  const folder = join(scan.tree.root, ...above)
  const listed = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (listed === undefined) return refuse(scan, above.join('/'), unreadable)
  for (const entry of listed) {
    if (ignored.has(entry.name)) continue
    scan.count += 1
    if (scan.count === maxEntries + 1)
      refuse(scan, '', `has too many files; at most ${maxEntries} are allowed`)
    if (scan.count > maxEntries) return
    await scanEntry(scan, [...above, entry.name], entry)
  }
}

async function scanEntry(scan: Scan, names: readonly string[], entry: Dirent): Promise<void> {
  const path = names.join('/')
  if (/[\uFFFD\\]/.test(entry.name)) return refuse(scan, path, 'has a name that is not portable; rename it')
  if (entry.isDirectory()) return scanDirectory(scan, names)
  if (entry.isSymbolicLink()) return scanLink(scan, path)
  if (!entry.isFile()) return refuse(scan, path, 'is neither a file nor a directory; remove it')
  const full = join(scan.tree.root, path)
  if (!(await isReadable(full))) return refuse(scan, path, unreadable)
  const { size, mode } = await lstat(full)
  scan.tree.entries.push({ kind: 'file', path, bytes: size, executable: (mode & 0o111) !== 0 })
}

async function scanLink(scan: Scan, path: string): Promise<void> {
  const full = join(scan.tree.root, path)
  const real = await realpath(full).catch(() => undefined)
  if (real === undefined) return refuse(scan, path, 'is a link that leads nowhere; remove it')
  if (!isInside(scan.tree.root, real))
    return refuse(scan, path, 'is a link that leads out of the pack; remove it')
  const stats = await stat(real)
  if (!stats.isFile() && !stats.isDirectory()) return refuse(scan, path, 'is a link to no file; remove it')
  scan.tree.entries.push({ kind: 'link', path, target: await readlink(full), file: stats.isFile() })
}

const unreadable = 'cannot be read by the server; change its permissions'

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
}

function refuse(scan: Scan, file: string, message: string): void {
  scan.problems.push({ file, field: '', message })
}

/** Whether a real path lies below a real directory. */
export function isInside(directory: string, path: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}
