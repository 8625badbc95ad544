import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchiveEntry, type PackLimits, refused } from './archive-entry.ts'
import { gunzipFile } from './gunzip.ts'
import { tarEntries } from './tar-entries.ts'
import { unpack } from './unpack.ts'
import { zipEntries } from './zip-entries.ts'

/** Unpacks an archive into an empty folder and answers where the pack in it is. What it is shows in its first bytes. */
export async function unpackArchive(
  path: string,
  { into, limits }: { into: string; limits: PackLimits },
): Promise<string> {
  const { size } = await stat(path)
  if (size > limits.max_archive_size_bytes) throw archiveTooLarge(limits)
  await unpack(await entriesOf(path, limits), { into, limits, packed_bytes: size })
  return packRoot(into)
}

export function archiveTooLarge({ max_archive_size_bytes }: PackLimits) {
  return refused(`is larger than ${max_archive_size_bytes} bytes`)
}

async function entriesOf(path: string, limits: PackLimits): Promise<AsyncIterable<ArchiveEntry>> {
  const start = await firstBytes(path)
  if (start.startsWith('1f8b')) return tarEntries(withinReason(gunzipFile(path), limits))
  if (start === '504b0304') return zipEntries(path)
  throw refused('is neither a gzip-compressed tar nor a zip')
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Headers, padding and zeros are no content, and there is no end to them either. */
export async function* withinReason(
  source: AsyncIterable<Buffer>,
  { max_extracted_size_bytes, max_file_count }: PackLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const most = max_extracted_size_bytes + (max_file_count + 1) * 2048 + 1024 * 1024
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > most) throw refused(`unpacks to more than ${max_extracted_size_bytes} bytes`)
    yield chunk
  }
}

/** The folder with the pack.yaml: the top, or the one folder in it. */
export async function packRoot(top: string): Promise<string> {
  if (await isFile(join(top, 'pack.yaml'))) return top
  const [only, ...others] = await readdir(top, { withFileTypes: true })
  if (only === undefined) throw refused('is empty')
  const root = join(top, only.name)
  if (others.length === 0 && only.isDirectory() && (await isFile(join(root, 'pack.yaml')))) return root
  throw refused('has no pack.yaml, neither at its top nor in the one folder at its top')
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true
}
