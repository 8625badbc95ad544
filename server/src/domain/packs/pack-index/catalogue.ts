import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Queryable } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Log } from '../../../observe/log.ts'
import { Problem } from '../../../problem.ts'
import { createThreads, type Threads } from '../../../threads/bounded-threads.ts'
import { fetchFile, type FetchRules } from '../fetch/fetch-file.ts'
import { inIncoming } from '../archive/incoming.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import type { ResolveHost } from '../fetch/resolve-host.ts'
import { refusedSource } from '../fetch/source-url.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { mentions, type PackIndexEntry, readEntries } from './entry.ts'
import { openHeaders } from './headers.ts'
import * as indexes from './queries.ts'
import { chooseEntry, isHigher, type WantedPackVersion } from './version.ts'

/** What is configured about indexes and about what packs are fetched from: the section `pack_registry`. */
export type RegistrySettings = {
  enabled: boolean
  indices: readonly {
    url: string
    name?: string
    priority?: number
    enabled?: boolean
    headers?: Readonly<Record<string, string>>
  }[]
  cache_enabled: boolean
  cache_ttl: number
  timeout: number
  verify_checksums: boolean
  allow_http: boolean
  allowed_source_hosts: readonly string[]
  allowed_private_hosts: readonly string[]
  local_roots: readonly string[]
  ssh_identity_file?: string
  ssh_known_hosts_file?: string
}

/** An index as answers name it; one of the configuration has no id. */
export type IndexSummary = {
  id: Id<'pack_registry_index'> | null
  name: string | null
  url: string
  position: number
}

export type IndexedPack = { pack: PackIndexEntry; registry: IndexSummary }

type Source = IndexSummary & {
  enabled: boolean
  /** Differs when anything about the index has changed. */
  edition: string
  headers(): Record<string, string>
}

export type IndexSearch = { q?: string; registry_id?: number; include_disabled?: boolean }

/** Packs that indexes list. What an index answered is kept for all requests of this process. */
export type Catalogue = {
  /** The indexes as they are set up now. */
  open(db: Queryable): Promise<Indexes>
}

export type Indexes = {
  /** Each ref once, from the first index that lists it, in its highest version. */
  search(search: IndexSearch): Promise<IndexedPack[]>
  /**
   * The best version of a pack that the first index with this ref has. Throws NOT_FOUND where none lists it, with why
   * indexes could not be asked, and BAD_REQUEST where no version fits.
   */
  choose(wanted: WantedPackVersion, url?: string): Promise<IndexedPack>
  /** Hosts that packs may be fetched from; null for any. */
  hosts: string[] | null
}

export type CatalogueOptions = {
  settings: RegistrySettings
  cipher: Cipher
  resolve: ResolveHost
  packs_base_dir: string
  log: Pick<Log, 'warn'>
}

const MAX_INDEX_BYTES = 20 * 1024 * 1024

export function createCatalogue(given: CatalogueOptions): Catalogue {
  const options = { ...given, threads: createThreads({ most: 1 }) }
  const { settings, log } = options
  const cache = createCache(settings)

  async function read(source: Source): Promise<PackIndexEntry[] | string> {
    try {
      return await cache(source, () => fetchIndex(source, options))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      log.warn({ index: source.url, reason: error.message }, 'pack index cannot be read')
      return `the index ${source.name ?? source.url} cannot be read: ${error.message.replace(/^source: /, '')}`
    }
  }

  async function listing(sources: readonly Source[], ref: string): Promise<IndexedPack[]> {
    const failures: string[] = []
    for (const source of sources) {
      const entries = await read(source)
      if (typeof entries === 'string') failures.push(entries)
      else if (entries.some((entry) => entry.ref === ref)) {
        const listed = entries.filter((entry) => entry.ref === ref)
        return listed.map((pack) => ({ pack, registry: summaryOf(source) }))
      }
    }
    const why = failures.length > 0 ? `; ${failures.join('; ')}` : ''
    throw new Problem('NOT_FOUND', `No index lists a pack '${ref}'${why}.`)
  }

  return {
    async open(db) {
      const all = await sourcesOf(db, options)
      const enabled = all.filter((source) => source.enabled)
      return {
        async search({ q = '', registry_id, include_disabled = false }) {
          const asked = (include_disabled ? all : enabled).filter(
            ({ id }) => registry_id === undefined || id === registry_id,
          )
          const answers = await Promise.all(
            asked.map(async (source) => ({ source, entries: await read(source) })),
          )
          return firstOfEach(answers).filter(({ pack }) => mentions(pack, q))
        },
        async choose(wanted, url) {
          const asked = enabled.filter((source) => url === undefined || source.url === url)
          return chooseEntry(await listing(asked, wanted.ref), wanted)
        },
        hosts: hostsOf(enabled, settings),
      }
    },
  }
}

