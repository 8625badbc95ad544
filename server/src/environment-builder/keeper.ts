import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  noEnvironment,
  type ResolvedEnvironment,
  type EnvironmentNeed,
  type EnvironmentResolver,
} from '../action-runner/environment-resolver.ts'
import { isTransient } from '../database/violation.ts'
import {
  findAllPacks,
  findPacks,
  findRuntimes,
  type PackPrograms,
} from '../domain/packs/pack-environment/find.ts'
import type { WorkerOffer } from '../domain/flow/execution/worker-profile.ts'
import { environmentFolder } from '../domain/packs/pack-environment/place.ts'
import * as environments from '../domain/packs/pack-environment/queries.ts'
import { nextFor } from '../domain/packs/pack-environment/status.ts'
import {
  type EnvironmentBase,
  environmentBaseOf,
  neededRuntimes,
  type WantedEnvironment,
  wantedEnvironments,
} from '../domain/packs/pack-environment/wanted.ts'
import type { Id } from '../id.ts'
import { ownInterpreter } from './build.ts'
import {
  type BuilderOptions,
  buildClaimed,
  claimedUntil,
  type RunningBuild,
  type BuildSite,
} from './claimed-build.ts'
import { manifestChecksum, observe, removePlace } from './disk.ts'
import { createSemaphore } from '../waiting/semaphore.ts'

/** Builds at a time: each is a compiler or a package manager that takes what it can get. */
const AT_ONCE = 2
/** How often somebody else's build is looked at. */
const WAIT_MS = 1000
const MAX_RESOLVED = 1000

export type KeeperOptions = BuilderOptions & {
  /** The disk, by its name, and the folder of environments on it. */
  volume: string
  root: string
  packs_base_dir: string
  /** What this worker has now. */
  offer(): WorkerOffer
}

/** How an environment is after somebody looked: `busy` when another process builds it and the wait was not wanted. */
type Standing =
  | { kind: 'unneeded' }
  | { kind: 'ready'; directory: string }
  /** `fresh`: by a build that began during this look. */
  | { kind: 'failed'; error: string; fresh: boolean }
  | { kind: 'busy' }

/** `run`: an action waits for it. `tend`: it is to be as the pack says, whoever does it. */
type Purpose = 'run' | 'tend'

/**
 * Keeps the environments of packs on one disk as their manifests say, and tells what actions run in. What a pack
 * and a runtime come to is decided once and remembered under a key that changes with either; for packs without
 * dependencies that is all that ever happens.
 */
export class EnvironmentKeeper implements EnvironmentResolver {
  readonly #options: KeeperOptions
  readonly #resolved = new Map<string, ResolvedEnvironment | Promise<ResolvedEnvironment>>()
  readonly #looking = new Map<string, Promise<Standing>>()
  readonly #slots = createSemaphore(AT_ONCE)
  readonly #running = new Set<RunningBuild>()
  readonly #stop = new AbortController()
  #tending: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  resolve(need: EnvironmentNeed): ResolvedEnvironment | Promise<ResolvedEnvironment> {
    const known = this.#resolved.get(need.key)
    if (known !== undefined) return known
    const found = this.#decide(need)
    if (this.#resolved.size >= MAX_RESOLVED) this.#resolved.clear()
    this.#resolved.set(need.key, found)
    found.then(
      (environment) =>
        this.#settle(need.key, found, environment.kind === 'refused' ? undefined : environment),
      () => this.#settle(need.key, found, undefined),
    )
    return found
  }

  lost({ key }: EnvironmentNeed): void {
    this.#resolved.delete(key)
  }

  /** Something about packs or runtimes changed: nothing that was decided counts any more. */
  changed(): void {
    this.#resolved.clear()
  }

  /** Looks after the environments of these packs, or of all, behind whatever else goes on. */
  tend(packs: readonly Id<'pack'>[] | 'all'): void {
    this.changed()
    this.#tending = this.#tending.then(() => this.#tendNow(packs))
  }

  /** Resolves when everything that was to be looked after has been. */
  tended(): Promise<void> {
    return this.#tending
  }

