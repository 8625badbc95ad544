import type { Transaction } from '../database/database.ts'
import { createRetries } from '../domain/flow/execution/create.ts'
import { findRetriable } from '../domain/flow/execution/queries.ts'
import type { ConsumedMessage } from '../messages/messages.ts'

/**
 * ExecutionCompleted → what follows an end
 *
 * An execution that ended badly is tried again while its action allows it: a new row, due after a delay.
 * Delivered again, a message finds the next attempt there already.
 */
export async function resultsToNext(
  tx: Transaction,
  batch: ConsumedMessage<'ExecutionCompleted'>[],
): Promise<void> {
  const ended = await findRetriable(
    tx,
    batch.map((message) => message.execution_id),
  )
  await createRetries(
    tx,
    ended.map(({ id, retry_count }) => ({ id, delay_ms: retryDelayMs(retry_count + 1) })),
  )
}

/** Milliseconds before retry `retry` (1, 2, …): 1 s doubled each time, at most five minutes. */
function retryDelayMs(retry: number): number {
  return Math.min(1000 * 2 ** (retry - 1), 300_000)
}
