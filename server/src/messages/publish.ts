import { randomUUID } from 'node:crypto'
import type { Transaction } from '../database/database.ts'
import type { MessageType, Payload } from './messages.ts'
import { routingOf } from './routing.ts'
import type { OutgoingMessage } from '../database/outgoing.ts'

/** One message: its payload and the correlation of the request or event that caused it. */
export type NewMessage<T extends MessageType> = {
  payload: Payload<T>
  correlation_id: string | null
  /** Milliseconds before it is delivered. Default 0. */
  delay_ms?: number
}

/**
 * Says `type` once `tx` commits. There is no way to publish outside a transaction, nor to choose an exchange:
 * see messages.ts.
 */
export async function publish<T extends MessageType>(
  tx: Transaction,
  type: T,
  sayings: readonly NewMessage<T>[],
): Promise<void> {
  if (sayings.length === 0) return
  await tx.post(
    sayings.map(({ payload, correlation_id, delay_ms }) => ({
      ...routedMessage(type, payload, correlation_id),
      delay_ms: delay_ms ?? 0,
    })),
  )
}

/** A new message on its way. One that nothing caused is the start of its own correlation. */
export function routedMessage(
  type: MessageType,
  payload: Readonly<Record<string, unknown>>,
  correlation_id: string | null,
): OutgoingMessage {
  const message_id = randomUUID()
  return {
    type,
    ...routingOf(type, payload),
    payload,
    message_id,
    correlation_id: correlation_id ?? message_id,
    delay_ms: 0,
  }
}
