import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../../problem.ts'
import { type PackEntry, scanPack } from '../reader/pack-tree.ts'

/**
 * SHA-256 over every file of a pack, in hex: two directories have the same checksum exactly when they hold the
 * same files under the same names. Each entry is hashed as kind, path and length before its content, so that
 * bytes cannot wander from a name into a content or from one file into the next. File modes and times do not
 * count; uploads do not keep them.
 */
export async function directoryChecksum(dir: string): Promise<string> {
  const { tree, problems } = await scanPack(dir)
  const [first] = problems
  if (first !== undefined) throw new Problem('BAD_REQUEST', `${first.file} ${first.message}.`)
  const hash = createHash('sha256')
  for (const entry of tree.entries) await addEntry(hash, tree.root, entry)
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
