import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { fileChecksum, folderChecksum } from './pack-checksum.ts'
import { isFolder, linksWarning, readPackFolder } from './pack-folder.ts'

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