  /** Kills what is being built and gives it back. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const running of this.#running) running.stop()
    await Promise.allSettled([this.#tending, ...this.#looking.values()])
  }

  /** What is decided for good replaces the decision under way; a refusal is asked about again. */
  #settle(
    key: string,
    found: Promise<ResolvedEnvironment>,
    environment: ResolvedEnvironment | undefined,
  ): void {
    if (this.#resolved.get(key) !== found) return // it changed meanwhile
    if (environment === undefined) this.#resolved.delete(key)
    else this.#resolved.set(key, environment)
  }

  async #decide(need: EnvironmentNeed): Promise<ResolvedEnvironment> {
    const runtimes = await this.#patiently(() => findRuntimes(this.#options.database))
    const base = environmentBaseOf(need, runtimes, this.#options.offer())
    if (base.runs_by.kind === 'none')
      return {
        kind: 'refused',
        error: `Its runtime cannot be used on this worker: ${base.runs_by.reason}`,
      }
    const built = await Promise.all(
      base.environments.map(async (wanted) => ({
        wanted,
        standing: await this.#look(this.#siteOf(need.pack, need, wanted), 'run'),
      })),
    )
    for (const { wanted, standing } of built)
      if (standing.kind === 'failed')
        return { kind: 'refused', error: failureText(need.pack_ref, wanted, standing.error) }
    const own = built.find(({ wanted }) => wanted === base.own)?.standing
    return environmentOf(base, own?.kind === 'ready' ? own.directory : undefined)
  }

  #siteOf(
    pack: Id<'pack'>,
    { pack_ref, pack_dir }: Pick<EnvironmentNeed, 'pack_ref' | 'pack_dir'>,
    { runtime, version, config }: WantedEnvironment,
  ): BuildSite {
    const { volume, root, packs_base_dir } = this.#options
    const place = join(root, pack_ref, environmentFolder(runtime.ref, version?.version))
    const files = pack_dir ?? join(packs_base_dir, pack_ref)
    return {
      row: {
        pack,
        pack_ref,
        runtime: runtime.id,
        runtime_ref: runtime.ref,
        runtime_version: version?.id ?? null,
        runtime_version_text: version?.version ?? null,
        volume,
        env_path: place,
      },
      config,
      place,
      pack_dir: files,
      manifest_path: join(files, config.dependencies.manifest_file),
    }
  }

  /** One look at a time for each environment of this process. */
  #look(site: BuildSite, purpose: Purpose): Promise<Standing> {
    const before = this.#looking.get(site.place)
    if (before !== undefined && purpose === 'run')
      return before.then(
        (standing) => (standing.kind === 'busy' ? this.#look(site, 'run') : standing),
        () => this.#look(site, 'run'),
      )
    // What has just failed need not be tried again only because somebody tends to it too.
    const failedNow = before?.then(
      (standing) => standing.kind === 'failed' && standing.fresh,
      () => false,
    )
    const looked = (failedNow ?? Promise.resolve(false)).then((failed) =>
      this.#lookNow(site, purpose, { eager: purpose === 'tend' && !failed }),
    )
    this.#looking.set(site.place, looked)
    const over = () => this.#looking.get(site.place) === looked && this.#looking.delete(site.place)
    looked.then(over, over)
    return looked
  }

  async #lookNow(site: BuildSite, purpose: Purpose, { eager }: { eager: boolean }): Promise<Standing> {
    for (let fresh = false; ; ) {
      this.#stop.signal.throwIfAborted()
      const standing = await this.#patiently(() => this.#step(site, eager && !fresh))
      if (standing === 'again') continue
      if (standing === 'built') fresh = true
      else if (standing.kind === 'failed') return { ...standing, fresh }
      else if (standing.kind !== 'busy' || purpose === 'tend') return standing
      else await sleep(WAIT_MS, undefined, { signal: this.#stop.signal })
    }
  }

  /** Looks at the row and the disk, and does what they ask for. */
  async #step(site: BuildSite, eager: boolean): Promise<Standing | 'again' | 'built'> {
    const { database, builder } = this.#options
    const checksum = await manifestChecksum(site.manifest_path)
    if (checksum === undefined) {
      await environments.drop(database, site.row)
      return { kind: 'unneeded' }
    }
    const seen = await environments.see(database, site.row)
    const disk = await observe(
      site.place,
      ownInterpreter(site.config, site.pack_dir),
      this.#options.accounts.judge,
    )
    const next = nextFor(seen, disk, { checksum, eager })
    switch (next) {
      case 'use':
        if (disk.directory === undefined) return 'again'
        await environments.verified(database, seen.id, {
          checksum,
          env_path: site.place,
          worker_name: builder.worker_name,
        })
        return { kind: 'ready', directory: disk.directory }
      case 'wait':
        return { kind: 'busy' }
      case 'give-up':
        return { kind: 'failed', error: seen.install_error ?? 'the reason is not on record', fresh: false }
      case 'build':
        return this.#build(site, { seen, checksum, earlier: disk.directory })
    }
  }

  async #build(
    site: BuildSite,
    { seen, ...about }: { seen: environments.SeenEnvironment; checksum: string; earlier: string | undefined },
  ): Promise<'again' | 'built'> {
    const { database, builder } = this.#options
    const free = await this.#slots.take(this.#stop.signal)
    try {
      const held_until_ms = claimedUntil(builder) // before the claim is written: it must not outlast that
      const held = await environments.claim(database, seen, builder)
      if (held === undefined) return 'again'
      await this.#carry(site, { ...about, held, held_until_ms })
      return 'built'
    } finally {
      free()
    }
  }

  async #carry(
    site: BuildSite,
    claimed: {
      held: environments.HeldEnvironment
      checksum: string
      earlier: string | undefined
      held_until_ms: number
    },
  ): Promise<void> {
    let mine: RunningBuild | undefined
    try {
      await buildClaimed({ ...claimed, site }, this.#options, (running) => {
        mine = running
        this.#running.add(running)
        if (this.#stop.signal.aborted) running.stop()
      })
    } catch (error) {
      if (isTransient(error)) throw error
      // Whatever is wrong with this disk or pack is told where people look for it.
      const reason = error instanceof Error ? error.message : String(error)
      await environments.failed(this.#options.database, claimed.held, {
        checksum: claimed.checksum,
        error: reason,
        log: '',
      })
    } finally {
      if (mine !== undefined) this.#running.delete(mine)
    }
  }

  async #tendNow(packs: readonly Id<'pack'>[] | 'all'): Promise<void> {
    const { database, log } = this.#options
    try {
      const [found, runtimes] = await this.#patiently(() =>
        Promise.all([
          packs === 'all' ? findAllPacks(database) : findPacks(database, packs),
          findRuntimes(database),
        ]),
      )
      for (const pack of found) {
        const wanted = wantedEnvironments(pack.programs, runtimes, this.#options.offer())
        const needed = neededRuntimes(pack.programs, runtimes)
        await this.#tendPack(pack, { wanted, needed })
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) log.error({ err: error }, 'environments not looked after')
    }
  }

  async #tendPack(
    pack: PackPrograms,
    { wanted, needed }: { wanted: readonly WantedEnvironment[]; needed: readonly Id<'runtime'>[] },
  ): Promise<void> {
    const { database, log, volume } = this.#options
    const files = { pack_ref: pack.ref, pack_dir: pack.storage_path ?? undefined }
    const sites = wanted.map((one) => this.#siteOf(pack.id, files, one))
    const looks = await Promise.allSettled(sites.map((site) => this.#look(site, 'tend')))
    this.#stop.signal.throwIfAborted()
    for (const look of looks)
      if (look.status === 'rejected')
        log.error({ err: look.reason, pack: pack.ref }, 'environment not looked after')
    const gone = await environments.dropOthers(database, { pack: pack.id, volume, needed })
    for (const { env_path } of gone) await removePlace(env_path)
  }

  /** An outage of the database makes it wait and decides nothing. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!isTransient(error) || this.#stop.signal.aborted) throw error
        await sleep(WAIT_MS, undefined, { signal: this.#stop.signal })
      }
    }
  }
}

function environmentOf({ runs_by }: EnvironmentBase, env_dir: string | undefined): ResolvedEnvironment {
  if (runs_by.kind === 'version') {
    const { id, version, execution_config, updated } = runs_by.version
    return {
      kind: 'ready',
      env_dir,
      version: { version, execution_config, cache_key: `version:${id}:${updated}` },
    }
  }
  return env_dir === undefined ? noEnvironment : { kind: 'ready', env_dir, version: undefined }
}

function failureText(pack_ref: string, { runtime, version }: WantedEnvironment, error: string): string {
  const name = version === undefined ? runtime.name : `${runtime.name} ${version.version}`
  return `The ${name} environment of the pack '${pack_ref}' could not be built: ${error}`
}
