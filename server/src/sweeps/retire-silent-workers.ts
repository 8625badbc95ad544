import { deactivateSilent } from '../domain/worker/queries.ts'
import type { Sweep } from './sweep.ts'

/** Marks workers inactive whose heartbeat has stopped; the next heartbeat makes them active again. */
export function retireSilentWorkers(intervalSeconds: number): Sweep {
  return { name: 'retire_silent_workers', interval_seconds: intervalSeconds, run: deactivateSilent }
}
