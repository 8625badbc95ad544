import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { isFolder, linksWarning, type PackFolder, readPackFolder } from './pack-folder.ts'

/** `attune pack checksum PATH` */
export function packChecksum(shell: Shell): Command {
  return new Command('checksum')
    .description(
      'print the checksum that an index has for a pack: of a folder for git, of an archive for its URL',
    )
    .argument('<path>', 'folder with pack.yaml, or an archive')
    .action(async (path: string) => {
      const { out } = await shell.prepare()
      const full = resolve(path)
      const { hex, type } = (await isFolder(full)) ? await ofFolder(full, out.warn) : await ofArchive(full)
      const checksum = `sha256:${hex}`
      if (out.format === 'table') out.log(`${checksum}\n`)
      else out.value({ type, checksum })
    })
}

type Sum = { hex: string; type: 'git' | 'archive' }

async function ofFolder(path: string, warn: (sentence: string) => void): Promise<Sum> {
  const folder = await readPackFolder(path)
  const warning = linksWarning(folder)
  if (warning !== undefined) warn(warning)
  return { hex: await folderChecksum(folder), type: 'git' }
}

async function ofArchive(path: string): Promise<Sum> {
  return { hex: await fileChecksum(path), type: 'archive' }
}

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