function hostsOf(sources: readonly Source[], { allowed_source_hosts }: RegistrySettings): string[] | null {
  const named = sources.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url).hostname] : []))
  const hosts = [...named, ...allowed_source_hosts].filter((host) => host !== '')
  return hosts.length === 0 ? null : hosts
}

/** Rows replace what is configured as soon as there are any. */
async function sourcesOf(db: Queryable, { settings, cipher }: CatalogueOptions): Promise<Source[]> {
  if (!settings.enabled) return []
  const rows = await indexes.all(db)
  if (rows.length > 0) {
    return rows.map((row) => ({
      ...row,
      edition: `${row.id} ${row.updated}`,
      headers: () => openHeaders(cipher, row),
    }))
  }
  return settings.indices
    .map(({ url, name = null, priority = 100, enabled = true, headers = {} }) => ({
      id: null,
      url,
      name,
      position: priority,
      enabled,
      edition: url,
      headers: () => ({ ...headers }),
    }))
    .sort((a, b) => a.position - b.position)
}

function summaryOf({ id, name, url, position }: Source): IndexSummary {
  return { id, name, url, position }
}

function firstOfEach(read: readonly { source: Source; entries: PackIndexEntry[] | string }[]): IndexedPack[] {
  const found = new Map<string, IndexedPack>()
  for (const { source, entries } of read) {
    if (typeof entries === 'string') continue
    const registry = summaryOf(source)
    for (const pack of highestOfEach(entries))
      if (!found.has(pack.ref)) found.set(pack.ref, { pack, registry })
  }
  return [...found.values()].sort((a, b) => (a.pack.ref < b.pack.ref ? -1 : 1))
}

function highestOfEach(entries: readonly PackIndexEntry[]): PackIndexEntry[] {
  const highest = new Map<string, PackIndexEntry>()
  for (const entry of entries) {
    const other = highest.get(entry.ref)
    if (other === undefined || isHigher(entry.version, other.version)) highest.set(entry.ref, entry)
  }
  return [...highest.values()]
}

type Cache = (source: Source, fetch: () => Promise<PackIndexEntry[]>) => Promise<PackIndexEntry[]>

/** Requests that ask at the same time share one answer. A failure is not kept. */
function createCache({ cache_enabled, cache_ttl }: RegistrySettings): Cache {
  const kept = new Map<string, { edition: string; until: number; entries: Promise<PackIndexEntry[]> }>()
  return (source, fetch) => {
    if (!cache_enabled) return fetch()
    const known = kept.get(source.url)
    if (known !== undefined && known.edition === source.edition && Date.now() < known.until)
      return known.entries
    const entries = fetch()
    kept.set(source.url, { edition: source.edition, until: Date.now() + cache_ttl * 1000, entries })
    entries.catch(() => kept.delete(source.url)) // whoever asked hears of it
    return entries
  }
}

async function fetchIndex(
  source: Source,
  options: CatalogueOptions & { threads: Threads },
): Promise<PackIndexEntry[]> {
  const text = source.url.startsWith('file:')
    ? await readLocal(source, options)
    : await fetchRemote(source, options)
  const entries = await readEntries(text, options.threads)
  if (entries === undefined) throw refusedSource('it is no index of packs')
  return entries
}

async function readLocal({ url }: Source, { settings }: CatalogueOptions): Promise<string> {
  const path = await allowedLocalPath(
    fileURLToPath(url),
    { roots: settings.local_roots, anywhere: false },
    'url',
  )
  return readFile(path, 'utf8')
}

function fetchRemote(
  source: Source,
  { settings, resolve, packs_base_dir }: CatalogueOptions,
): Promise<string> {
  const rules: FetchRules = {
    ...fetchRules(settings, { resolve, allowed_hosts: null }),
    max_bytes: MAX_INDEX_BYTES,
  }
  return inIncoming(packs_base_dir, async (folder) => {
    const to = join(folder, 'index.json')
    await fetchFile(source.url, { to, rules, headers: source.headers() })
    return readFile(to, 'utf8')
  })
}

/** What is configured about fetching, for one kind of thing that is fetched. */
export function fetchRules(
  settings: RegistrySettings,
  { resolve, allowed_hosts }: { resolve: ResolveHost; allowed_hosts: readonly string[] | null },
): Omit<FetchRules, 'max_bytes'> {
  return {
    allow_http: settings.allow_http,
    allowed_hosts,
    private_hosts: settings.allowed_private_hosts,
    timeout_seconds: settings.timeout,
    resolve,
  }
}
