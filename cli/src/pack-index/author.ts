import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { written } from '../json.ts'
import type { Shell } from '../shell.ts'
import { type Entry, entryOf, type SourceFlags } from './entry.ts'
import { type IndexFile, merged, readIndexFile, writeIndexFile } from './index-file.ts'

/*
 * For those who publish packs: what an index says of a pack, and indexes as files. None of it needs a server.
 */

function locating(command: Command): Command {
  return command
    .argument('<path>', 'folder with pack.yaml')
    .option('-g, --git-url <url>', 'repository that the pack is fetched from')
    .option('-r, --git-ref <ref>', 'branch, tag or commit')
    .option('-a, --archive-url <url>', 'archive that the pack is fetched from')
    .option('--archive <file>', 'the archive that will be there, for its checksum')
}

/** `attune pack index-entry PATH` */
export function packIndexEntry(shell: Shell): Command {
  return locating(new Command('index-entry'))
    .description('print what an index says of a pack, with the checksums of its sources')
    .action(async (path: string, flags: SourceFlags) => {
      const { out } = await shell.prepare()
      out.value(await entryOf(path, flags))
    })
}

type UpdateOptions = SourceFlags & { index: string; update?: true }

/** `attune pack index-update --index FILE PATH` */
export function packIndexUpdateFile(shell: Shell): Command {
  return locating(new Command('index-update'))
    .description('add a pack to an index file, which is begun if it is not there')
    .requiredOption('-i, --index <file>', 'index file')
    .option('-u, --update', 'replace what the index says of the pack')
    .action(async (path: string, { index, update, ...flags }: UpdateOptions) => {
      const { out } = await shell.prepare()
      const entry: Entry = await entryOf(path, flags)
      const file = existsSync(resolve(index)) ? await readIndexFile(index) : begun(index)
      const others = file.entries.filter((one) => one.ref !== entry.ref)
      if (others.length < file.entries.length && update !== true)
        throw new Failure('usage', `${index} has the pack '${entry.ref}' already; replace it with --update.`)
      const added = written<(typeof others)[number]>({ ...entry })
      await writeIndexFile(index, { ...file, entries: [...others, added] })
      out.notice(`${index} has ${entry.ref} ${entry.version}.`)
    })
}

function begun(path: string): IndexFile {
  const about = { registry_name: basename(path).replace(/\.json$/, ''), registry_url: '', version: '1.0' }
  return { about, entries: [] }
}

type MergeOptions = { out: string; force?: true }

/** `attune pack index-merge --out FILE INPUTS…` */
export function packIndexMerge(shell: Shell): Command {
  return new Command('index-merge')
    .description('make one index file of several; of a pack the highest version stays')
    .argument('<files...>', 'index files; the first says what the result is called')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('-f, --force', 'replace it if it is there')
    .action(async (files: string[], { out: target, force }: MergeOptions) => {
      const { out } = await shell.prepare()
      if (existsSync(resolve(target)) && force !== true)
        throw new Failure('usage', `${target} is there already; replace it with --force.`)
      const indexes = await Promise.all(files.map(readIndexFile))
      const entries = merged(indexes.map((one) => one.entries))
      await writeIndexFile(target, { about: indexes[0]?.about ?? {}, entries })
      out.notice(`${target} has ${entries.length} ${entries.length === 1 ? 'pack' : 'packs'}.`)
    })
}
