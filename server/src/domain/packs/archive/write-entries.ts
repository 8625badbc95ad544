import { copyFile, mkdir, open, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchiveEntry, type PackLimits, refused } from './archive-entry.ts'
import { linkTarget, nameKey, pathOf } from './entry-path.ts'

/** No text and no program packs this well, and no small pack is worth asking. */
const MAX_RATIO = 200
const RATIO_FROM_BYTES = 10 * 1024 * 1024

/** Not part of a pack: history, and what interpreters and systems leave behind. */
const leftOut: ReadonlySet<string> = new Set(['.git', '__pycache__', '__macosx', '.ds_store'])

type Unpacking = {
  into: string
  limits: PackLimits
  /** Bytes of the archive, where its entries come from one that is packed. */
  packed_bytes: number | null
  entries: number
  bytes: number
  /** How each place is spelled and what it is, by its key on any file system. */
  places: Map<string, { spelled: string; kind: ArchiveEntry['kind'] }>
  /** Made last: nothing is ever written through a link. */
  links: { path: string; target: string }[]
}

/**
 * Writes the entries of an archive into an empty folder. Owners, times and every mode but `executable` stay behind.
 * At the first entry that is not as it must be everything stops; the caller throws the folder away.
 */
export async function unpack(
  entries: AsyncIterable<ArchiveEntry>,
  options: { into: string; limits: PackLimits; packed_bytes: number | null },
): Promise<void> {
  const unpacking: Unpacking = { ...options, entries: 0, bytes: 0, places: new Map(), links: [] }
  for await (const entry of entries) await writeEntry(unpacking, entry)
  for (const { path, target } of unpacking.links) await symlink(target, path)
}

async function writeEntry(unpacking: Unpacking, entry: ArchiveEntry): Promise<void> {
  const { limits } = unpacking
  unpacking.entries += 1
  if (unpacking.entries > limits.max_file_count) {
    throw refused(`has more than ${limits.max_file_count} entries`)
  }
  const names = pathOf(entry.path)
  if (names.length === 0) {
    if (entry.kind !== 'directory') throw refused('has an entry without a name')
    return
  }
  occupy(unpacking, names, entry)
  const isLeftOut = names.some((name) => leftOut.has(nameKey(name)))
  if (entry.kind === 'file') return writeFile(unpacking, names, { ...entry, isLeftOut })
  if (isLeftOut) return
  if (entry.kind === 'directory') await mkdir(join(unpacking.into, ...names), { recursive: true })
  else await writeLink(unpacking, names, entry)
}

/** Every place is taken once, in one spelling, below folders alone. */
function occupy({ places }: Unpacking, names: readonly string[], { kind, path }: ArchiveEntry): void {
  names.forEach((_, index) => {
    const above = names.slice(0, index + 1)
    const spelled = above.join('/')
    const key = above.map(nameKey).join('/')
    const here = index === names.length - 1 ? kind : 'directory'
    const there = places.get(key)
    if (there === undefined) return places.set(key, { spelled, kind: here })
    if (there.spelled !== spelled) throw refused(`differs from '${there.spelled}' by case alone`, path)
    if (there.kind !== here || here !== 'directory') throw refused('is there twice', path)
  })
}

type File = ArchiveEntry & { kind: 'file'; isLeftOut: boolean }

async function writeFile(unpacking: Unpacking, names: readonly string[], file: File): Promise<void> {
  const { max_per_entry_size_bytes, max_extracted_size_bytes } = unpacking.limits
  // A claim that is too large already saves reading; that one is not too small shows as it is read.
  if (file.size > max_per_entry_size_bytes) throw tooLarge(file.path, max_per_entry_size_bytes)
  if (unpacking.bytes + file.size > max_extracted_size_bytes) throw tooMuch(max_extracted_size_bytes)
  const destination = file.isLeftOut ? undefined : await create(unpacking, names, file.executable)
  let bytes = 0
  try {
    for await (const piece of file.content) {
      bytes += piece.length
      if (bytes > max_per_entry_size_bytes) throw tooLarge(file.path, max_per_entry_size_bytes)
      count(unpacking, piece.length)
      await destination?.write(piece)
    }
  } finally {
    await destination?.close()
  }
  if (bytes !== file.size) throw refused('is not as large as it says', file.path)
}

async function create({ into }: Unpacking, names: readonly string[], executable: boolean) {
  await mkdir(join(into, ...names.slice(0, -1)), { recursive: true })
  return open(join(into, ...names), 'wx', executable ? 0o755 : 0o644)
}

function count(unpacking: Unpacking, bytes: number): void {
  const { packed_bytes, limits } = unpacking
  unpacking.bytes += bytes
  if (unpacking.bytes > limits.max_extracted_size_bytes) throw tooMuch(limits.max_extracted_size_bytes)
  refuseBomb(unpacking.bytes, packed_bytes)
}

/** Refuses what has become far more than it was. */
export function refuseBomb(bytes: number, packed_bytes: number | null): void {
  const bomb = packed_bytes !== null && bytes > RATIO_FROM_BYTES && bytes > packed_bytes * MAX_RATIO
  if (bomb) throw refused(`is more than ${MAX_RATIO} times as large as the archive it comes in`)
}

type Link = ArchiveEntry & { kind: 'symlink' | 'hardlink' }

async function writeLink(unpacking: Unpacking, names: readonly string[], link: Link): Promise<void> {
  const { limits, into, places, links } = unpacking
  if (!limits.allow_symlinks) throw refused('is a link, and pack_upload.allow_symlinks is off', link.path)
  const path = join(into, ...names)
  if (link.kind === 'symlink') {
    linkTarget(names, link.target)
    await mkdir(join(path, '..'), { recursive: true })
    links.push({ path, target: link.target })
    return
  }
  const target = pathOf(link.target)
  if (places.get(target.map(nameKey).join('/'))?.kind !== 'file') {
    throw refused('is a hard link to no file before it', link.path)
  }
  const source = join(into, ...target)
  count(unpacking, (await stat(source)).size)
  await mkdir(join(path, '..'), { recursive: true })
  await copyFile(source, path)
}

function tooLarge(path: string, limit: number) {
  return refused(`is larger than ${limit} bytes`, path)
}

function tooMuch(limit: number) {
  return refused(`has more than ${limit} bytes of content`)
}
