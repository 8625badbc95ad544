import { dataOf } from '@attune/client/dist/answer.js'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { create } from 'tar'
import type { Shell } from '../shell.ts'
import { packs } from './pack.ts'
import { ignoredWarning, isFolder, linksWarning, type PackFolder, readPackFolder } from './pack-folder.ts'

type Options = { force?: boolean; skipTests?: boolean }

/** `attune pack upload PATH`: the folder is read here and sent as an archive. */
export function packUpload(shell: Shell): Command {
  return new Command('upload')
    .description('send a pack to the server and register it')
    .argument('<path>', 'folder with pack.yaml, or an archive of one (.tar.gz, .tgz, .zip)')
    .option('-f, --force', 'replace a registered pack')
    .option('--skip-tests', 'do not run the tests of the pack')
    .action(async (path: string, { force, skipTests }: Options) => {
      const { client, out } = await shell.open()
      const full = resolve(path)
      const archive = (await isFolder(full)) ? await archiveOf(full, out.warn) : await readFile(full)
      const form = new FormData()
      if (force === true) form.set('force', 'true')
      if (skipTests === true) form.set('skip_tests', 'true')
      form.set('pack', new Blob([new Uint8Array(archive)]), `${basename(full)}.tar.gz`)
      const { pack } = await dataOf(client.POST('/api/v1/packs/upload', { body: form }))
      out.done(pack, packs, ({ ref, version }) => `Pack ${ref} ${version} is registered.`)
    })
}

async function archiveOf(path: string, warn: (sentence: string) => void): Promise<Buffer> {
  const folder = await readPackFolder(path)
  for (const warning of [linksWarning(folder), ignoredWarning(folder)])
    if (warning !== undefined) warn(warning)
  return packedFolder(folder)
}

/** Without owners and times, so that the same files give the same archive. A name like `@x` would be an archive to include. */
export async function packedFolder({ root, files }: PackFolder): Promise<Buffer> {
  const packed = create(
    { cwd: root, gzip: true, portable: true, noMtime: true, noDirRecurse: true },
    files.map((path) => `./${path}`),
  )
  return packed.concat()
}
