import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectRuntimes } from '../action-runner/detect-runtimes.ts'
import { isGone } from '../action-runner/private-folders.ts'
import { type ActionRunner, createActionRunner } from '../action-runner/run.ts'
import type { Transaction } from '../database/database.ts'
import { publishRequested } from '../domain/flow/execution/create.ts'
import { type ClaimingWorker, giveBack } from '../domain/flow/execution/transitions.ts'
import { abandonGone, cancelGone, earlierInstances } from '../domain/flow/execution/recovery.ts'
import { type WorkerOffer, offerOf } from '../domain/flow/execution/worker-profile.ts'
import { createSchemaCache } from '../domain/schema/cache.ts'
import { detectable } from '../domain/definition/runtime/detectable.ts'
import { isNameFree, registerNamed } from '../domain/flow/worker/name.ts'
import * as workers from '../domain/flow/worker/queries.ts'
import { volumeOf } from '../environment-builder/disk.ts'
import type { EnvironmentKeeper } from '../environment-builder/keeper.ts'
import type { Worker } from '../domain/flow/worker/worker.ts'
import type { JsonObject } from '../json.ts'
import type { Consumers } from '../messages/consume.ts'
import type { Consumer } from '../messages/transport.ts'
import { createWorkerStep, type WorkerStep } from '../pipeline/4-worker-to-result.ts'
import { createHostAlerts, type HostAlerts } from '../sensor-runner/host-alerts.ts'
import { VERSION } from '../version.ts'
import { within } from '../waiting/within.ts'
import { missingConsumers, startConsumers, stopConsumers } from './consumers.ts'
import type { Platform, RunningService } from './platform.ts'
import { dropEnvironments } from './dropped-packs.ts'
import { startKeeper } from './pack-environments.ts'
import { type Heartbeat, startHeartbeat } from './worker-heartbeat.ts'

/** Lets an end that the runner has just reported reach the database. */
const KILL_GRACE_MS = 5000
/** What the spawners of a worker that died need to end its actions: SIGTERM, five seconds, SIGKILL. */
const PREDECESSOR_MS = 8000

/** How often a worker that has lost its name looks whether it is free again. */
const REGAIN_MS = 2000
/** Heartbeats that may be missed: with the last of them the lease is over. */
const MISSED_HEARTBEATS = 3

/** The disk of environments, and what was found on this machine last. */
type Machine = { volume: string; offer: WorkerOffer }
const nothing: WorkerOffer = { runtimes: new Set(), versions: new Map(), detected: new Map() }

type Parts = {
  platform: Platform
  worker: Worker
  claimant: ClaimingWorker
  runner: ActionRunner
  keeper: EnvironmentKeeper
  step: WorkerStep
  consumers: readonly Consumer[]
}

/**
 * Registers as a worker, takes dispatches and runs their actions. One that has lost its name to another process begins
 * anew when that one is gone: work for the name must not wait for good.
 */
export async function startWorker(platform: Platform): Promise<RunningService> {
  const { settings, database, log } = platform
  let stopped = false
  let again = Promise.resolve()
  let trouble: string | undefined
  let nameFree: (() => Promise<void>) | undefined
  const lost = (gone: Promise<void>, alerts: HostAlerts) => {
    nameFree = alerts.nameFree
    again = gone.then(regain)
  }
  let current: RunningService | undefined = await runWorker(platform, lost)

  async function regain(): Promise<void> {
    trouble = current?.trouble()
    await stopCurrent()
    while (!stopped && current === undefined) {
      await sleep(REGAIN_MS)
      try {
        if (stopped || !(await mayBeginAnew())) continue
        current = await runWorker(platform, lost)
        await nameFree?.()
      } catch (error) {
        log.warn({ error: String(error) }, 'the worker cannot begin anew yet')
      }
    }
  }
  async function stopCurrent(): Promise<void> {
    const stopping = current
    current = undefined
    await stopping
      ?.stop()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the worker did not stop well'))
  }
  /** Without a name from the settings another one is found. */
  async function mayBeginAnew(): Promise<boolean> {
    const { name, heartbeat_interval } = settings.worker
    if (name === undefined) return true
    const named = { name, worker_role: 'action', host: hostname() } as const
    return isNameFree(database, named, heartbeat_interval * MISSED_HEARTBEATS)
  }

  return {
    name: 'worker',
    trouble: () => (current === undefined ? trouble : current.trouble()),
    async stop() {
      stopped = true
      await again
      await stopCurrent()
    },
  }
}

