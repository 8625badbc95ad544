import { stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { type ArchiveEntry, refused } from './archive-entry.ts'

const TYPE = 0o170000
const [REGULAR, DIRECTORY, LINK] = [0o100000, 0o040000, 0o120000]
const MAX_TARGET_BYTES = 4096
/** The record at the end of a zip, without its comment. */
const END_BYTES = 22

/**
 * The entries of a zip. The directory at its end and the header before each content must say the same, and the
 * content must be what both say: another reader would go by the one that this one ignored.
 */
export async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry, void, undefined> {
  const { size } = await stat(path)
  const zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true }).catch(damaged)
  const claimed = { bytes: 0, first: size }
  try {
    for await (const entry of entriesOf(zip)) {
      claimed.bytes += entry.compressedSize
      claimed.first = Math.min(claimed.first, entry.relativeOffsetOfLocalHeader)
      if (claimed.bytes > size) throw refused('has entries that share their content', entry.fileName)
      await requireSameHeader(zip, entry)
      yield await entryOf(zip, entry)
    }
    // Entries that the record at the end does not count would be there for other readers.
    if (Number(zip.readEntryCursor) !== size - END_BYTES - zip.comment.length) {
      throw refused('has something between its entries and its end')
    }
    if (claimed.first !== 0) throw refused('has something before its beginning')
  } finally {
    zip.close()
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry, void, undefined> {
  try {
    for await (const entry of zip.eachEntry()) yield entry
  } catch (error) {
    throw damaged(error)
  }
}

async function requireSameHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const local = await zip.readLocalFileHeaderPromise(entry).catch(damaged)
  if (entry.isEncrypted()) throw refused('is encrypted', entry.fileName)
  const sized = (local.generalPurposeBitFlag & 0x8) === 0
  const same =
    local.fileName.equals(entry.fileNameRaw) &&
    local.compressionMethod === entry.compressionMethod &&
    (!sized ||
      (local.crc32 === entry.crc32 &&
        sameSize(local.compressedSize, entry.compressedSize) &&
        sameSize(local.uncompressedSize, entry.uncompressedSize)))
  if (!same) throw refused('is described in two ways that differ', entry.fileName)
}

/** All ones stand for a size that an extra field has. */
function sameSize(local: number, central: number): boolean {
  return local === central || local === 0xffffffff
}

async function entryOf(zip: ZipFile, entry: Entry): Promise<ArchiveEntry> {
  const path = entry.fileName
  const mode = entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0
  const type = mode & TYPE || (path.endsWith('/') ? DIRECTORY : REGULAR)
  switch (type) {
    case DIRECTORY:
      if (entry.uncompressedSize > 0) throw refused('has content that its type does not have', path)
      return { kind: 'directory', path }
    case LINK:
      return { kind: 'symlink', path, target: await linkTarget(zip, entry) }
    case REGULAR:
      if (path.endsWith('/')) throw refused('has a name that is not in its plain form', path)
      return {
        kind: 'file',
        path,
        size: entry.uncompressedSize,
        content: contentOf(zip, entry),
        executable: (mode & 0o111) !== 0,
      }
    default:
      throw refused('is a device or a pipe', path)
  }
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer, void, undefined> {
  let sum = 0
  try {
    const content: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry)
    for await (const piece of content) {
      sum = crc32(piece, sum)
      yield piece
    }
  } catch (error) {
    throw damaged(error)
  }
  if (sum !== entry.crc32) throw refused('is not what its checksum says', entry.fileName)
}

async function linkTarget(zip: ZipFile, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > MAX_TARGET_BYTES)
    throw refused('is a link without a plain target', entry.fileName)
  const pieces: Buffer[] = []
  for await (const piece of contentOf(zip, entry)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** What the library finds wrong is wrong with the archive; what the file system says is not. */
function damaged(error: unknown): never {
  if (!(error instanceof Error) || 'syscall' in error || error.name === 'Problem') throw error
  throw refused(`is not an intact zip file: ${error.message.replace(/\.$/, '')}`)
}
