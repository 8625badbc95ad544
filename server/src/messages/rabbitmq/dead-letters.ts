import type { Channel, ConsumeMessage } from 'amqplib'
import type { Database } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import { bury } from '../dead-letter.ts'
import { type Connection, KeptChannel } from './channel.ts'
import { letterOf } from './consumer.ts'
import { isProbe } from './probe.ts'
import { deadLetterQueue, declareShared } from './topology.ts'

/** Keeps what the broker itself gave up on as rows beside those that our consumers put aside. */
export async function collectDeadLetters(
  connection: Connection,
  database: Database,
  log: Log,
): Promise<KeptChannel<Channel>> {
  const kept = new KeptChannel<Channel>(
    () => connection.createChannel(),
    async (channel) => {
      await declareShared(channel)
      await channel.prefetch(50)
      await channel.consume(deadLetterQueue, (message) => void keep(channel, message))
    },
    log,
  )

  async function keep(channel: Channel, message: ConsumeMessage | null): Promise<void> {
    if (message === null) return kept.renew(channel, 'the broker cancelled the dead-letter consumer')
    if (isProbe(message)) return channel.ack(message) // it expired on its way, and was no work
    const [death] = message.properties.headers?.['x-death'] ?? []
    const letter = letterOf(
      death?.queue ?? deadLetterQueue,
      message,
      new Error(`The broker gave it up: ${death?.reason ?? 'unknown'}`),
    )
    try {
      await database.transaction((tx) =>
        bury(tx, {
          ...letter,
          exchange: death?.exchange ?? letter.exchange,
          routing_key: death?.['routing-keys']?.[0] ?? letter.routing_key,
          stack: null,
        }),
      )
      channel.ack(message)
    } catch (error) {
      log.warn({ error: String(error) }, 'dead letter not kept yet')
      setTimeout(() => {
        try {
          channel.nack(message)
        } catch {
          // the channel is gone, so the broker has the message back already
        }
      }, 1000).unref()
    }
  }

  await kept.open()
  return kept
}
