import { abandonExpired, cancelExpired } from '../domain/flow/execution/recovery.ts'
import type { Sweep } from './sweep.ts'

const BATCH = 100

/** Ends executions whose worker stopped answering: nobody else will write their end. */
export function abandonLost(intervalSeconds: number): Sweep {
  return {
    name: 'abandon_lost',
    interval_seconds: intervalSeconds,
    run: async (tx) => (await abandonExpired(tx, BATCH)) + (await cancelExpired(tx, BATCH)),
  }
}
