import { createSchemaCache } from '../domain/schema/cache.ts'
import type { Consumers } from '../messages/consume.ts'
import { enforcementsToExecutions } from '../pipeline/2-enforcement-to-execution.ts'
import { executionsToWorkers } from '../pipeline/3-execution-to-worker.ts'
import { resultsToNext } from '../pipeline/5-result-to-next.ts'
import { sweepsOf } from '../sweeps/all.ts'
import { startSweeps } from '../sweeps/sweep.ts'
import { missingConsumers, startConsumers, stopConsumers } from './consumers.ts'
import type { Platform, RunningService } from './platform.ts'

/** Turns enforcements into executions, places them, follows up their ends, and repairs what got lost. */
export async function startExecutor(platform: Platform): Promise<RunningService> {
  const { database, settings, log, metrics } = platform
  const { placement_grace, sweep_interval } = settings.executor
  const consumers: Consumers<'executor'> = {
    enforcements: { EnforcementCreated: enforcementsToExecutions },
    executionRequests: {
      ExecutionRequested: executionsToWorkers({ schemas: createSchemaCache(), placement_grace }),
    },
    executionCompleted: { ExecutionCompleted: resultsToNext },
  }
  const started = await startConsumers(platform, consumers, {})
  const { batch_size: batch, alert_cooldown_seconds, ...deadlines } = settings.maintenance
  const sweeps = sweepsOf({ ...deadlines, batch, interval_seconds: sweep_interval })
  const sweeper = startSweeps(
    { database, metrics, log: log.child({ role: 'executor' }), alert_cooldown_seconds },
    Object.values(sweeps),
  )
  return {
    name: 'executor',
    trouble: () => missingConsumers(started),
    async stop() {
      await sweeper.stop()
      await stopConsumers(started)
    },
  }
}
