import type { ConsumeMessage, XDeath } from 'amqplib'
import {
  type DeadLetterReason,
  deadLetterReasons,
  originOf,
  type UndeliverableMessage,
} from '../dead-letter.ts'
import { queueNamed, typeOn } from '../routing.ts'
import { asUuid } from '../uuid.ts'
import { reasonOf } from '../verdict.ts'
import { decode } from './envelope.ts'
import { deadLetterQueue } from './topology.ts'

/** Everything that is known of a message whose handler failed. */
export function deadLetterOfFailure(
  queue: string,
  message: ConsumeMessage,
  error: unknown,
): UndeliverableMessage {
  const { exchange, routingKey } = message.fields
  const content = contentOf(queue, message)
  return {
    queue,
    ...originally({ exchange, routing_key: routingKey }, content),
    ...content,
    attempts: content.attempts + 1,
    reason: reasonOf(error),
    error: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
    last_failed_at: null,
  }
}

/** Everything that is known of a message that the broker gave up. `x-death` says where and why, the last one first. */
export function deadLetterOfBroker(message: ConsumeMessage): UndeliverableMessage {
  const [death] = message.properties.headers?.['x-death'] ?? []
  const queue = death?.queue ?? deadLetterQueue
  const content = contentOf(queue, message)
  const reason = knownReason(death) ?? (content.type === UNREADABLE ? 'malformed' : 'rejected')
  return {
    queue,
    ...originally(arrivedBy(message, death), content),
    ...content,
    reason,
    error: errors[reason],
    stack: null,
    last_failed_at: timeOf(death),
  }
}

function arrivedBy({ fields }: ConsumeMessage, death: XDeath | undefined) {
  const [routing_key] = death?.['routing-keys'] ?? []
  return { exchange: death?.exchange ?? fields.exchange, routing_key: routing_key ?? fields.routingKey }
}

const errors: Readonly<Record<DeadLetterReason, string>> = {
  rejected: 'A consumer rejected it.',
  refused: 'A consumer refused it.',
  exhausted: 'It failed too often.',
  malformed: 'It cannot be read.',
  expired: 'Nobody took it from its queue within the time that it may wait.',
  maxlen: 'Its queue was full.',
  delivery_limit:
    'It was delivered again and again and never settled: its consumers broke down, or gave it back.',
}

const UNREADABLE = 'unreadable'

/** The broker has more words than the types of the driver. */
function knownReason(death: XDeath | undefined): DeadLetterReason | undefined {
  return deadLetterReasons.find((reason) => reason === death?.reason)
}

function timeOf(death: XDeath | undefined): string | null {
  const seconds: unknown = death?.time?.value
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : null
}

function contentOf(queue: string, { content, properties }: ConsumeMessage) {
  const decoded = decode(content)
  if ('problem' in decoded) {
    const message_id = asUuid(properties.messageId)
    const correlation_id = asUuid(properties.correlationId)
    const payload = content.toString('utf8')
    return { type: UNREADABLE, payload, message_id, correlation_id, attempts: 0, first_failed_at: null }
  }
  const { type, payload, message_id, correlation_id, attempt, first_failed_at } = decoded.delivery
  const key = queueNamed(queue)
  return {
    type: (key && typeOn(key, type)) ?? type,
    payload,
    message_id: asUuid(message_id),
    correlation_id: asUuid(correlation_id),
    attempts: attempt,
    first_failed_at,
  }
}

/** A message that has failed before comes to its queue directly; where it came from first is in the routing table. */
function originally(
  arrived: { exchange: string; routing_key: string },
  { type, payload }: { type: string; payload: unknown },
): { exchange: string; routing_key: string } {
  return arrived.exchange === '' ? (originOf(type, payload) ?? arrived) : arrived
}
