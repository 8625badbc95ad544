import * as enforcements from '../domain/flow/enforcement/queries.ts'
import { createForEnforcements } from '../domain/flow/execution/create.ts'
import { refusedRules } from '../domain/definition/rule/authority.ts'
import type { Transaction } from '../database/database.ts'
import { secondsBetween } from '../observe/hop.ts'
import type { HandledMessages } from '../messages/consume.ts'
import type { ConsumedMessage } from '../messages/messages.ts'

/**
 * EnforcementCreated → ExecutionRequested
 *
 * Rules matched events; ask for their actions to be run, where who owns a rule may run its action. Delivered again, a
 * message finds its enforcement resolved and does nothing.
 */
export async function enforcementsToExecutions(
  tx: Transaction,
  batch: ConsumedMessage<'EnforcementCreated'>[],
): Promise<HandledMessages> {
  const refused = await refusedRules(
    tx,
    batch.flatMap(({ rule_id }) => (rule_id === null ? [] : [rule_id])),
  )
  const resolved = await enforcements.resolve(
    tx,
    batch.map((message) => message.enforcement_id),
    refused,
  )
  const runnable = resolved.filter((enforcement) => enforcement.runnable)
  const executions = await createForEnforcements(
    tx,
    runnable.map((enforcement) => enforcement.id),
  )
  const asked = new Map(resolved.map(({ id, created }) => [id, created]))
  return {
    repeated: batch.length - resolved.length,
    hops: {
      enforcement_to_execution: executions.flatMap(({ enforcement, created }) => {
        const since = enforcement === null ? undefined : asked.get(enforcement)
        return since === undefined ? [] : [secondsBetween(since, created)]
      }),
    },
  }
}
