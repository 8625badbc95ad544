import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import { alertedAndWell, deactivateSilent, type SilentWorker } from '../domain/flow/worker/silence.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

/** Marks workers inactive whose heartbeat has stopped; the next heartbeat makes them active again. */
export function retireSilentWorkers({
  interval_seconds,
  worker_silence_seconds: seconds,
}: Pick<Limits, 'interval_seconds' | 'worker_silence_seconds'>): Sweep {
  return {
    name: 'retire_silent_workers',
    interval_seconds,
    async run(tx) {
      const silent = await deactivateSilent(tx, seconds)
      return {
        done: silent.length,
        sightings: silent.filter(({ cordoned }) => !cordoned).map(sightingOf),
        cleared: await alertedAndWell(tx, seconds),
        corrections: silent.map(({ id, name, last_heartbeat }) => ({
          resource_type: 'worker',
          resource_id: id,
          resource_ref: 'silent_worker_retired',
          details: { name, last_heartbeat, previous_status: 'active', new_status: 'inactive' },
        })),
      }
    },
  }
}

function sightingOf({ id, name, worker_role, last_heartbeat }: SilentWorker): AlertOccurrence {
  const kind = last_heartbeat === null ? 'missing_heartbeat' : 'stale_heartbeat'
  const since =
    last_heartbeat === null ? 'has never sent a heartbeat' : `has been silent since ${last_heartbeat}`
  return {
    correlation_id: `worker:${id}:${kind}`,
    severity: 'error',
    category: 'worker_health',
    failure_type: `worker_${kind}`,
    component_type: 'worker',
    component_id: id,
    component_ref: name,
    worker_role,
    summary: `The worker ${name} ${since} and gets no more work. Restart it, or cordon it if it is meant to be away.`,
    details: { last_heartbeat },
  }
}
