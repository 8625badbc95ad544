import type { Transaction } from '../../../database/database.ts'
import { type Id, toId } from '../../../id.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import type { StoredDeadLetter } from '../../../messages/dead-letter.ts'
import { failDeadLettered } from '../../flow/execution/transitions.ts'

/**
 * An execution whose request or dispatch was put aside would wait for ever: it fails, and the result names the
 * letter. One that has moved on since the message was said stays as it is.
 */
export async function endExecution(tx: Transaction, letter: StoredDeadLetter): Promise<void> {
  const { type, payload } = letter
  if (type !== 'ExecutionRequested' && type !== 'ExecutionDispatched') return
  const id = executionOf(payload)
  if (id === undefined) return
  const dispatched = type === 'ExecutionDispatched'
  const fence = dispatched && isJsonObject(payload) ? payload['scheduled_attempt_updated_at'] : null
  await failDeadLettered(tx, {
    id,
    from: dispatched ? 'scheduled' : 'requested',
    scheduled_attempt_updated_at: typeof fence === 'string' && isMoment(fence) ? fence : null,
    result: resultOf(letter),
  })
}

/** The execution that a message is about. */
export function executionOf(payload: unknown): Id<'execution'> | undefined {
  const id = isJsonObject(payload) ? payload['execution_id'] : undefined
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? toId<'execution'>(id) : undefined
}

/** A message that is put aside as malformed may say anything here; a fence that cannot be read is none. */
function isMoment(text: string): boolean {
  return /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text))
}

function resultOf({ id, type, reason, error }: StoredDeadLetter): JsonObject {
  const what = type === 'ExecutionDispatched' ? 'dispatch' : 'request'
  return {
    error:
      reason === 'expired'
        ? 'Worker queue TTL expired'
        : `The ${what} of this execution could not be handled`,
    message: `${error} The ${what} is dead letter ${id}; mend the cause, then \`attune dead-letter replay ${id}\` runs it again.`,
    succeeded: false,
    reason,
    dead_letter: id,
    failed_by: 'dead_letter',
    failed_at: new Date().toISOString(),
  }
}