async function runWorker(
  shared: Platform,
  onLost: (gone: Promise<void>, alerts: HostAlerts) => void,
): Promise<RunningService> {
  const platform = { ...shared, log: shared.log.child({ role: 'worker' }) }
  const machine = { volume: await volumeOf(platform.folders.runtime_envs), offer: nothing }
  const { worker, claimant } = await takeOver(platform, machine)
  const keeper = await startKeeper(platform, {
    builder: { ...claimant, worker_name: worker.name },
    volume: machine.volume,
    offer: () => machine.offer,
  })
  const runner = await createRunner(platform, claimant, keeper)
  const step = createWorkerStep({
    ...platform,
    runner,
    claimant,
    schemas: createSchemaCache(),
    max_concurrent_tasks: platform.settings.worker.max_concurrent_tasks,
    inject_system_keys: platform.settings.worker.inject_system_keys,
    task_timeout: platform.settings.worker.task_timeout,
    inline_limit_bytes: platform.settings.limits.inline_value_bytes,
  })
  const consumers = await consume(platform, { worker, machine, step, keeper })
  const parts = { platform, worker, claimant, runner, keeper, step, consumers }
  let ending: Promise<void> | undefined
  const heart = startHeartbeat(platform, {
    ...parts,
    onTakenOver() {
      ending ??= giveWay(parts)
      onLost(ending, alertsOf(platform, worker))
    },
  })
  keeper.tend('all')
  platform.log.info({ worker: worker.name, worker_id: worker.id }, 'worker ready')

  return {
    name: 'worker',
    trouble: () => heart.trouble() ?? missingConsumers(consumers),
    async stop() {
      await (ending ??= retire(parts, heart))
      await heart.stop()
    },
  }
}

/** Takes nothing new, lets what runs end within its time, and hands the rest back. */
async function retire(parts: Parts, heart: Heartbeat): Promise<void> {
  const { platform, worker, claimant, runner, keeper, step, consumers } = parts
  heart.retire()
  // Nothing more is placed here.
  await tried(parts, () => workers.deactivate(platform.database, worker.id, claimant.instance))
  await stopConsumers(consumers)
  await tried(parts, () => handBack(platform, claimant))
  await within(step.idle(), platform.settings.worker.shutdown_timeout * 1000)
  await runner.stop(0)
  await keeper.stop() // only now: what waits for an environment has been ended as handed back
  await within(step.idle(), KILL_GRACE_MS)
  await tried(parts, () => handBack(platform, claimant)) // what was being placed when it went inactive
}

function alertsOf({ database, log, metrics, settings }: Platform, worker: Worker): HostAlerts {
  const { alert_cooldown_seconds: cooldown_seconds } = settings.maintenance
  return createHostAlerts({ database, log, metrics, cooldown_seconds, worker })
}

/** A database that is away must not keep the actions from being ended; what it was not told, its sweeps find. */
async function tried({ platform }: Parts, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    platform.log.warn({ error: String(error) }, 'the worker stops without the database having been told all')
  }
}

/** Another process has the name, its queues and its work: this one ends what it still holds and does no more. */
async function giveWay({ platform, worker, runner, keeper, step, consumers }: Parts): Promise<void> {
  platform.log.error({ worker: worker.name }, 'another process has taken over the name of this worker')
  await alertsOf(platform, worker).nameTaken()
  try {
    await Promise.all([stopConsumers(consumers), runner.stop(0)])
    await keeper.stop()
    await within(step.idle(), KILL_GRACE_MS)
  } catch (error) {
    platform.log.error({ err: error }, 'giving way failed; what is held is killed when its lease ends')
  }
}

/**
 * Takes the worker's name, and ends what earlier processes of that name left running where they are known to be gone
 * with their actions. What another machine holds, or a process that lives, ends with its lease.
 */
async function takeOver(
  platform: Platform,
  machine: Machine,
): Promise<{ worker: Worker; claimant: ClaimingWorker }> {
  const { database, settings, log } = platform
  const instance = randomUUID()
  const lease_seconds = settings.worker.heartbeat_interval * MISSED_HEARTBEATS
  const worker = await registerNamed(
    database,
    {
      worker_type: settings.worker.worker_type as Worker['worker_type'], // the settings schema allows just these
      worker_role: 'action',
      host: hostname(),
      instance,
      capabilities: await capabilitiesOf(platform, machine),
    },
    { given: settings.worker.name, kind: 'worker', silence_seconds: lease_seconds },
  )
  const claimant = { worker: worker.id, instance, lease_seconds }
  const earlier = await earlierInstances(database, claimant)
  const known = await Promise.all(earlier.map((one) => isGone(platform.folders.work, one, PREDECESSOR_MS)))
  const gone = earlier.filter((_, index) => known[index])
  const lost = await database.transaction(
    async (tx) => (await abandonGone(tx, claimant, gone)) + (await cancelGone(tx, claimant, gone)),
  )
  if (lost > 0) log.warn({ executions: lost }, 'ended what an earlier process of this worker left running')
  return { worker, claimant }
}

