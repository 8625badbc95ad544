import type { Channel, ConsumeMessage } from 'amqplib'
import type { Database } from '../../database/database.ts'
import type { Log } from '../../observe/log.ts'
import { type AfterDeadLetter, storeDeadLetter } from '../dead-letter.ts'
import { type Connection, KeptChannel } from './channel.ts'
import { deadLetterOfBroker } from './broker-dead-letter.ts'
import { isProbe } from './probe.ts'
import { deadLetterQueue, declareShared } from './topology.ts'

/** Keeps what the broker itself gave up on as rows beside those that our consumers put aside. */
export async function collectDeadLetters(
  connection: Connection,
  database: Database,
  { log, afterDeadLetter }: { log: Log; afterDeadLetter: AfterDeadLetter | undefined },
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
    const letter = deadLetterOfBroker(message)
    const { queue, type, message_id, reason } = letter
    try {
      await database.transaction((tx) => storeDeadLetter(tx, letter, afterDeadLetter))
      log.warn({ queue, type, message_id, reason }, 'the broker gave up a message')
      channel.ack(message)
    } catch (error) {
      log.warn({ queue, type, message_id, error: String(error) }, 'dead letter not kept yet')
      setTimeout(() => giveBack(channel, message), 1000).unref()
    }
  }

  await kept.open()
  return kept
}

function giveBack(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.nack(message)
  } catch {
    // the channel is gone, so the broker has the message back already
  }
}
