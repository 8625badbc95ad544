import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { detectRuntimes } from '../action-runner/detect-runtimes.ts'
import { type ActionRunner, createActionRunner } from '../action-runner/run.ts'
import { sayRequested } from '../domain/execution/create.ts'
import {
  abandonEarlierInstances,
  type Claimant,
  giveBack,
  renewLeases,
} from '../domain/execution/transitions.ts'
import { createSchemaCache } from '../domain/parameter-schema/cache.ts'
import { detectable } from '../domain/runtime/detectable.ts'
import * as workers from '../domain/worker/queries.ts'
import type { Worker } from '../domain/worker/worker.ts'
import type { JsonObject } from '../json.ts'
import type { Consumers } from '../messages/consume.ts'
import type { Consumer } from '../messages/transport.ts'
import { createWorkerStep, type WorkerStep } from '../pipeline/4-worker-to-result.ts'
import { VERSION } from '../version.ts'
import { deafness, startConsumers, stopConsumers } from './consumers.ts'
import type { Platform, RunningService } from './platform.ts'

/** Lets an end that the runner has just reported reach the database. */
const KILL_GRACE_MS = 5000

/** Registers as a worker, takes dispatches and runs their actions. */
export async function startWorker(shared: Platform): Promise<RunningService> {
  const platform = { ...shared, log: shared.log.child({ role: 'worker' }) }
  const { worker, claimant } = await takeOver(platform)
  const runner = await createRunner(platform)
  const step = createWorkerStep({
    ...platform,
    runner,
    claimant,
    schemas: createSchemaCache(),
    max_concurrent_tasks: platform.settings.worker.max_concurrent_tasks,
    task_timeout: platform.settings.worker.task_timeout,
    inline_limit_bytes: platform.settings.limits.inline_value_bytes,
  })
  const started = await consume(platform, worker, step)
  const heart = startHeartbeat(platform, worker, claimant, step)
  platform.log.info({ worker: worker.name, worker_id: worker.id }, 'worker ready')

  return {
    name: 'worker',
    trouble: () => heart.trouble() ?? deafness(started),
    async stop() {
      await stopConsumers(started)
      await handBack(platform, claimant)
      await waitFor(step.idle(), platform.settings.worker.shutdown_timeout * 1000)
      await runner.stop(0)
      await waitFor(step.idle(), KILL_GRACE_MS)
      heart.stop()
      await workers.deactivate(platform.database, worker.id, claimant.instance)
    },
  }
}

/** Takes the worker's name and ends what an earlier process of that name left running. */
async function takeOver(platform: Platform): Promise<{ worker: Worker; claimant: Claimant }> {
  const { database, settings, log } = platform
  const instance = randomUUID()
  const worker = await workers.register(database, {
    name: settings.worker.name ?? `worker-${hostname()}`,
    worker_type: settings.worker.worker_type as Worker['worker_type'], // the settings schema allows just these
    worker_role: 'action',
    host: hostname(),
    instance,
    capabilities: await capabilitiesOf(platform),
  })
  const claimant = { worker: worker.id, instance, lease_seconds: settings.worker.heartbeat_interval * 3 }
  const lost = await database.transaction((tx) => abandonEarlierInstances(tx, claimant))
  if (lost > 0) log.warn({ executions: lost }, 'ended what an earlier process of this worker left running')
  return { worker, claimant }
}

async function consume(platform: Platform, worker: Worker, step: WorkerStep): Promise<Consumer[]> {
  const consumers: Consumers<'worker'> = {
    workerExecutions: { ExecutionDispatched: step.dispatchesToRuns },
    workerPacks: {
      async PackRegistered(tx) {
        await workers.setCapabilities(tx, worker.id, await capabilitiesOf(platform))
      },
    },
  }
  const names = { worker_id: worker.id }
  const started = await startConsumers(platform, consumers, names, {
    workerExecutions: { capacity: step.capacity, acts_outside: true },
  })
  const dispatches = started.find((consumer) => consumer.key === 'workerExecutions')
  if (dispatches !== undefined) step.takeFrom(dispatches)
  return started
}

function createRunner({ settings, folders, api_url, log }: Platform): Promise<ActionRunner> {
  return createActionRunner({
    packs_base_dir: folders.packs,
    runtime_envs_dir: folders.runtime_envs,
    artifacts_dir: folders.artifacts,
    work_dir: folders.work,
    api_url: api_url(),
    max_stdout_bytes: settings.worker.max_stdout_bytes,
    max_stderr_bytes: settings.worker.max_stderr_bytes,
    env_passthrough: settings.worker.env_passthrough,
    log: (message) => log.warn(message),
  })
}

async function capabilitiesOf({ database, settings, folders }: Platform): Promise<JsonObject> {
  await mkdir(folders.artifacts, { recursive: true })
  const { labels, taints, max_concurrent_tasks } = settings.worker
  return {
    ...(await detectRuntimes(await detectable(database))),
    max_concurrent_executions: max_concurrent_tasks,
    worker_version: VERSION,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(taints.length > 0 ? { taints: taints.map((taint) => ({ ...taint })) } : {}),
  }
}

/** Gives back what was dispatched here and not begun; another worker, or this one's next process, gets it. */
async function handBack({ database }: Platform, claimant: Claimant): Promise<void> {
  await database.transaction(async (tx) => sayRequested(tx, await giveBack(tx, claimant)))
}

/** Says regularly that this worker lives, and keeps the leases of what it runs. */
function startHeartbeat(platform: Platform, worker: Worker, claimant: Claimant, step: WorkerStep) {
  const { database, settings, log } = platform
  let trouble: string | undefined
  async function beat(): Promise<void> {
    try {
      const health = {
        status: 'healthy',
        queue_depth: settings.worker.max_concurrent_tasks - step.capacity(),
      }
      const mine = await workers.beat(database, worker.id, claimant.instance, health)
      await renewLeases(database, claimant, step.held())
      trouble = mine ? undefined : `Another process has taken over the name ${worker.name}`
    } catch (error) {
      trouble = `No heartbeat: ${error instanceof Error ? error.message : String(error)}`
      log.warn({ error: String(error) }, 'heartbeat failed')
    }
  }
  const timer = setInterval(() => void beat(), settings.worker.heartbeat_interval * 1000)
  return { trouble: () => trouble, stop: () => clearInterval(timer) }
}

async function waitFor(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    work,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    }),
  ])
  clearTimeout(timer)
}
