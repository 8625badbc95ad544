import { publishRequested } from '../domain/flow/execution/create.ts'
import { findUnplaced } from '../domain/flow/execution/overdue.ts'
import { releaseHalfPlaced } from '../domain/flow/execution/recovery.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import { correctedExecutions } from './correct.ts'
import type { Limits } from './limits.ts'
import { claimRedrives } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** A claim of one scheduler lasts no longer. */
const SCHEDULING_SECONDS = 30

/** Says ExecutionRequested again for executions that nobody placed, those left alone that wait rightly. */
export function redriveRequests({ interval_seconds, redrive_after_seconds, batch }: Limits): Sweep {
  return {
    name: 'redrive_requests',
    interval_seconds,
    async run(tx) {
      if (!(await outboxFlows(tx))) return 0
      const found = await findUnplaced(tx, redrive_after_seconds, batch)
      const lost = await claimRedrives(tx, 'execution', found, redrive_after_seconds)
      await publishRequested(tx, lost)
      return {
        done: lost.length,
        repaired: `${lost.length} executions were not placed in time and were said again. Check that an executor runs and its queue is read.`,
        details: { first: lost[0]?.id ?? null },
      }
    },
  }
}

/** Brings back what a hand left half way to a worker. */
export function releaseHalfWay({ interval_seconds, batch }: Limits): Sweep {
  return {
    name: 'release_half_placed',
    interval_seconds,
    async run(tx) {
      const released = await releaseHalfPlaced(tx, { seconds: SCHEDULING_SECONDS, limit: batch })
      await publishRequested(tx, released)
      return {
        done: released.length,
        repaired: `${released.length} executions were half way to a worker and are placed anew. No step of Attune leaves them so; look for who writes execution.status.`,
        corrections: correctedExecutions(released, 'scheduling'),
      }
    },
  }
}
