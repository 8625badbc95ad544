import { createHash, type Hash } from 'node:crypto'
import { constants, createReadStream, type Dirent } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  realpath,
  stat,
  symlink,
} from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Problem } from '../../../problem.ts'
import type { PackProblem } from '../yaml/findings.ts'

/** What a pack may hold, so that a hostile one cannot keep the reader busy. */
const maxEntries = 10_000
const maxDepth = 32
/** Not part of a pack: history, and what interpreters leave behind. */
const ignored: ReadonlySet<string> = new Set(['.git', '__pycache__'])

/** A file, or a link to something else in the pack. `path` is relative, with `/`. */
export type PackEntry =
  | { kind: 'file'; path: string; bytes: number; executable: boolean }
  | { kind: 'link'; path: string; target: string; file: boolean }

/** `root` is the real directory; entries are sorted by path, folders come before what is in them. */
export type PackTree = {
  root: string
  folders: { path: string; mode: number }[]
  entries: PackEntry[]
  problems: PackProblem[]
}

/**
 * Everything in a pack's directory. Links that lead out of it, devices, pipes and sockets are problems: they
 * would let a pack read what is none of its business, or hang its reader. Links are not followed.
 */
export async function scanPack(dir: string): Promise<PackTree> {
  const root = await realpath(dir)
  const scan: Scan = { tree: { root, folders: [], entries: [], problems: [] }, count: 0 }
  await scanDirectory(scan, [])
  scan.tree.entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  return scan.tree
}

type Scan = { tree: PackTree; count: number }

async function scanDirectory(scan: Scan, above: readonly string[]): Promise<void> {
  if (above.length > maxDepth) {
    return refuse(scan, above.join('/'), `is nested too deeply; at most ${maxDepth} levels are allowed`)
  }
  const folder = join(scan.tree.root, ...above)
  // Whatever keeps it from being listed keeps the pack from being used.
  const listed = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (listed === undefined) return refuse(scan, above.join('/'), unreadable)
  scan.tree.folders.push({ path: above.join('/'), mode: (await lstat(folder)).mode & 0o7777 })
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
  const real = await realpath(full).catch(() => undefined) // a link to nothing, or one in a circle
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
  scan.tree.problems.push({ file, field: '', message })
}

/** Whether a real path lies below a real directory. */
export function isInside(directory: string, path: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}

/**
 * Copies a pack to a place where nothing is: what the tree lists and nothing else. Answers the tree of the copy, so
 * that it need not be walked.
 */
export async function copyTree(tree: PackTree, to: string): Promise<PackTree> {
  for (const { path } of tree.folders) await mkdir(join(to, path), { recursive: true })
  const root = await realpath(to)
  const entries: PackEntry[] = []
  for (const entry of tree.entries) {
    const copy = join(root, entry.path)
    if (entry.kind === 'link') await symlink(entry.target, copy)
    else await copyFile(join(tree.root, entry.path), copy, constants.COPYFILE_EXCL)
    entries.push(entry.kind === 'link' ? entry : { ...entry, bytes: (await lstat(copy)).size })
  }
  for (const { path, mode } of tree.folders.toReversed()) await chmod(join(root, path), mode)
  return { ...tree, root, entries }
}

/**
 * SHA-256 over every file of a pack, in hex: two directories have the same checksum exactly when they hold the
 * same files under the same names. Each entry is hashed as kind, path and length before its content, so that
 * bytes cannot wander from a name into a content or from one file into the next. File modes and times do not
 * count; uploads do not keep them.
 */
export async function treeChecksum({ root, entries, problems }: PackTree): Promise<string> {
  const [first] = problems
  if (first !== undefined) throw new Problem('BAD_REQUEST', `${first.file} ${first.message}.`)
  const hash = createHash('sha256')
  for (const entry of entries) await addEntry(hash, root, entry)
  return hash.digest('hex')
}

async function addEntry(hash: Hash, root: string, entry: PackEntry): Promise<void> {
  if (entry.kind === 'link') {
    hash.update(`link\0${entry.path}\0${Buffer.byteLength(entry.target)}\0${entry.target}`)
    return
  }
  hash.update(`file\0${entry.path}\0${entry.bytes}\0`)
  const content: AsyncIterable<Buffer> = createReadStream(join(root, entry.path))
  for await (const chunk of content) hash.update(chunk)
}
