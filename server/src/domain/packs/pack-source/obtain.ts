import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Queryable } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import type { RunSuite } from '../pack-test/suite.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { type PackOrigin, stageDirectory, type StagedPack, stageFetched } from '../registrar/staged-pack.ts'
import { type Catalogue, fetchRules, type Indexes, type RegistrySettings } from '../pack-index/catalogue.ts'
import { chooseSource } from '../pack-index/version.ts'
import { unpackArchive } from '../archive/unpack-archive.ts'
import type { PackLimits } from '../archive/archive-entry.ts'
import { fileChecksum, parseChecksum, requireChecksum } from '../fetch/checksum.ts'
import { fetchFile } from '../fetch/fetch-file.ts'
import { fetchFromGit } from '../fetch/git-fetch.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import type { ResolveHost } from '../fetch/resolve-host.ts'
import { parseSource, type ParsedSource } from './parse-source.ts'
import { plainUrl, shownUrl } from '../fetch/source-url.ts'

/** How packs come in: where they are kept, how large they may be, where they may come from. */
export type SourceSettings = {
  packs_base_dir: string
  limits: PackLimits
  settings: RegistrySettings
  catalogue: Catalogue
  resolve: ResolveHost
  cipher: Cipher
  /** Runs the tests that a pack brings; without it they are not run. */
  run_suite?: RunSuite
  /** Git repositories on the disk of this machine: for tests. */
  allow_file_remotes?: boolean
}

export type SourceRequest = {
  source: string
  ref_spec: string | undefined
  /** Whether the caller may name any path of the server. */
  anywhere: boolean
  /** Only this index is asked. */
  index_url?: string
  /** Less time than is configured. */
  timeout_seconds?: number
}

/** What a request obtains packs with, however many they are. */
export type ObtainContext = { db: Queryable; sourcing: SourceSettings; indexes: Indexes }
type Fetching = ObtainContext & { request: SourceRequest; folder: string }

/** Looks up once where packs may come from. */
export async function beginObtaining(db: Queryable, sourcing: SourceSettings): Promise<ObtainContext> {
  return { db, sourcing, indexes: await sourcing.catalogue.open(db) }
}

/** Stages a pack from wherever it is named, in a folder of the caller's. Runs nothing of it. */
export async function obtain(
  obtaining: ObtainContext,
  request: SourceRequest,
  folder: string,
): Promise<StagedPack> {
  const source = parseSource(request.source, request.ref_spec)
  const fetching = { ...obtaining, request, folder }
  switch (source.kind) {
    case 'git':
      return fromGit(fetching, source)
    case 'archive':
      return fromArchive(fetching, source.url)
    case 'path':
      return fromPath(fetching, source.path)
    case 'registry':
      return fromRegistry(fetching, source)
  }
}

function rulesOf({ sourcing: { settings, resolve }, request, indexes: { hosts } }: Fetching) {
  const rules = fetchRules(settings, { resolve, allowed_hosts: hosts })
  const { timeout_seconds = rules.timeout_seconds } = request
  return { ...rules, timeout_seconds: Math.min(timeout_seconds, rules.timeout_seconds) }
}

async function fromGit(
  fetching: Fetching,
  { remote, ref }: { remote: string; ref: string | undefined },
): Promise<StagedPack> {
  const { sourcing, folder } = fetching
  const { ssh_identity_file: identity_file, ssh_known_hosts_file: known_hosts_file } = sourcing.settings
  const ssh =
    identity_file === undefined || known_hosts_file === undefined ? null : { identity_file, known_hosts_file }
  const allow_file = sourcing.allow_file_remotes === true
  const rules = { ...rulesOf(fetching), allow_file, ssh }
  const { directory, commit } = await fetchFromGit({ remote, ref, folder, rules, limits: sourcing.limits })
  return stageFetched(directory, {
    source_type: 'git',
    source_url: remote,
    source_ref: ref ?? null,
    git_commit: commit,
  })
}

async function fromArchive(fetching: Fetching, url: string): Promise<StagedPack> {
  const { sourcing, folder } = fetching
  const { limits } = sourcing
  const to = join(folder, 'archive')
  await fetchFile(url, { to, rules: { ...rulesOf(fetching), max_bytes: limits.max_archive_size_bytes } })
  return stageArchive(to, { folder, limits }, { source_type: 'archive', source_url: shownUrl(plainUrl(url)) })
}

/** Unpacks an archive that is on this machine. */
export async function stageArchive(
  archive: string,
  { folder, limits }: { folder: string; limits: PackLimits },
  origin: Pick<PackOrigin, 'source_type' | 'source_url'>,
): Promise<StagedPack> {
  const into = join(folder, 'unpacked')
  await mkdir(into)
  const directory = await unpackArchive(archive, { into, limits })
  const fetched = `sha256:${await fileChecksum(archive, 'sha256')}`
  return stageFetched(directory, { ...origin, fetched })
}

async function fromPath(fetching: Fetching, named: string): Promise<StagedPack> {
  const { db, sourcing, request, folder } = fetching
  const { limits, packs_base_dir } = sourcing
  const roots = localRoots(sourcing)
  const path = await allowedLocalPath(named, { roots, anywhere: request.anywhere }, 'source')
  return (await stat(path)).isDirectory()
    ? stageDirectory(db, path, { packs_base_dir, folder })
    : stageArchive(path, { folder, limits }, { source_type: 'local_archive', source_url: path })
}

/** Folders of this machine below which whoever may install packs may name paths. */
export function localRoots({
  settings,
  packs_base_dir,
}: Pick<SourceSettings, 'settings' | 'packs_base_dir'>): string[] {
  return [...settings.local_roots, packs_base_dir]
}

async function fromRegistry(
  fetching: Fetching,
  wanted: Extract<ParsedSource, { kind: 'registry' }>,
): Promise<StagedPack> {
  const { sourcing, request, indexes } = fetching
  if (!sourcing.settings.enabled)
    throw new Problem('BAD_REQUEST', 'Packs are not looked up by name: pack_registry.enabled is off.')
  const { pack: entry } = await indexes.choose(wanted, request.index_url)
  const source = chooseSource(entry)
  const staged =
    source.type === 'git'
      ? await fromGit(fetching, { remote: source.url, ref: source.ref })
      : await fromArchive(fetching, source.url)
  const origin: PackOrigin = {
    ...staged.origin,
    source_type: 'registry',
    source_url: request.source,
    source_ref: entry.version,
    checksum_verified: await verify(fetching, staged, source),
    promised: { ref: entry.ref, version: entry.version },
  }
  return { ...staged, origin }
}

/** An archive is known by its bytes, a repository by the files that are in it. */
async function verify(
  { sourcing, folder }: Fetching,
  { checksum, origin: { fetched } }: StagedPack,
  source: { type: 'git' | 'archive'; checksum: string },
): Promise<boolean> {
  if (!sourcing.settings.verify_checksums) return false
  const expected = parseChecksum(source.checksum)
  if (source.type === 'git') requireChecksum({ ...expected, algorithm: 'sha256' }, checksum)
  else if (fetched !== `${expected.algorithm}:${expected.hex}`)
    requireChecksum(expected, await fileChecksum(join(folder, 'archive'), expected.algorithm))
  return true
}
