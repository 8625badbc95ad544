import { CompiledRules } from '../domain/rule/compiled.ts'
import type { Consumers } from '../messages/consume.ts'
import { eventsToEnforcements } from '../pipeline/1-event-to-enforcement.ts'
import { startSensorHost } from '../sensor-runner/host.ts'
import { deafness, startConsumers, stopConsumers } from './consumers.ts'
import type { Platform, RunningService } from './platform.ts'

/** Matches events with rules, and keeps the sensor processes that produce events. */
export async function startSensor(platform: Platform): Promise<RunningService> {
  const { transport, cipher } = platform
  const log = platform.log.child({ role: 'sensor' })
  const host = await startSensorHost(platform)
  const consumers: Consumers<'sensor'> = {
    events: { EventCreated: eventsToEnforcements({ rules: new CompiledRules(), cipher, log }) },
    ruleLifecycle: {
      RuleCreated: host.changed,
      RuleEnabled: host.changed,
      RuleDisabled: host.changed,
      RuleDeleted: host.changed,
      PackRegistered: host.changed,
    },
  }
  const started = await startConsumers(transport, consumers, { instance: host.instance })
  return {
    name: 'sensor',
    trouble: () => host.trouble() ?? deafness(started),
    async stop() {
      await host.stop()
      await stopConsumers(started)
    },
  }
}