type Consuming = Pick<Parts, 'worker' | 'step' | 'keeper'> & { machine: Machine }

async function consume(
  platform: Platform,
  { worker, machine, step, keeper }: Consuming,
): Promise<Consumer[]> {
  const lookAround = async (tx: Transaction) => {
    await workers.setCapabilities(tx, worker.id, await capabilitiesOf(platform, machine))
  }
  const tend = (tx: Transaction, packs: Parameters<EnvironmentKeeper['tend']>[0]) =>
    tx.afterCommit(() => keeper.tend(packs))
  const consumers: Consumers<'worker'> = {
    workerExecutions: { ExecutionDispatched: step.dispatchesToRuns },
    workerCancels: { ExecutionCancelRequested: step.cancelsToStops },
    workerPacks: {
      async PackRegistered(tx, messages) {
        await lookAround(tx)
        tend(
          tx,
          messages.map(({ pack_id }) => pack_id),
        )
      },
      async PackBuildRequested(tx, messages) {
        tend(
          tx,
          messages.map(({ pack_id }) => pack_id),
        )
      },
      async RuntimeChanged(tx) {
        await lookAround(tx)
        tend(tx, 'all')
      },
      async PackDeleted(tx, messages) {
        await dropEnvironments(tx, messages, platform)
        await lookAround(tx)
        tx.afterCommit(() => keeper.changed())
      },
    },
  }
  const names = { worker_id: worker.id }
  const started = await startConsumers(platform, consumers, names, {
    workerExecutions: { capacity: step.capacity },
  })
  const dispatches = started.find((consumer) => consumer.key === 'workerExecutions')
  if (dispatches !== undefined) step.takeFrom(dispatches)
  return started
}

function createRunner(
  { settings, folders, api_url, log, accounts }: Platform,
  { instance }: ClaimingWorker,
  environments: EnvironmentKeeper,
): Promise<ActionRunner> {
  return createActionRunner({
    packs_base_dir: folders.packs,
    runtime_envs_dir: folders.runtime_envs,
    artifacts_dir: folders.artifacts,
    work_dir: folders.work,
    instance,
    api_url: api_url(),
    max_stdout_bytes: settings.worker.max_stdout_bytes,
    max_stderr_bytes: settings.worker.max_stderr_bytes,
    max_result_bytes: settings.limits.inline_value_bytes,
    env_passthrough: settings.worker.env_passthrough,
    accounts,
    environments,
    log: (message) => log.warn(message),
  })
}

/** What there is here. Where environments lie is told too: the API says then which are to be built. */
async function capabilitiesOf(platform: Platform, machine: Machine): Promise<JsonObject> {
  const capabilities = {
    ...(await lookForCapabilities(platform)),
    environments: { volume: machine.volume, path: platform.folders.runtime_envs },
  }
  machine.offer = offerOf(capabilities)
  return capabilities
}

async function lookForCapabilities(platform: Platform): Promise<JsonObject> {
  const { settings, folders } = platform
  await mkdir(folders.artifacts, { recursive: true })
  const { labels, taints, max_concurrent_tasks } = settings.worker
  return {
    ...(await runtimesHere(platform)),
    max_concurrent_executions: max_concurrent_tasks,
    worker_version: VERSION,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(taints.length > 0 ? { taints: taints.map((taint) => ({ ...taint })) } : {}),
  }
}

/** Found out as one of whom actions run as. */
async function runtimesHere({ database, accounts }: Platform) {
  const rows = await detectable(database)
  const account = await accounts.take()
  try {
    return await detectRuntimes(rows, undefined, account)
  } finally {
    void accounts.giveBack(account)
  }
}

/** Gives back what was dispatched here and not begun; another worker, or this one's next process, gets it. */
async function handBack({ database }: Platform, claimant: ClaimingWorker): Promise<void> {
  await database.transaction(async (tx) => publishRequested(tx, await giveBack(tx, claimant)))
}
