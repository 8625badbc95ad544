import type { Database } from '../database/database.ts'
import type { ActiveSensor } from '../domain/definition/sensor/active.ts'
import type { Worker } from '../domain/flow/worker/worker.ts'
import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import { clear, raise } from '../domain/watch/alert/raise.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'

/** What people are told of who has which name, and which sensors. */
export type HostAlerts = {
  nameTaken(): Promise<void>
  nameFree(): Promise<void>
  /** A sensor is this host's now because the lease of another ran out. */
  takenOver(sensor: Pick<ActiveSensor, 'id' | 'ref'>, from: string): Promise<void>
}

type Deps = {
  database: Database
  log: Log
  metrics: Pick<Metrics, 'alerted'>
  cooldown_seconds: number
  worker: Pick<Worker, 'id' | 'name' | 'worker_role'>
}

export function createHostAlerts({ database, log, metrics, cooldown_seconds, worker }: Deps): HostAlerts {
  const setting = worker.worker_role === 'sensor' ? 'sensor.worker_name' : 'worker.name'
  const name = `worker:${worker.id}:name_taken`

  /** The database may be what is in trouble: the log has said it then. */
  async function tell(sighting: AlertOccurrence): Promise<void> {
    try {
      const announced = await database.transaction((tx) => raise(tx, [sighting], cooldown_seconds))
      for (const { failure_type } of announced) metrics.alerted(failure_type, 1)
    } catch (error) {
      log.warn({ error: String(error) }, `not told: ${sighting.summary}`)
    }
  }

  return {
    nameTaken: () =>
      tell({
        correlation_id: name,
        severity: 'error',
        category: 'worker_name',
        failure_type: 'worker_name_taken',
        component_type: 'worker',
        component_id: worker.id,
        component_ref: worker.name,
        worker_role: worker.worker_role,
        summary: `Two processes call themselves ${worker.name}: the later one has its work, the earlier one has ended that and waits. Give each a name of its own by ${setting}, or none.`,
      }),
    async nameFree() {
      await clear(database, [name]).catch((error: unknown) =>
        log.warn({ error: String(error) }, 'alert not cleared'),
      )
    },
    takenOver: ({ id, ref }, from) =>
      tell({
        correlation_id: `sensor:${id}:taken_over`,
        severity: 'warning',
        category: 'sensor_owner',
        failure_type: 'sensor_taken_over',
        component_type: 'sensor',
        component_id: id,
        component_ref: ref,
        worker_role: 'sensor',
        summary: `The sensor ${ref} runs on ${worker.name} now: ${from} did not renew its lease. See whether ${from} lives and reaches the database.`,
        details: { from, to: worker.name },
      }),
  }
}
