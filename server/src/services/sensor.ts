import type { Transaction } from '../database/database.ts'
import { CompiledRules } from '../domain/rule/compiled.ts'
import type { Consumers } from '../messages/consume.ts'
import { eventsToEnforcements } from '../pipeline/1-event-to-enforcement.ts'
import { SensorHost } from '../sensor-runner/host.ts'
import { deafness, startConsumers, stopConsumers } from './consumers.ts'
import type { Platform, RunningService } from './platform.ts'

/** Matches events with rules, and keeps the sensor processes that produce events. */
export async function startSensor(platform: Platform): Promise<RunningService> {
  const { cipher } = platform
  const log = platform.log.child({ role: 'sensor' })
  const host = await SensorHost.start(platform)
  const changed = (tx: Transaction) => host.changed(tx)
  const consumers: Consumers<'sensor'> = {
    events: { EventCreated: eventsToEnforcements({ rules: new CompiledRules(cipher), cipher, log }) },
    ruleLifecycle: {
      RuleCreated: changed,
      RuleEnabled: changed,
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
  const started = await startConsumers(platform, consumers, { instance: host.instance })
  return {
    name: 'sensor',
    trouble: () => host.trouble() ?? deafness(started),
    async stop() {
      await host.stop()
      await stopConsumers(started)
    },
  }
}
