import { join } from 'node:path'
import { inheritedFrom } from '../action-runner/environment.ts'
import { isGone } from '../action-runner/private-folders.ts'
import * as environments from '../domain/packs/pack-environment/queries.ts'
import { EnvironmentKeeper, type KeeperOptions } from '../environment-builder/keeper.ts'
import { createPackFolders } from '../run-as/pack-copies.ts'
import type { Platform } from './platform.ts'

/** A claim is renewed well before it runs out, and a dead worker's soon falls to the next. */
const CLAIM_SECONDS = 300
const RENEW_MS = 60_000
/** What the spawners of a process that died need to end what it ran. */
const PREDECESSOR_MS = 8000

type Host = Pick<KeeperOptions, 'volume' | 'offer'> & {
  builder: Omit<environments.EnvironmentBuilder, 'lease_seconds'>
}

/** Starts to look after the environments of packs on a disk; what earlier processes of the host left half built is free. */
export async function startKeeper(
  platform: Platform,
  { builder, ...host }: Host,
): Promise<EnvironmentKeeper> {
  const { database, folders, settings, log, metrics } = platform
  const { worker, worker_name, instance } = builder
  const earlier = await environments.earlierBuilders(database, { worker, instance })
  const known = await Promise.all(earlier.map((one) => isGone(folders.work, one, PREDECESSOR_MS)))
  await environments.releaseOf(
    database,
    worker,
    earlier.filter((_, index) => known[index]),
  )
  await environments.dropLostVolumes(database, worker_name, host.volume)
  return new EnvironmentKeeper({
    ...host,
    database,
    builder: { worker, worker_name, instance, lease_seconds: CLAIM_SECONDS },
    root: folders.runtime_envs,
    packs_base_dir: folders.packs,
    work_dir: folders.work,
    inherited: inheritedFrom(settings.worker.env_passthrough),
    accounts: platform.accounts,
    pack_folders: createPackFolders(join(folders.work, 'packs'), platform.accounts.judge),
    timeout_ms: settings.worker.environment_timeout * 1000,
    renew_ms: RENEW_MS,
    log,
    metrics,
  })
}
