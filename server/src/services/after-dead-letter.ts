import { endExecution } from '../domain/watch/dead-letter/end-execution.ts'
import { alertOfGrowth } from '../domain/watch/dead-letter/growth.ts'
import type { AfterDeadLetter } from '../messages/dead-letter.ts'
import { queueDefinition } from '../messages/queues.ts'
import { queueNamed } from '../messages/routing.ts'
import type { Metrics } from '../observe/metrics.ts'

/** What follows when a message is put aside: its execution ends, an alert tells of it, and it is counted. */
export function createAfterDeadLetter(
  metrics: Pick<Metrics, 'deadLettered' | 'alerted'>,
  alertCooldownSeconds: number,
): AfterDeadLetter {
  return async (tx, letter) => {
    await endExecution(tx, letter)
    const announced = await alertOfGrowth(tx, letter, alertCooldownSeconds)
    tx.afterCommit(() => {
      metrics.deadLettered(labelOf(letter.queue), letter.reason, 1)
      for (const { failure_type } of announced) metrics.alerted(failure_type, 1)
    })
  }
}

/** The name in the routing table, so that labels stay few. */
function labelOf(queue: string): string {
  const key = queueNamed(queue)
  return key === undefined ? 'other' : queueDefinition(key).name
}
