import { findUnfollowed } from '../domain/flow/execution/overdue.ts'
import { publishCompleted } from '../domain/flow/execution/move.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Limits } from './limits.ts'
import { claimRedrives } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Says ExecutionCompleted again for executions that ended badly with tries left and were not tried again. */
export function redriveCompletions({ interval_seconds, redrive_after_seconds, batch }: Limits): Sweep {
  return {
    name: 'redrive_completions',
    interval_seconds,
    async run(tx) {
      if (!(await outboxFlows(tx))) return 0
      const found = await findUnfollowed(tx, redrive_after_seconds, batch)
      const lost = await claimRedrives(tx, 'completion', found, redrive_after_seconds)
      await publishCompleted(tx, lost)
      return {
        done: lost.length,
        repaired: `${lost.length} ends of executions were not followed up in time and were said again. Check that an executor runs and its queue is read.`,
        details: { first: lost[0]?.id ?? null },
      }
    },
  }
}
