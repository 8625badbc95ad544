import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackFolder } from './pack-folder.ts'

/** SHA-256 of the files of a pack and their names, as the server computes it. */
export async function folderChecksum({ root, files }: PackFolder): Promise<string> {
  const hash = createHash('sha256')
  for (const path of files) {
    const full = join(root, path)
    hash.update(`file\0${path}\0${(await stat(full)).size}\0`)
    const content: AsyncIterable<Buffer> = createReadStream(full)
    for await (const chunk of content) hash.update(chunk)
  }
  return hash.digest('hex')
}

export async function fileChecksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  const content: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}
