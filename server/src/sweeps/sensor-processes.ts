import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import {
  alertedAndWell,
  type FailingSensor,
  noteAlerted,
  stopOrphans,
} from '../domain/definition/sensor/lost.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

/** Failures in a row from which on a person is told. */
const MANY = 3

/** Marks sensor processes stopped whose host let its lease run out: another host may start the sensor. */
export function stopOrphanedSensors({ interval_seconds, batch }: Limits): Sweep {
  return {
    name: 'stop_orphaned_sensors',
    interval_seconds,
    async run(tx) {
      const stopped = await stopOrphans(tx, batch)
      return {
        done: stopped.length,
        repaired: `${stopped.length} sensor processes had lost their host and count as stopped. Check the sensor hosts that are silent.`,
        corrections: stopped.map(({ id, sensor_ref, worker_name }) => ({
          resource_type: 'sensor_process',
          resource_id: id,
          resource_ref: 'orphaned_sensor_process_stopped',
          details: { sensor_ref, worker_name, new_status: 'stopped' },
        })),
      }
    },
  }
}

/** Tells of sensors that keep failing, once for each further failure. */
export function reportFailingSensors({ interval_seconds }: Limits): Sweep {
  return {
    name: 'report_failing_sensors',
    interval_seconds,
    async run(tx) {
      const failing = await noteAlerted(tx, MANY)
      return { done: 0, sightings: failing.map(sightingOf), news: true, cleared: await alertedAndWell(tx) }
    },
  }
}

function sightingOf(failing: FailingSensor): AlertOccurrence {
  const { sensor, sensor_ref, worker, worker_name, consecutive_failures, stderr_excerpt } = failing
  return {
    correlation_id: `sensor:${sensor}:worker:${worker}:repeated_failure`,
    severity: 'error',
    category: 'sensor_process_health',
    failure_type: 'sensor_process_repeated_failure',
    component_type: 'sensor',
    component_id: sensor,
    component_ref: sensor_ref,
    worker_role: 'sensor',
    summary: `The sensor ${sensor_ref} has failed ${consecutive_failures} times in a row on ${worker_name}. Read its last words in the details and mend it, or disable it.`,
    details: {
      worker,
      consecutive_failures,
      last_exit_code: failing.last_exit_code,
      last_signal: failing.last_signal,
      next_restart_at: failing.next_restart_at,
      stderr_excerpt,
    },
  }
}
