import { findOverdue, publishDeferred } from '../domain/flow/event/deferred.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Limits } from './limits.ts'
import { claimRedrives } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Says EventDeferred again for events whose deferred rules were not decided although it was their turn. */
export function redriveDeferred({ interval_seconds, redrive_after_seconds, batch }: Limits): Sweep {
  return {
    name: 'redrive_deferred',
    interval_seconds,
    async run(tx) {
      if (!(await outboxFlows(tx))) return 0
      const found = await findOverdue(tx, redrive_after_seconds, batch)
      const lost = await claimRedrives(tx, 'deferred', found, redrive_after_seconds)
      await publishDeferred(
        tx,
        lost.map((event) => ({ ...event, delay_ms: 0 })),
      )
      return {
        done: lost.length,
        repaired: `${lost.length} events had rules in the slow lane that were not decided in time, and were said again. Check that a sensor role runs and its queue is read.`,
        details: { first: lost[0]?.id ?? null },
      }
    },
  }
}
