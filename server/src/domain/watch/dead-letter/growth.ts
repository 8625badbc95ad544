import type { Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { type StoredDeadLetter, countOpen } from '../../../messages/dead-letter.ts'
import type { Alert, AlertOccurrence } from '../alert/alert.ts'
import { clear, raise } from '../alert/raise.ts'

/** Says that a message was put aside, with what to do about it. Answers the alerts that were announced. */
export async function alertOfGrowth(
  tx: Transaction,
  letter: StoredDeadLetter,
  cooldownSeconds: number,
): Promise<Alert[]> {
  const { open } = await countOpen(tx, letter.queue)
  return raise(tx, [sightingOf(letter, open)], cooldownSeconds)
}

function sightingOf({ id, queue, type, reason, error }: StoredDeadLetter, open: number): AlertOccurrence {
  const messages = open === 1 ? 'One message' : `${open === 1000 ? 'At least 1000' : open} messages`
  return {
    correlation_id: correlationOf(queue),
    severity: 'error',
    category: 'messaging',
    failure_type: 'dead_letters_growing',
    component_type: 'queue',
    component_ref: queue,
    summary:
      `${messages} of ${queue} could not be handled and ${open === 1 ? 'is' : 'are'} put aside. Look at them ` +
      `with \`attune dead-letter list --queue ${queue}\`, mend the cause, then \`attune dead-letter replay --queue ${queue} --all\`.`,
    details: { queue, open, latest: { dead_letter: id, type, reason, error: error.slice(0, 1000) } },
  }
}

/**
 * Clears the alerts of queues with no open letter left. The alert is locked before the letters are counted: a burial
 * that is under way either has raised it already and is counted, or raises it again afterwards.
 */
export async function clearWhereNoneIsOpen(tx: Transaction, queues: readonly string[]): Promise<void> {
  const names = [...new Set(queues)]
  await tx.many(sql`
    select correlation_id from alert
    where correlation_id = any(${names.map(correlationOf)}) and cleared_at is null
    order by correlation_id
    for update`)
  const open = await tx.many<{ queue: string }>(sql`
    select distinct queue from dead_letter where queue = any(${names}) and status = 'open'`)
  const stillOpen = new Set(open.map(({ queue }) => queue))
  await clear(tx, names.filter((queue) => !stillOpen.has(queue)).map(correlationOf))
}

function correlationOf(queue: string): string {
  return `dead_letters:${queue}`
}
