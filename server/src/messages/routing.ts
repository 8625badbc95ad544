import type { MessageDestination } from '../database/outgoing.ts'
import { definitionOf, exchanges, isMessageType, type MessageType } from './messages.ts'
import { type QueueDefinition, type QueueKey, queueDefinition, queueKeys } from './queues.ts'

/** The queues that take `type`. Never empty: see everyMessageHasAQueue. */
export function queuesTaking(type: MessageType): QueueDefinition[] {
  return queueKeys.map(queueDefinition).filter((queue) => queue.takes.includes(type))
}

export function routingOf(type: MessageType, payload: Readonly<Record<string, unknown>>) {
  const definition = definitionOf(type)
  return {
    exchange: exchanges[definition.exchange].name,
    routing_key: fill(definition.key, payload),
    destinations: queuesTaking(type).map((queue) => destinationOf(queue, payload)),
  }
}

/**
 * Whether only broadcast queues take the type: then nobody listening is no fault, because an instance reads what
 * there is when it starts.
 */
export function isBroadcast(type: MessageType): boolean {
  return queuesTaking(type).every((queue) => queue.delivery === 'broadcast')
}

function destinationOf(
  queue: QueueDefinition,
  payload: Readonly<Record<string, unknown>>,
): MessageDestination {
  return queue.delivery === 'broadcast'
    ? { kind: 'every', family: queue.name }
    : { kind: 'queue', name: fill(queue.name, payload) }
}

/** Exchange and key by which a queue receives, for topology and for the message walk of the tests. */
export function bindingsOf(
  key: QueueKey,
  names: Readonly<Record<string, unknown>>,
): { exchange: string; key: string }[] {
  return queueDefinition(key).takes.map((type) => {
    const definition = definitionOf(type)
    return { exchange: exchanges[definition.exchange].name, key: fill(definition.key, names) }
  })
}

/** The wire may call a message by another's name; the queue tells which is meant. */
export function typeOn(key: QueueKey, wireName: string): MessageType | undefined {
  const { takes } = queueDefinition(key)
  if (isMessageType(wireName) && takes.includes(wireName)) return wireName
  return takes.find((type) => definitionOf(type).wireType === wireName)
}

/** Which queue of the table a queue of the transport is: `worker.7.packs` is `worker.{worker_id}.packs`. */
export function queueNamed(name: string): QueueKey | undefined {
  return queueKeys.find((key) => pattern(queueDefinition(key).name).test(name))
}

function pattern(template: string): RegExp {
  const parts = template.split(/\{\w+\}/).map((part) => part.replaceAll('.', String.raw`\.`))
  return new RegExp(`^${parts.join('[^.]+')}$`)
}

/** Puts values into the `{field}` places of a queue name or routing key. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = values[field]
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`No ${field} for ${template}`)
    return String(value)
  })
}
