import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import type { AfterBurial } from '../dead-letter.ts'
import { queueDefinition } from '../queues.ts'
import type { Outgoing } from '../routing.ts'
import type { Consumer, Listening, Receiver, Transport } from '../transport.ts'
import { withSmallCopies } from '../wire-only.ts'
import { type Connection, KeptChannel } from './channel.ts'
import { RabbitConsumer } from './consumer.ts'
import { collectDeadLetters } from './dead-letters.ts'
import { claimDue, insert } from './outbox.ts'
import { type Published, Relay } from './relay.ts'
import { declareShared } from './topology.ts'

const SWEEP_MS = 1000
const SWEEP_ROWS = 500

export type RabbitOptions = {
  url: string
  log: Log
  collect_dead_letters: boolean
  afterBurial?: AfterBurial
  /** Told what became of each message that was handed to the broker. */
  published?: Published
}

type Open = {
  database: Database
  /** One connection to publish on, one to consume on: a blocked publisher must not stop the acknowledgements. */
  publisher: Connection
  consumer: Connection
  relay: Relay
  publishing: KeptChannel<ConfirmChannel>
}

/**
 * Messages through RabbitMQ. A transaction writes to the outbox; after its commit the same process hands the
 * rows to the broker; what it could not hand over, any process takes up from the outbox.
 */
export class RabbitTransport implements Transport {
  readonly name = 'rabbitmq'
  readonly #options: RabbitOptions
  readonly #consumers: RabbitConsumer[] = []
  #open: Open | undefined
  #deadLetters: KeptChannel<Channel> | undefined
  #sweep: NodeJS.Timeout | undefined

  constructor(options: RabbitOptions) {
    this.#options = options
  }

  readonly post = async (tx: Transaction, outgoing: readonly Outgoing[]): Promise<void> => {
    const rows = outgoing.map((message) => ({
      ...message,
      payload: withSmallCopies(message.type, message.payload),
    }))
    const now = rows.filter((row) => row.delay_ms === 0)
    const later = rows.filter((row) => row.delay_ms > 0)
    if (later.length > 0) await insert(tx, later)
    if (now.length === 0) return
    const written = await insert(tx, now)
    tx.afterCommit(() => this.#open?.relay.hand(written))
  }

  async start(database: Database): Promise<void> {
    const { url, log, collect_dead_letters, published } = this.#options
    const [publisher, consumer] = await Promise.all([dial(url, log), dial(url, log)])
    const relay = new Relay(database, log, published)
    const publishing = new KeptChannel<ConfirmChannel>(
      () => publisher.createConfirmChannel(),
      async (channel) => {
        await declareShared(channel)
        relay.use(channel)
      },
      log,
    )
    await publishing.open()
    this.#open = { database, publisher, consumer, relay, publishing }
    if (collect_dead_letters)
      this.#deadLetters = await collectDeadLetters(consumer, database, {
        log,
        afterBurial: this.#options.afterBurial,
      })
    this.#sweep = setInterval(() => void this.#relayLeftBehind().catch(() => undefined), SWEEP_MS)
  }

  async consume(listening: Listening, receiver: Receiver): Promise<Consumer> {
    if (this.#open === undefined) throw new Error('The transport has not been started.')
    const { consumer: connection, database } = this.#open
    // Addressed queues hold work that waits for capacity: no more than can be begun soon is taken out.
    const capacity = receiver.capacity?.()
    const prefetch = capacity === undefined ? receiver.max_batch : Math.max(capacity + 2, 4)
    const consumer = new RabbitConsumer(connection, database, listening, {
      receiver,
      log: this.#options.log.child({ role: queueDefinition(listening.key).service }),
      prefetch,
      afterBurial: this.#options.afterBurial,
    })
    await consumer.start()
    this.#consumers.push(consumer)
    return consumer
  }

  /** Hands over what is due: delayed messages, and what a crash or an outage left behind. */
  async #relayLeftBehind(): Promise<void> {
    if (this.#open?.publishing.current === undefined) return
    this.#open.relay.hand(await claimDue(this.#open.database, SWEEP_ROWS))
  }

  trouble(): string | undefined {
    if (this.#open === undefined) return 'not started'
    const { trouble } = this.#open.publishing
    if (trouble !== undefined) return `Publishing: ${trouble}`
    const deaf = this.#consumers.filter((consumer) => !consumer.live()).map((consumer) => consumer.queue)
    return deaf.length > 0 ? `No consumer on ${deaf.join(', ')}` : undefined
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()))
    if (this.#open === undefined) return
    const { relay, publishing, publisher, consumer } = this.#open
    await relay.flush(5000)
    await this.#deadLetters?.close()
    await publishing.close()
    await Promise.all([publisher, consumer].map((connection) => connection.close().catch(() => undefined)))
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
  connection.on('error', (error) => log.warn({ error: String(error) }, 'broker connection error'))
  connection.on('disconnect', () => log.warn('broker connection lost'))
  connection.on('connect', () => log.info('broker connected'))
  return connection
}
