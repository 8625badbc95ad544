import type { Channel } from 'amqplib'
import { exchanges } from '../messages.ts'
import { type QueueDefinition, queueDefinition, queueKeys } from '../queues.ts'
import { bindingsOf } from '../routing.ts'
import type { QueueSubscription } from '../transport.ts'

/**
 * Where the broker puts what it gave up on: expired, over the delivery limit. A topic, so every key arrives. The
 * names are our own: `attune.dlx` is a direct exchange on brokers that served others before.
 */
export const deadLetterExchange = 'attune.dlx.v2'
export const deadLetterQueue = 'attune.dlx.v2.queue'

const HOUR_MS = 3_600_000

/** Declares what every process relies on: exchanges, shared queues and their bindings. Idempotent. */
export async function declareShared(channel: Channel): Promise<void> {
  for (const { name, type } of Object.values(exchanges))
    await channel.assertExchange(name, type, { durable: true })
  await channel.assertExchange(deadLetterExchange, 'topic', { durable: true })
  await channel.assertQueue(deadLetterQueue, { durable: true })
  await channel.bindQueue(deadLetterQueue, deadLetterExchange, '#')
  for (const key of queueKeys) {
    const definition = queueDefinition(key)
    if (definition.delivery === 'shared')
      await declareQueue(channel, { key, name: definition.name, names: {} })
  }
}

/** Declares one queue with its bindings. An existing queue with other arguments is an error of the broker. */
export async function declareQueue(channel: Channel, { key, name, names }: QueueSubscription): Promise<void> {
  await channel.assertQueue(name, queueOptions(queueDefinition(key)))
  for (const { exchange, key: routingKey } of bindingsOf(key, names))
    await channel.bindQueue(name, exchange, routingKey)
}

/** Shared work survives a broker node (quorum); the queue of one instance goes when its owner stays away. */
export function queueOptions(definition: QueueDefinition) {
  const deadLetters = { 'x-dead-letter-exchange': deadLetterExchange }
  switch (definition.delivery) {
    case 'shared':
      return {
        durable: true,
        arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 20, ...deadLetters },
      }
    case 'addressed':
      return { durable: true, arguments: { 'x-expires': 24 * HOUR_MS, ...deadLetters } }
    case 'broadcast':
      return { durable: true, arguments: { 'x-expires': HOUR_MS } }
  }
}
