import { findUnresolved, publishCreated } from '../domain/flow/enforcement/queries.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Limits } from './limits.ts'
import { claimRedrives } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Says EnforcementCreated again for enforcements that nobody resolved. */
export function redriveEnforcements({ interval_seconds, redrive_after_seconds, batch }: Limits): Sweep {
  return {
    name: 'redrive_enforcements',
    interval_seconds,
    async run(tx) {
      if (!(await outboxFlows(tx))) return 0
      const found = await findUnresolved(tx, redrive_after_seconds, batch)
      const lost = await claimRedrives(tx, 'enforcement', found, redrive_after_seconds)
      await publishCreated(tx, lost)
      return {
        done: lost.length,
        repaired: `${lost.length} enforcements were not resolved in time and were said again. Check that an executor runs and its queue is read.`,
        details: { first: lost[0]?.id ?? null },
      }
    },
  }
}
