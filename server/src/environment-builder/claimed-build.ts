import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../action-runner/environment.ts'
import type { Database } from '../database/database.ts'
import { isTransient } from '../database/violation.ts'
import * as environments from '../domain/packs/pack-environment/queries.ts'
import type { EnvironmentConfig } from '../domain/packs/pack-environment/wanted.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { build, type BuildEnd } from './build.ts'
import { type BuildProcesses, startBuildProcesses } from './build-processes.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import { takeTreeBack } from '../run-as/hand-over.ts'
import type { AccountPool } from '../run-as/lend.ts'
import type { PackFolders } from '../run-as/pack-copies.ts'
import { mark, newDirectory, publish, removeOthers, removeTree, wholeOf } from './disk.ts'

/** An environment of a pack on this disk, with all that building it needs. */
export type BuildSite = {
  row: environments.IdentifiedEnvironment
  config: EnvironmentConfig
  /** Where the link to it is. */
  place: string
  pack_dir: string
  manifest_path: string
}

export type BuilderOptions = {
  database: Database
  builder: environments.EnvironmentBuilder
  /** Where private files of builds lie. */
  work_dir: string
  /** What the commands inherit. */
  inherited: Environment
  /** Whom they run as. */
  accounts: AccountPool
  /** Where these find the files of a pack. */
  pack_folders: PackFolders
  timeout_ms: number
  renew_ms: number
  log: Log
  metrics: Pick<Metrics, 'environmentBuilt'>
}

export type ClaimedBuild = {
  held: environments.HeldEnvironment
  site: BuildSite
  /** Of the manifest as it was before the build. */
  checksum: string
  /** The build that is in place. */
  earlier: string | undefined
  /** Up to when the claim is ours at least. */
  held_until_ms: number
}

/** How a build ended: `lost` to somebody else, or given back because this process stops. */
export type ClaimedEnd = 'ready' | 'failed' | 'timeout' | 'lost' | 'stopped'

/** A build that runs, for whoever wants to stop it. */
export type RunningBuild = { stop(): void }

/**
 * Builds an environment that is claimed, from an empty directory, and ends the claim. The claim is renewed while it
 * takes; when that is not possible the processes are killed before anybody else may begin.
 */
export async function buildClaimed(
  claimed: ClaimedBuild,
  options: BuilderOptions,
  onStart: (running: RunningBuild) => void,
): Promise<ClaimedEnd> {
  const account = await options.accounts.take()
  try {
    return await buildAs(account, claimed, { ...options, onStart })
  } finally {
    await options.accounts.giveBack(account)
  }
}

async function buildAs(
  account: ProcessAccount | undefined,
  claimed: ClaimedBuild,
  options: BuilderOptions & { onStart: (running: RunningBuild) => void },
): Promise<ClaimedEnd> {
  const { site } = claimed
  const began = performance.now()
  const directory = await newDirectory(site.place, account)
  const whole = await wholeOf(site.place, directory)
  const processes = startBuildProcesses(
    { work_dir: options.work_dir, env: options.inherited, account },
    claimed.held_until_ms,
  )
  const stopRenewing = keepClaim(claimed.held, processes, options)
  options.onStart({ stop: () => processes.stop() })
  let end: ClaimedEnd = 'failed'
  try {
    const pack_dir = await options.pack_folders(site.pack_dir)
    const manifest_path = join(pack_dir, relative(site.pack_dir, site.manifest_path))
    const order = { config: site.config, pack_dir, manifest_path, directory, account }
    const built = await build({ ...order, timeout_ms: options.timeout_ms }, processes)
    // Nothing that was started may still change what is now taken for good.
    await options.accounts.end(account)
    takeTreeBack(whole, account)
    end = await endClaim(claimed, { built, directory }, options)
    if (end === 'ready') await removeOthers(site.place, [directory, claimed.earlier])
    return end
  } finally {
    stopRenewing()
    await processes.close()
    if (end !== 'ready') await removeTree(whole)
    const seconds = (performance.now() - began) / 1000
    options.metrics.environmentBuilt(end, seconds)
    const about = {
      pack: site.row.pack_ref,
      runtime: site.row.runtime_ref,
      outcome: end,
      seconds: Math.round(seconds),
    }
    if (end === 'ready') options.log.info(about, 'environment built')
    else options.log.warn(about, 'environment not built')
  }
}

/** By this process's clock: the tenth that is left of the claim is for killing what still runs. */
export function claimedUntil({
  lease_seconds,
}: Pick<environments.EnvironmentBuilder, 'lease_seconds'>): number {
  return monotonicMs() + lease_seconds * 900
}

function keepClaim(
  held: environments.HeldEnvironment,
  processes: BuildProcesses,
  options: BuilderOptions,
): () => void {
  const { database, builder, log } = options
  const timer = setInterval(() => {
    const until = claimedUntil(builder)
    environments.renew(database, held, builder.lease_seconds).then(
      (mine) => (mine ? processes.hold(until) : processes.stop()),
      (error: unknown) => log.warn({ error: String(error) }, 'claim of an environment not renewed'),
    )
  }, options.renew_ms)
  return () => clearInterval(timer)
}

type Made = { built: BuildEnd; directory: string }

/** What was built counts only together with the row: whoever lost the claim leaves the disk as it is. */
async function endClaim(
  claimed: ClaimedBuild,
  { built, directory }: Made,
  { database, builder, log }: BuilderOptions,
): Promise<ClaimedEnd> {
  const { held, site, checksum } = claimed
  const persist = (work: () => Promise<boolean>) => persisted(work, claimedUntil(builder), log)
  switch (built.kind) {
    case 'stopped':
      await environments.release(database, held)
      return 'stopped'
    case 'failed': {
      const { error, log: install_log, outcome } = built
      const recorded = await persist(() =>
        environments.failed(database, held, { checksum, error, log: install_log }),
      )
      return recorded ? outcome : 'lost'
    }
    case 'built': {
      await mark(directory, checksum)
      const end = { checksum, env_path: site.place, log: built.log }
      const mine = await persist(() =>
        database.transaction(async (tx) => {
          const ended = await environments.installed(tx, held, end)
          if (ended) await publish(site.place, directory)
          return ended
        }),
      )
      return mine ? 'ready' : 'lost'
    }
  }
}

/** A database that is away for a while must not cost a build of minutes. */
async function persisted(work: () => Promise<boolean>, untilMs: number, log: Log): Promise<boolean> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error) || monotonicMs() >= untilMs) throw error
      log.warn({ error: String(error) }, 'end of a build not recorded yet')
      await sleep(1000)
    }
  }
}
