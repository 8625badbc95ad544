import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import type { Outgoing } from '../routing.ts'
import type { Consumer, Listening, Receiver, Transport } from '../transport.ts'
import { type Connection, KeptChannel } from './channel.ts'
import { RabbitConsumer } from './consumer.ts'
import { collectDeadLetters } from './dead-letters.ts'
import { claimDue, insert } from './outbox.ts'
import { Relay } from './relay.ts'
import { declareShared } from './topology.ts'

const SWEEP_MS = 1000
const SWEEP_ROWS = 500

/**
 * Messages through RabbitMQ. A transaction writes to the outbox; after its commit the same process hands the
 * rows to the broker; what it could not hand over, any process takes up from the outbox.
 */
export function createRabbitTransport(options: {
  url: string
  log: Log
  collect_dead_letters: boolean
}): Transport {
  const { log } = options
  const consumers: RabbitConsumer[] = []
  let running:
    | { connections: Connection[]; relay: Relay; publishing: KeptChannel<ConfirmChannel>; database: Database }
    | undefined
  let deadLetters: KeptChannel<Channel> | undefined
  let sweep: NodeJS.Timeout | undefined

  async function post(tx: Transaction, outgoing: readonly Outgoing[]): Promise<void> {
    const now = outgoing.filter((message) => message.delay_ms === 0)
    const later = outgoing.filter((message) => message.delay_ms > 0)
    if (later.length > 0) await insert(tx, later)
    if (now.length === 0) return
    const rows = await insert(tx, now)
    tx.afterCommit(() => running?.relay.hand(rows))
  }

  async function relayLeftBehind(): Promise<number> {
    if (running === undefined || running.publishing.current === undefined) return 0
    const rows = await claimDue(running.database, SWEEP_ROWS)
    running.relay.hand(rows)
    return rows.length
  }

  return {
    name: 'rabbitmq',
    post,
    relayLeftBehind,
    async start(database) {
      const [publisher, consumer] = await Promise.all([dial(options.url, log), dial(options.url, log)])
      const relay = new Relay(database, log)
      const publishing = new KeptChannel<ConfirmChannel>(
        () => publisher.createConfirmChannel(),
        async (channel) => {
          await declareShared(channel)
          relay.use(channel)
        },
        log,
      )
      await publishing.open()
      running = { connections: [publisher, consumer], relay, publishing, database }
      if (options.collect_dead_letters) deadLetters = await collectDeadLetters(consumer, database, log)
      sweep = setInterval(() => void relayLeftBehind().catch(() => undefined), SWEEP_MS)
    },
    async consume(listening: Listening, receiver: Receiver): Promise<Consumer> {
      const connection = running?.connections[1]
      if (running === undefined || connection === undefined)
        throw new Error('The transport has not been started.')
      // Addressed queues hold work that waits for capacity: no more than can be begun soon is taken out.
      const prefetch =
        receiver.capacity === undefined ? receiver.max_batch : Math.max(receiver.capacity() + 2, 4)
      const started = new RabbitConsumer(connection, running.database, listening, { receiver, log, prefetch })
      await started.start()
      consumers.push(started)
      return started
    },
    trouble() {
      if (running === undefined) return 'not started'
      if (running.publishing.trouble !== undefined) return `Publishing: ${running.publishing.trouble}`
      const deaf = consumers.filter((consumer) => !consumer.live()).map((consumer) => consumer.queue)
      return deaf.length > 0 ? `No consumer on ${deaf.join(', ')}` : undefined
    },
    async close() {
      clearInterval(sweep)
      await running?.relay.flush(5000)
      await deadLetters?.close()
      await running?.publishing.close()
      await Promise.all(
        (running?.connections ?? []).map((connection) => connection.close().catch(() => undefined)),
      )
    },
  }
}

/** A connection that comes back by itself. `noDelay` matters: without it every hop waits 40 ms for its packet. */
async function dial(url: string, log: Log): Promise<Connection> {
  const connection = await connect(url, {
    noDelay: true,
    recovery: {
      initialDelay: 200,
      maxDelay: 5000,
      maxRetries: Number.POSITIVE_INFINITY,
      initialMaxRetries: 5,
    },
  })
  connection.on('error', (error: unknown) => log.warn({ error: String(error) }, 'broker connection error'))
  connection.on('disconnect', () => log.warn('broker connection lost'))
  connection.on('connect', () => log.info('broker connected'))
  return connection
}
