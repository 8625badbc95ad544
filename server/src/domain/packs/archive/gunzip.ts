import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { refused } from './archive-entry.ts'

/** The content of a gzip file. Refuses one that is damaged, cut short or followed by something else. */
export async function* gunzipFile(path: string): AsyncGenerator<Buffer, void, undefined> {
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
