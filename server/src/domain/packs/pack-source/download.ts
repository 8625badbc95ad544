import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { nullable } from '../../../database/row.ts'
import { Problem } from '../../../problem.ts'
import { inIncoming, removeOlder } from '../archive/incoming.ts'
import { copyTree } from '../reader/pack-tree.ts'
import { readStaged } from '../registrar/staged-pack.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import {
  beginObtaining,
  obtain,
  type ObtainContext,
  type SourceRequest,
  type SourceSettings,
} from './obtain.ts'
import { refusedSource } from '../fetch/source-url.ts'

/** Downloads lie here until they are registered, in folders that are named by requests. */
const DOWNLOADS = '.downloads'
const KEPT_MS = 24 * 3_600_000

const DownloadedPack = Type.Object({
  source: Type.String(),
  source_type: Type.String(),
  pack_path: Type.String(),
  pack_ref: Type.String(),
  pack_version: Type.String(),
  git_commit: nullable(Type.String()),
  checksum: nullable(Type.String()),
})
const FailedPack = Type.Object({ source: Type.String(), error: Type.String() })

export const Downloads = Type.Object(
  {
    downloaded_packs: Type.Array(DownloadedPack),
    failed_packs: Type.Array(FailedPack),
    total_count: Type.Integer(),
    success_count: Type.Integer(),
    failure_count: Type.Integer(),
  },
  { title: 'PackDownloads' },
)

/** Where downloads go, and whether the folder is one that this program made. */
type Destination = { path: string; ours: boolean }

/** Fetches packs into a folder of the server without registering them; one that fails does not keep the others. */
export async function download(
  db: Queryable,
  sourcing: SourceSettings,
  {
    sources,
    destination_dir,
    ...options
  }: Omit<SourceRequest, 'source'> & { sources: readonly string[]; destination_dir: string },
): Promise<Static<typeof Downloads>> {
  const destination = await destinationOf(destination_dir, sourcing)
  const downloaded_packs: Static<typeof DownloadedPack>[] = []
  const failed_packs: Static<typeof FailedPack>[] = []
  const obtaining = await beginObtaining(db, sourcing)
  for (const source of sources) {
    const one = await downloadOne(obtaining, { ...options, source }, destination)
    if ('error' in one) failed_packs.push(one)
    else downloaded_packs.push(one)
  }
  const [success_count, failure_count] = [downloaded_packs.length, failed_packs.length]
  return { downloaded_packs, failed_packs, total_count: sources.length, success_count, failure_count }
}

async function downloadOne(
  obtaining: ObtainContext,
  request: SourceRequest,
  destination: Destination,
): Promise<Static<typeof DownloadedPack> | Static<typeof FailedPack>> {
  const { source } = request
  try {
    return await inIncoming(obtaining.sourcing.packs_base_dir, async (folder) => {
      const staged = await obtain(obtaining, request, folder)
      const { pack, tree, checksum, origin } = await readStaged({ ...staged, name: source }, { folder })
      const { source_type, git_commit } = origin
      const pack_path = await placeFor(pack.ref, destination)
      await copyTree(tree, pack_path)
      return {
        source,
        source_type,
        pack_path,
        pack_ref: pack.ref,
        pack_version: pack.version,
        git_commit,
        checksum,
      }
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { source, error: error.message }
  }
}

/** A name is a folder of the downloads; a path must lie below the roots that packs may be registered from. */
async function destinationOf(
  named: string,
  { packs_base_dir, settings }: SourceSettings,
): Promise<Destination> {
  const downloads = join(packs_base_dir, DOWNLOADS)
  if (isAbsolute(named)) {
    const rules = { roots: [...settings.local_roots, downloads], anywhere: false }
    return { path: await allowedLocalPath(named, rules, 'destination_dir'), ours: false }
  }
  if (!/^\w[\w.-]{0,99}$/.test(named) || basename(named) !== named) {
    throw refusedSource(
      'must be a name, or an absolute path below pack_registry.local_roots',
      'destination_dir',
    )
  }
  await mkdir(downloads, { recursive: true })
  await removeOlder(downloads, { than_ms: KEPT_MS })
  const folder = join(downloads, named)
  await mkdir(folder, { recursive: true })
  return { path: folder, ours: true }
}

/** In a folder that is not ours nothing is replaced. */
async function placeFor(ref: string, { path, ours }: Destination): Promise<string> {
  const place = join(path, ref)
  if (ours) await rm(place, { recursive: true, force: true })
  else if (existsSync(place)) {
    throw refusedSource(
      `there is a '${ref}' in it already; remove it or choose another folder`,
      'destination_dir',
    )
  }
  return place
}
