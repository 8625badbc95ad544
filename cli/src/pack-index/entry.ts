import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Failure } from '../failure.ts'
import { parseYamlObject } from '../input.ts'
import type { JsonObject } from '../json.ts'
import { fileChecksum, folderChecksum } from '../pack/checksum.ts'
import { readPackFolder } from '../pack/pack-folder.ts'

export type Entry = Schemas['PackIndexEntry']
type Source = Entry['install_sources'][number]

/** Where a pack will be fetched from. */
export type SourceFlags = { gitUrl?: string; gitRef?: string; archiveUrl?: string; archive?: string }

/** What an index says of the pack in a folder. Throws a Failure that names what the pack does not say. */
export async function entryOf(path: string, flags: SourceFlags): Promise<Entry> {
  const folder = resolve(path)
  const { readPack } = await import('@attune/server/dist/domain/packs/reader/read-pack.js')
  const reading = await readPack(folder)
  if ('problems' in reading)
    throw new Failure(
      'usage',
      `The pack in ${path} is not valid. See what is wrong with: attune pack validate ${path}`,
      reading.problems.map(({ file, field, message }) => ({ field: `${file} ${field}`.trim(), message })),
    )
  const { pack } = reading
  const manifest = parseYamlObject(await readFile(join(folder, 'pack.yaml'), 'utf8'), 'pack.yaml')
  const listed = (parts: readonly { ref: string; description: string | null }[]) =>
    parts.map(({ ref, description }) => ({ name: nameOf(ref), description: description ?? '' }))
  return {
    ref: pack.ref,
    label: pack.label,
    description: pack.description ?? '',
    version: pack.version,
    author: said(manifest, 'author'),
    license: said(manifest, 'license'),
    ...optional(manifest, 'email'),
    ...optional(manifest, 'homepage'),
    ...optional(manifest, 'repository'),
    keywords: pack.tags,
    runtime_deps: pack.runtime_deps,
    install_sources: await sourcesOf(folder, flags),
    contents: {
      actions: listed(pack.actions),
      sensors: listed(pack.sensors),
      triggers: listed(pack.triggers),
      rules: listed(pack.rules),
      workflows: [],
    },
    ...(pack.dependencies.length === 0 ? {} : { dependencies: { packs: pack.dependencies } }),
  }
}

async function sourcesOf(
  folder: string,
  { gitUrl, gitRef, archiveUrl, archive }: SourceFlags,
): Promise<Source[]> {
  if (gitUrl === undefined && archiveUrl === undefined)
    throw new Failure('usage', 'Say where the pack will be: --git-url, or --archive-url with --archive.')
  if ((archiveUrl === undefined) !== (archive === undefined))
    throw new Failure(
      'usage',
      '--archive-url needs --archive, the file that will be there, and the other way round.',
    )
  if (gitRef !== undefined && gitUrl === undefined) throw new Failure('usage', '--git-ref needs --git-url.')
  const sources: Source[] = []
  if (gitUrl !== undefined) {
    const checksum = `sha256:${await folderChecksum(await readPackFolder(folder))}`
    sources.push({ type: 'git', url: gitUrl, ...(gitRef === undefined ? {} : { ref: gitRef }), checksum })
  }
  if (archiveUrl !== undefined && archive !== undefined) {
    sources.push({ type: 'archive', url: archiveUrl, checksum: `sha256:${await checksumOf(archive)}` })
  }
  return sources
}

async function checksumOf(archive: string): Promise<string> {
  try {
    return await fileChecksum(resolve(archive))
  } catch (error) {
    throw new Failure(
      'usage',
      `Cannot read ${archive}: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
}

/** `demo.on_deploy` is on_deploy in its pack. */
const nameOf = (ref: string) => ref.slice(ref.indexOf('.') + 1)

function said(manifest: JsonObject, field: string): string {
  const value = manifest[field]
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new Failure('usage', `An index says the ${field} of a pack: write '${field}' into pack.yaml.`)
}

function optional<Field extends string>(manifest: JsonObject, field: Field): { [name in Field]?: string } {
  const value = manifest[field]
  // oxlint-disable-next-line no-unsafe-type-assertion -- the key is the field
  return typeof value === 'string' && value !== '' ? ({ [field]: value } as { [name in Field]?: string }) : {}
}
