import type { Database } from '../database/database.ts'
import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import { raise } from '../domain/watch/alert/raise.ts'
import type { ActiveSensor } from '../domain/definition/sensor/active.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'

/** Losses of so long are reported together: a sensor that cannot deliver says so with every event. */
const GATHER_MS = 5000

export type LostEvents = {
  /** A sensor says that so many of its events will not arrive. */
  add(sensor: Pick<ActiveSensor, 'id' | 'ref'>, events: number): void
  /** Reports what was not reported yet. */
  stop(): Promise<void>
}

type Deps = {
  database: Database
  log: Log
  metrics: Pick<Metrics, 'eventsLost' | 'alerted'>
  cooldown_seconds: number
}

/** Events that sensors lose are counted, and an alert for each sensor. What the database does not take is reported again. */
export function createLostEvents({ database, log, metrics, cooldown_seconds }: Deps): LostEvents {
  const unreported = new Map<number, { ref: string; events: number }>()
  let timer: NodeJS.Timeout | undefined

  async function report(): Promise<void> {
    timer = undefined
    const sightings = [...unreported].map(([id, { ref, events }]) => sightingOf(id, ref, events))
    if (sightings.length === 0) return
    try {
      const announced = await database.transaction((tx) => raise(tx, sightings, cooldown_seconds))
      for (const { failure_type } of announced) metrics.alerted(failure_type, 1)
      for (const { component_id = 0 } of sightings) unreported.delete(component_id)
    } catch (error) {
      log.warn({ error: String(error) }, 'lost events of sensors not reported yet')
      schedule()
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => void report(), GATHER_MS)
  }

  return {
    add({ id, ref }, events) {
      metrics.eventsLost(ref, events)
      unreported.set(id, { ref, events: (unreported.get(id)?.events ?? 0) + events })
      schedule()
    },
    async stop() {
      clearTimeout(timer)
      await report()
      clearTimeout(timer)
    },
  }
}

function sightingOf(id: number, ref: string, events: number): AlertOccurrence {
  return {
    correlation_id: `sensor:${id}:events_lost`,
    severity: 'error',
    category: 'sensor_process_health',
    failure_type: 'sensor_events_lost',
    component_type: 'sensor',
    component_id: id,
    component_ref: ref,
    worker_role: 'sensor',
    summary: `The sensor ${ref} lost ${events} ${events === 1 ? 'event' : 'events'}: its log says why. Bring the API back, or let it take more.`,
    details: { events_lost: events },
  }
}
