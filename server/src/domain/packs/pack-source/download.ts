import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import type { Queryable } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { directoryChecksum } from '../registrar/directory-checksum.ts'
import { readPack } from '../reader/read-pack.ts'
import { refuse } from '../registrar/register.ts'
import { inIncoming } from './incoming.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import { obtain, type Request, type Sourcing } from './obtain.ts'
import { refusedSource } from '../fetch/source-url.ts'

/** Downloads lie here until they are registered, in folders that are named by requests. */
const DOWNLOADS = '.downloads'
const KEPT_MS = 24 * 3_600_000

export type DownloadedPack = {
  source: string
  source_type: string
  pack_path: string
  pack_ref: string
  pack_version: string
  git_commit: string | null
  checksum: string | null
}
export type FailedPack = { source: string; error: string }

export type Downloads = { downloaded_packs: DownloadedPack[]; failed_packs: FailedPack[] }

/** Where downloads go, and whether the folder is one that this program made. */
type Destination = { path: string; ours: boolean }

/** Fetches packs into a folder of the server without registering them; one that fails does not keep the others. */
export async function download(
  db: Queryable,
  sourcing: Sourcing,
  {
    sources,
    destination_dir,
    ...options
  }: Omit<Request, 'source'> & { sources: readonly string[]; destination_dir: string },
): Promise<Downloads> {
  const destination = await destinationOf(destination_dir, sourcing)
  const downloads: Downloads = { downloaded_packs: [], failed_packs: [] }
  for (const source of sources) {
    const one = await downloadOne(db, sourcing, { ...options, source }, destination)
    if ('error' in one) downloads.failed_packs.push(one)
    else downloads.downloaded_packs.push(one)
  }
  return downloads
}

async function downloadOne(
  db: Queryable,
  sourcing: Sourcing,
  request: Request,
  destination: Destination,
): Promise<DownloadedPack | FailedPack> {
  const { source } = request
  try {
    return await inIncoming(sourcing.packs_base_dir, async (folder) => {
      const { directory, source_type, git_commit } = await obtain(db, sourcing, request, folder)
      const reading = await readPack(directory)
      if ('problems' in reading) {
        refuse(source, reading.problems)
        throw new Problem('BAD_REQUEST', `The pack '${source}' cannot be read.`)
      }
      const { ref, version } = reading.pack
      const pack_path = await placeFor(ref, destination)
      await cp(directory, pack_path, { recursive: true, verbatimSymlinks: true })
      const checksum = await directoryChecksum(pack_path)
      return { source, source_type, pack_path, pack_ref: ref, pack_version: version, git_commit, checksum }
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { source, error: error.message }
  }
}

/** A name is a folder of the downloads; a path must lie below the roots that packs may be registered from. */
async function destinationOf(named: string, { packs_base_dir, settings }: Sourcing): Promise<Destination> {
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
  await removeOld(downloads)
  const folder = join(downloads, named)
  await mkdir(folder, { recursive: true })
  return { path: folder, ours: true }
}

/** In a folder that is not ours nothing is replaced. */
async function placeFor(ref: string, { path, ours }: Destination): Promise<string> {
  const place = join(path, ref)
  if (ours) await rm(place, { recursive: true, force: true })
  else if ((await stat(place).catch(() => undefined)) !== undefined) {
    throw refusedSource(
      `there is a '${ref}' in it already; remove it or choose another folder`,
      'destination_dir',
    )
  }
  return place
}

async function removeOld(downloads: string): Promise<void> {
  for (const path of (await readdir(downloads)).map((name) => join(downloads, name))) {
    const made = await stat(path).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > KEPT_MS)
      await rm(path, { recursive: true, force: true })
  }
}
