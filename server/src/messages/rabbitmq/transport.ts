import type { Channel, ConfirmChannel } from 'amqplib'
import type { Database, Transaction } from '../../database/database.ts'
import { outageText } from '../../database/outage.ts'
import type { Log } from '../../observe/log.ts'
import type { AfterDeadLetter } from '../dead-letter.ts'
import { queueDefinition } from '../queues.ts'
import type { OutgoingMessage } from '../../database/outgoing.ts'
import type { Inspection } from '../inspection.ts'
import type { Consumer, QueueSubscription, Receiver, Transport } from '../transport.ts'
import { withSmallCopies } from '../wire-only.ts'
import { within } from '../../waiting/within.ts'
import { KeptChannel } from './channel.ts'
import { RabbitConsumer } from './consumer.ts'
import { collectDeadLetters } from './collect-dead-letters.ts'
import { openConnection, type OpenedConnection } from './connect.ts'
import { type InspectedQueues, Inspector } from './inspect.ts'
import { claimDue, insert } from './outbox.ts'
import { ConsumedProbes } from './probe.ts'
import { type OnPublished, Relay } from './relay.ts'
import { declareShared } from './topology.ts'

const SWEEP_MS = 1000
const SWEEP_ROWS = 500

/** A connection that does not answer its closing is left to the operating system. */
const CLOSE_MS = 3000

export type RabbitOptions = {
  url: string
  log: Log
  collect_dead_letters: boolean
  afterDeadLetter?: AfterDeadLetter
  /** Told what became of each message that was handed to the broker. */
  published?: OnPublished
  /** Seconds that a start waits for the broker. */
  patience_seconds: number
}

type Open = {
  database: Database
  /** One connection to publish on, one to consume on: a blocked publisher must not stop the acknowledgements. */
  publisher: OpenedConnection
  consumer: OpenedConnection
  relay: Relay
  publishing: KeptChannel<ConfirmChannel>
  inspector: Inspector
  heard: ConsumedProbes
}

/**
 * Messages through RabbitMQ. A transaction writes to the outbox; after its commit the same process hands the
 * rows to the broker; what it could not hand over, any process takes up from the outbox.
 */
export class RabbitTransport implements Transport {
  readonly name = 'rabbitmq'
  readonly #options: RabbitOptions
  /** What this process means to read. One that is stopped on purpose is not missed. */
  readonly #consumers = new Set<InspectedQueues>()
  #open: Open | undefined
  #deadLetters: KeptChannel<Channel> | undefined
  #sweep: NodeJS.Timeout | undefined
  #relayTrouble: string | undefined

  constructor(options: RabbitOptions) {
    this.#options = options
  }

  readonly post = async (tx: Transaction, outgoing: readonly OutgoingMessage[]): Promise<void> => {
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
    const { url, log, collect_dead_letters, patience_seconds, published } = this.#options
    const [publisher, consumer] = await Promise.all([
      openConnection(url, patience_seconds, log),
      openConnection(url, patience_seconds, log),
    ])
    const relay = new Relay(database, log, published)
    const publishing = new KeptChannel<ConfirmChannel>(
      () => publisher.connection.createConfirmChannel(),
      async (channel) => {
        await declareShared(channel)
        relay.use(channel)
      },
      log,
    )
    const inspector = new Inspector(publisher.connection, database)
    const heard = new ConsumedProbes(database)
    this.#open = { database, publisher, consumer, relay, publishing, inspector, heard }
    await publishing.open()
    if (collect_dead_letters)
      this.#deadLetters = await collectDeadLetters(consumer.connection, database, {
        log,
        afterDeadLetter: this.#options.afterDeadLetter,
      })
    this.#sweep = setInterval(() => void this.#relayLeftBehind(), SWEEP_MS)
  }

  async consume(listening: QueueSubscription, receiver: Receiver): Promise<Consumer> {
    if (this.#open === undefined) throw new Error('The transport has not been started.')
    const { consumer: dialled, database, heard } = this.#open
    // Addressed queues hold work that waits for capacity: no more than can be begun soon is taken out.
    const capacity = receiver.capacity?.()
    const prefetch = capacity === undefined ? receiver.max_batch : Math.max(capacity + 2, 4)
    const consumer = new RabbitConsumer(dialled.connection, database, listening, {
      receiver,
      log: this.#options.log.child({ role: queueDefinition(listening.key).service }),
      prefetch,
      afterDeadLetter: this.#options.afterDeadLetter,
      heard: heard.note,
      stopped: () => void this.#consumers.delete(inspected),
    })
    const inspected: InspectedQueues = { listening, consumer }
    await consumer.start()
    this.#consumers.add(inspected)
    return consumer
  }

  /** Hands over what is due: delayed messages, and what a crash or an outage left behind. */
  async #relayLeftBehind(): Promise<void> {
    if (this.#open?.publishing.current === undefined) return
    const { relay, database } = this.#open
    try {
      relay.forgetStale()
      relay.hand(await claimDue(database, SWEEP_ROWS))
      this.#relayTrouble = undefined
    } catch (error) {
      this.#relayTrouble = `the outbox cannot be read: ${outageText(error)}`
    }
  }

  inspect(): Promise<Inspection> {
    if (this.#open === undefined) return Promise.resolve({ queues: [], faults: [] })
    return this.#open.inspector.inspect([...this.#consumers])
  }

  trouble(): string | undefined {
    if (this.#open === undefined) return 'not started'
    const { publishing, publisher, consumer } = this.#open
    const silence = publisher.trouble() ?? publishing.trouble ?? this.#relayTrouble
    if (silence !== undefined) return `Publishing: ${silence}`
    const silent = [...this.#consumers].filter((one) => !one.consumer.live()).map((one) => one.listening.name)
    if (silent.length > 0)
      return `No consumer on ${silent.join(', ')}: ${consumer.trouble() ?? 'see the log'}`
    const lettersTrouble = this.#deadLetters?.trouble
    return lettersTrouble === undefined ? undefined : `Collecting dead letters: ${lettersTrouble}`
  }

  slowness(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all([...this.#consumers].map(({ consumer }) => consumer.stop()))
    if (this.#open === undefined) return
    const { relay, publishing, publisher, consumer, heard } = this.#open
    await heard.write()
    if (publishing.current !== undefined) await relay.flush(5000)
    await this.#deadLetters?.close()
    await publishing.close()
    const closing = [publisher, consumer].map(({ connection }) => connection.close().catch(() => undefined))
    await within(Promise.all(closing), CLOSE_MS)
  }
}
