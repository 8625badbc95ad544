import { mkdtemp, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Queryable } from '../../../database/database.ts'
import { makeIncoming } from '../archive/incoming.ts'
import { type PackSource, refsStoredAt } from '../../definition/pack/queries.ts'
import { copyTree, type PackTree, scanPack, treeChecksum } from '../reader/pack-tree.ts'
import { readPack, readTree, refuse, requireSound, type SoundReading } from '../reader/read-pack.ts'

/*
 * A pack on its way in: its files are staged, then read, and the reading is what everything later goes by: what it
 * needs, its tests, its registration.
 */

/** Where a pack came from. */
export type PackOrigin = Omit<PackSource, 'installed_by'> & {
  source_type: 'git' | 'archive' | 'local_directory' | 'local_archive' | 'registry'
  git_commit: string | null
  /** The checksum of what was fetched, `sha256:…`; null where nothing was. */
  fetched: string | null
  /** What an index says it is. */
  promised: { ref: string; version: string } | null
}

/** The files of a pack where nobody changes them any more: in a folder of ours, or where a pack belongs. */
export type StagedPack = {
  tree: PackTree
  /** Over its files. */
  checksum: string
  origin: PackOrigin
  /** How refusals call it. */
  name: string
  /** The refs of the packs that belong where the files are and stay there. None in a folder of ours. */
  homes: readonly string[]
}

/** A staged pack and what its files define. */
export type ReadPack = StagedPack & SoundReading

/** Where packs are kept, and a folder beside them for what is on its way. */
export type PackPlace = { packs_base_dir: string; folder: string }

const nothingKnown = {
  source_ref: null,
  git_commit: null,
  fetched: null,
  checksum_verified: false,
  promised: null,
} as const

/** A pack that has been fetched into a folder of ours. */
export async function stageFetched(
  directory: string,
  origin: Pick<PackOrigin, 'source_type' | 'source_url'> & Partial<PackOrigin>,
): Promise<StagedPack> {
  const tree = await scanPack(directory)
  const checksum = await treeChecksum(tree)
  const name = origin.source_url ?? 'upload'
  return { tree, checksum, origin: { ...nothingKnown, ...origin }, name, homes: [] }
}

/** A pack in a directory of this machine: where it belongs it stays, from anywhere else it is copied. */
export async function stageDirectory(
  db: Queryable,
  directory: string,
  { packs_base_dir, folder }: PackPlace,
): Promise<StagedPack> {
  const found = await scanPack(directory)
  if (found.problems.length > 0) {
    requireSound(await readPack(directory), directory) // with what else is wrong
    refuse(directory, found.problems)
  }
  const homes = [...(await refsStoredAt(db, directory)), ...(await refsPlacedAt(directory, packs_base_dir))]
  const tree = homes.length > 0 ? found : await copyTree(found, join(folder, 'copy'))
  const origin = { ...nothingKnown, source_type: 'local_directory', source_url: directory } as const
  return { tree, checksum: await treeChecksum(tree), origin, name: directory, homes }
}

/** The ref of the pack that belongs in a directory directly below the packs folder. */
async function refsPlacedAt(directory: string, packsDir: string): Promise<string[]> {
  const packs = await realpath(packsDir).catch(() => undefined) // made when the first pack comes
  return dirname(directory) === packs ? [basename(directory)] : []
}

/** Reads what has been staged. A pack that lies where others belong is copied first. */
export async function readStaged(
  staged: StagedPack,
  { folder }: Pick<PackPlace, 'folder'>,
): Promise<ReadPack> {
  const reading = requireSound(await readTree(staged.tree), staged.name)
  if (staged.homes.length === 0 || staged.homes.includes(reading.pack.ref)) return { ...staged, ...reading }
  const tree = await copyTree(staged.tree, join(folder, 'copy'))
  return readStaged({ ...staged, tree, checksum: await treeChecksum(tree), homes: [] }, { folder })
}

/** Where the files of a pack are going to be. */
export async function storagePath(
  { pack: { ref }, homes, tree }: ReadPack,
  packsDir: string,
): Promise<string> {
  return homes.includes(ref) ? tree.root : join(await realpath(packsDir), ref)
}

/** Puts the files of a pack in their place; when that fails, what was there is. Answers what takes it back. */
export async function putInPlace(
  read: ReadPack,
  { packs_base_dir, folder }: PackPlace,
): Promise<() => Promise<void>> {
  const [from, target] = [read.tree.root, await storagePath(read, packs_base_dir)]
  if (from === target) return async () => undefined
  const earlier = join(await mkdtemp(join(folder, 'replaced-')), 'pack')
  await moveIfThere(target, earlier)
  await rename(from, target).catch(async (error: unknown) => {
    await moveIfThere(earlier, target)
    throw error
  })
  return async () => {
    await moveIfThere(target, from)
    await moveIfThere(earlier, target)
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  })
}

/** The files of a pack on their way out: out of sight, and not gone yet. */
export type WithdrawnDirectory = {
  /** Puts them back, when the pack stays after all. */
  restore(): Promise<void>
  /** Removes them. */
  clear(): Promise<void>
}

/** Takes the directory of a pack away, where it is ours: what was registered from elsewhere stays where it is. */
export async function withdraw(
  path: string | null,
  packsDir: string,
  ref: string,
): Promise<WithdrawnDirectory | undefined> {
  if (path === null || !(await refsPlacedAt(path, packsDir)).includes(ref)) return undefined
  const folder = await makeIncoming(packsDir)
  const gone = join(folder, 'pack')
  await moveIfThere(path, gone)
  return {
    restore: () => moveIfThere(gone, path),
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}
