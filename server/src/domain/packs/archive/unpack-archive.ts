import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { type ArchiveEntry, type PackLimits, refused } from './archive-entry.ts'
import { tarEntries } from './tar-entries.ts'
import { refuseBomb, unpack } from './write-entries.ts'
import { zipEntries } from './zip-entries.ts'

/** Unpacks an archive into an empty folder and answers where the pack in it is. What it is shows in its first bytes. */
export async function unpackArchive(
  path: string,
  { into, limits }: { into: string; limits: PackLimits },
): Promise<string> {
  const { size } = await stat(path)
  if (size > limits.max_archive_size_bytes) throw archiveTooLarge(limits)
  await unpack(await entriesOf(path, { limits, packed_bytes: size }), { into, limits, packed_bytes: size })
  return packRoot(into)
}

export function archiveTooLarge({ max_archive_size_bytes }: PackLimits) {
  return refused(`is larger than ${max_archive_size_bytes} bytes`)
}

async function entriesOf(path: string, bounds: StreamBounds): Promise<AsyncIterable<ArchiveEntry>> {
  const start = await firstBytes(path)
  if (start.startsWith('1f8b')) return tarEntries(withinReason(gunzipFile(path), bounds))
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

/** The content of a gzip file. Refuses one that is damaged, cut short or followed by something else. */
async function* gunzipFile(path: string): AsyncGenerator<Buffer, void, undefined> {
  const { size } = await stat(path)
  const packed = createReadStream(path)
  const gunzip = createGunzip()
  packed.once('error', (error) => gunzip.destroy(error))
  try {
    const content: AsyncIterable<Buffer> = packed.pipe(gunzip)
    yield* content
  } catch (error) {
    throw isZlibError(error) ? refused('is not an intact gzip file') : error
  } finally {
    packed.destroy()
    gunzip.destroy()
  }
  if (gunzip.bytesWritten !== size) throw refused('has something behind its end')
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

type StreamBounds = { limits: PackLimits; packed_bytes: number | null }

/** Headers, padding and zeros are no content, and there is no end to them either. */
export async function* withinReason(
  source: AsyncIterable<Buffer>,
  { limits: { max_extracted_size_bytes, max_file_count }, packed_bytes }: StreamBounds,
): AsyncGenerator<Buffer, void, undefined> {
  const most = max_extracted_size_bytes + (max_file_count + 1) * 2048 + 1024 * 1024
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > most) throw refused(`unpacks to more than ${max_extracted_size_bytes} bytes`)
    refuseBomb(bytes, packed_bytes)
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
  const stats = await stat(path).catch(() => undefined) // nothing there is no file either
  return stats?.isFile() === true
}
