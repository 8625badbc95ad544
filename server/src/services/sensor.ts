import type { Transaction } from '../database/database.ts'
import type { WorkerOffer } from '../domain/flow/execution/worker-profile.ts'
import { emptyLedger } from '../domain/definition/matching/debt.ts'
import { volumeOf } from '../environment-builder/disk.ts'
import type { Id } from '../id.ts'
import type { Consumers } from '../messages/consume.ts'
import { deferredEventsToEnforcements } from '../pipeline/1-deferred-event-to-enforcement.ts'
import { eventsToEnforcements } from '../pipeline/1-event-to-enforcement.ts'
import { SensorHost } from '../sensor-runner/host.ts'
import { missingConsumers, startConsumers, stopConsumers } from './consumers.ts'
import { startKeeper } from './pack-environments.ts'
import { openEvaluator } from './evaluator.ts'
import type { Platform, RunningService } from './platform.ts'

/** Sensors run by their runtimes as these are: nobody looks for versions here. */
const nothing: WorkerOffer = { runtimes: new Set(), versions: new Map(), detected: new Map() }

/** In the slow lane every event has a transaction of its own: it holds up nothing but itself. */
const limits = { deferredEvents: { max_batch: 1 } }

/** Matches events with rules, and keeps the sensor processes that produce events. */
export async function startSensor(platform: Platform): Promise<RunningService> {
  const { cipher } = platform
  const log = platform.log.child({ role: 'sensor' })
  const volume = await volumeOf(platform.folders.runtime_envs)
  const host = await SensorHost.start(platform, (builder) =>
    startKeeper(platform, { builder, volume, offer: () => nothing }),
  )
  const ledger = emptyLedger(platform.settings.evaluation.lane_ms)
  const evaluator = openEvaluator(platform, { ledger, defers: true })
  const slow = openEvaluator(platform, { ledger, defers: false })
  await evaluator.warm()
  const changed = (tx: Transaction) => host.changed(tx)
  const switched = (tx: Transaction, batch: readonly { rule_id: Id<'rule'> }[]) => {
    for (const { rule_id } of batch) for (const one of [evaluator, slow]) one.reset(rule_id)
    return host.changed(tx)
  }
  const consumers: Consumers<'sensor'> = {
    events: { EventCreated: eventsToEnforcements({ evaluator, ledger, cipher, log }) },
    deferredEvents: {
      EventDeferred: deferredEventsToEnforcements({ evaluator: slow, ledger, cipher, log }),
    },
    ruleLifecycle: {
      RuleCreated: changed,
      RuleEnabled: switched,
      RuleDisabled: changed,
      RuleDeleted: changed,
      SensorChanged: changed,
      TriggerChanged: changed,
      RuntimeChanged: changed,
      PackRegistered: changed,
      // The rows of its sensors and rules are gone: looking at the database stops them.
      PackDeleted: changed,
    },
  }
  const started = await startConsumers(platform, consumers, { instance: host.instance }, limits)
  log.info({ worker: host.name }, 'sensor host ready')
  return {
    name: 'sensor',
    trouble: () => host.trouble() ?? missingConsumers(started),
    async stop() {
      await host.stop()
      await stopConsumers(started)
      await Promise.all([evaluator.close(), slow.close()])
    },
  }
}
