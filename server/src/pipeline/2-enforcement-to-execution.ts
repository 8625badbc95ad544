import * as enforcements from '../domain/enforcement/queries.ts'
import { createForEnforcements } from '../domain/execution/create.ts'
import type { Transaction } from '../database/database.ts'
import type { Heard } from '../messages/messages.ts'

/**
 * EnforcementCreated → ExecutionRequested
 *
 * Rules matched events; ask for their actions to be run. Delivered again, a message finds its enforcement
 * resolved and does nothing.
 */
export async function enforcementsToExecutions(
  tx: Transaction,
  batch: Heard<'EnforcementCreated'>[],
): Promise<void> {
  const resolved = await enforcements.resolve(
    tx,
    batch.map((message) => message.enforcement_id),
  )
  const runnable = resolved.filter((enforcement) => enforcement.runnable)
  await createForEnforcements(
    tx,
    runnable.map((enforcement) => enforcement.id),
  )
}
