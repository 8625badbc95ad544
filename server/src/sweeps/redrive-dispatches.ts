import type { Transaction } from '../database/database.ts'
import { publishRequested } from '../domain/flow/execution/create.ts'
import { findHolders, findUnclaimed, type DispatchHolder } from '../domain/flow/execution/overdue.ts'
import { publishDispatched } from '../domain/flow/execution/transitions.ts'
import { failUntaken, takeBack } from '../domain/flow/execution/recovery.ts'
import { judgeHolder, type UnclaimedVerdict } from '../domain/flow/execution/unclaimed.ts'
import { outboxFlows } from '../messages/rabbitmq/outbox-backlog.ts'
import { correctedExecutions } from './correct.ts'
import type { Limits } from './limits.ts'
import { claimRedrives } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/**
 * Sees to executions that their worker has not begun: a busy worker is left its queue, one with room is told again,
 * and what a worker that is gone had is placed anew.
 */
export function redriveDispatches(limits: Limits): Sweep {
  const { interval_seconds, scheduled_timeout_seconds: seconds, batch: limit } = limits
  return {
    name: 'redrive_dispatches',
    interval_seconds,
    async run(tx) {
      const holders = await findHolders(tx, seconds)
      const of = (verdict: UnclaimedVerdict) => holders.filter((holder) => judgeHolder(holder) === verdict)

      const taken = await takeBack(tx, idsOf(of('take_back')), { seconds, limit })
      await publishRequested(tx, taken)
      const silent = of('say_again')
      const failed = await failUntaken(tx, idsOf(silent), {
        seconds: limits.execution_remediation_seconds,
        limit,
      })
      const told = await tellAgain(tx, silent, limits)
      return {
        done: taken.length + failed.length + told,
        repaired: `Executions were not begun in time: ${told} were dispatched again, ${taken.length} taken back from workers that are gone, ${failed.length} failed. Check their workers.`,
        details: { told, taken_back: taken.length, failed: failed.length },
        corrections: [
          ...correctedExecutions(taken, 'scheduled'),
          ...correctedExecutions(failed, 'scheduled'),
        ],
      }
    },
  }
}

const idsOf = (holders: readonly DispatchHolder[]) => holders.map(({ id }) => id)

async function tellAgain(
  tx: Transaction,
  workers: readonly DispatchHolder[],
  limits: Limits,
): Promise<number> {
  if (!(await outboxFlows(tx))) return 0
  const { scheduled_timeout_seconds: seconds, batch } = limits
  let told = 0
  for (const { id } of workers) {
    const limit = batch - told
    if (limit <= 0) break
    const found = await findUnclaimed(tx, id, { seconds, limit })
    const lost = await claimRedrives(tx, 'dispatch', found, seconds)
    await publishDispatched(tx, lost)
    told += lost.length
  }
  return told
}
