import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { ifThere } from '../if-there.ts'
import type { Shell } from '../shell.ts'
import { skeleton } from './skeleton.ts'

type Options = { dir?: string; schemas?: string }

/** `attune pack init REF`: a small pack that works, to be changed. */
export function packInit(shell: Shell): Command {
  return new Command('init')
    .description('write a small pack that works, in a new folder')
    .argument('<ref>', 'pack, like demo: a-z, 0-9, _ and - behind a first letter')
    .option('--dir <folder>', 'where (default: a folder with the name of the pack)')
    .option('--schemas <url>', 'where editors find the schemas (default: those of the API of the profile)')
    .action(async (ref: string, { dir = ref, schemas }: Options) => {
      if (!/^[a-z][a-z0-9_-]+$/.test(ref))
        throw new Failure('usage', `'${ref}' cannot be a pack: use a-z, 0-9, _ and - behind a first letter.`)
      const { out, settings } = await shell.prepare()
      const folder = resolve(dir)
      await requireNew(folder)
      const files = skeleton(ref, schemas ?? `${settings.url}/schemas`)
      for (const [path, { text, executable }] of Object.entries(files)) {
        const file = join(folder, path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
        if (executable === true) await chmod(file, 0o755)
      }
      const written = { ref, path: folder, files: Object.keys(files) }
      if (out.quiet) out.log(`${folder}\n`)
      else if (out.format !== 'table') out.value(written)
      out.notice(`Pack ${ref} is in ${dir}. Next: attune pack validate ${dir}, attune pack register ${dir}.`)
    })
}

async function requireNew(folder: string): Promise<void> {
  const there = await ifThere(readdir(folder))
  if (there !== undefined && there.length > 0)
    throw new Failure('usage', `${folder} is there already and not empty; choose another --dir.`)
}
