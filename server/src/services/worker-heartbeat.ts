import { heldUntil, type WorkerStep } from '../pipeline/4-worker-to-result.ts'
import type { ActionRunner } from '../action-runner/run.ts'
import { type ClaimingWorker, renewLeases } from '../domain/flow/execution/transitions.ts'
import { outageText } from '../database/outage.ts'
import * as workers from '../domain/flow/worker/queries.ts'
import type { Worker } from '../domain/flow/worker/worker.ts'
import type { Platform } from './platform.ts'

export type Heartbeat = {
  trouble(): string | undefined
  /** From now on it only keeps what is held: a worker that stops is not offered work. */
  retire(): void
  stop(): Promise<void>
}

type HeartbeatOptions = {
  worker: Worker
  claimant: ClaimingWorker
  step: WorkerStep
  runner: ActionRunner
  /** Another process has the name now. */
  onTakenOver(): void
}

/**
 * Says regularly that this worker lives, keeps what it holds, and learns what is to be cancelled or is its own no
 * more. It has a connection of its own, so that a pool that is busy does not cost a lease.
 */
export function startHeartbeat({ database, settings, log }: Platform, options: HeartbeatOptions): Heartbeat {
  const { worker, claimant, step, runner } = options
  const intervalMs = settings.worker.heartbeat_interval * 1000
  const own = database.apart(intervalMs)
  let trouble: string | undefined
  let retired = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let beating = Promise.resolve()

  async function beat(): Promise<void> {
    await keepHeld()
    if (retired) return
    const queue_depth = settings.worker.max_concurrent_tasks - step.capacity()
    const health = { status: 'healthy', queue_depth } as const
    const mine = await workers.heartbeat(own, worker.id, claimant.instance, health)
    if (mine || retired || stopped) return void (trouble = undefined)
    trouble = `Another process has taken over the name ${worker.name}; give each worker a name of its own`
    retired = true
    options.onTakenOver()
  }

  async function keepHeld(): Promise<void> {
    const held = step.held()
    if (held.length === 0) return
    const until = heldUntil(claimant)
    const renewed = await renewLeases(own, claimant, held)
    runner.hold(
      renewed.map(({ id }) => id),
      until,
    )
    for (const { id, status } of renewed) if (status === 'canceling') runner.cancel(id)
    const mine = new Set(renewed.map(({ id }) => id))
    runner.drop(held.filter((id) => !mine.has(id)))
  }

  function schedule(): void {
    timer = setTimeout(() => {
      beating = beat()
        .catch((error: unknown) => {
          trouble = `No heartbeat: ${outageText(error)}`
          log.warn({ error: outageText(error) }, 'heartbeat failed')
        })
        .finally(() => !stopped && schedule())
    }, intervalMs)
  }
  schedule()

  return {
    trouble: () => trouble,
    retire: () => void (retired = true),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await beating
      await own.close()
    },
  }
}
