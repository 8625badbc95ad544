import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel, ConsumeMessage } from 'amqplib'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../observe/log.ts'
import { monotonicMs } from '../../waiting/monotonic.ts'
import { Signal } from '../../waiting/signal.ts'
import type { QueueKey } from '../queues.ts'
import { type AfterDeadLetter, storeDeadLetter } from '../dead-letter.ts'
import { LoopWatch } from '../loop-watch.ts'
import type { Consumer, Delivery, QueueSubscription, Receiver } from '../transport.ts'
import { asUuid } from '../uuid.ts'
import { retryDelayMs, verdict } from '../verdict.ts'
import { type Connection, KeptChannel } from './channel.ts'
import { decode } from './envelope.ts'
import { deadLetterOfFailure } from './broker-dead-letter.ts'
import { insert } from './outbox.ts'
import { isProbe } from './probe.ts'
import { declareQueue } from './topology.ts'

const OUTAGE_MS = 500
/**
 * What waits here for capacity is unacknowledged, and a broker closes the channel of whoever holds a message for too
 * long (`consumer_timeout`, half an hour by default). After so long it goes back to the queue and waits there.
 */
const HOLD_MS = 5000
/** For so long after that, nobody expects that what is in the queue has been taken. */
const HELD_BACK_MS = 60_000

/** Told of each probe that arrives. */
type Heard = (queue: string, probe: ConsumeMessage) => void

type Arrived = { message: ConsumeMessage; channel: Channel; at: number }

/**
 * Reads one queue in natural batches, each handled in one transaction and acknowledged after its commit. A
 * crash in between delivers the batch again, which handlers bear. A failed message is written back with a due
 * time (or put aside) in a transaction of its own and then acknowledged.
 */
export class RabbitConsumer implements Consumer {
  readonly key: QueueKey
  readonly queue: string
  readonly #database: Database
  readonly #receiver: Receiver
  readonly #log: Log
  readonly #afterDeadLetter: AfterDeadLetter | undefined
  readonly #heard: Heard
  readonly #stopped: () => void
  readonly #signal = new Signal()
  readonly #channel: KeptChannel<Channel>
  #arrived: Arrived[] = []
  /** Names the consumer at the broker; undefined while it takes nothing because nothing could be begun. */
  #tag: string | undefined
  #heldBackAt: number | undefined
  readonly #watch = new LoopWatch()
  #stopping = false
  #done: Promise<void> = Promise.resolve()

  constructor(
    connection: Connection,
    database: Database,
    listening: QueueSubscription,
    context: {
      receiver: Receiver
      log: Log
      prefetch: number
      afterDeadLetter: AfterDeadLetter | undefined
      heard: Heard
      stopped: () => void
    },
  ) {
    this.key = listening.key
    this.queue = listening.name
    this.#database = database
    this.#receiver = context.receiver
    this.#log = context.log
    this.#afterDeadLetter = context.afterDeadLetter
    this.#heard = context.heard
    this.#stopped = context.stopped
    this.#channel = new KeptChannel<Channel>(
      () => connection.createChannel(),
      async (channel) => {
        this.#arrived = []
        await declareQueue(channel, listening)
        await channel.prefetch(context.prefetch)
        await this.#subscribe(channel)
      },
      context.log,
    )
  }

  async start(): Promise<void> {
    await this.#channel.open()
    this.#watch.moves()
    this.#done = this.#loop()
  }

  live(): boolean {
    return (
      this.#channel.current !== undefined && !this.#stopping && this.#watch.standing_seconds === undefined
    )
  }

  /** Whether it leaves messages in the queue, or has of late, because nothing more can be begun. */
  holdsBack(): boolean {
    return this.#heldBackAt !== undefined && monotonicMs() - this.#heldBackAt < HELD_BACK_MS
  }

  wake(): void {
    this.#signal.notify()
  }

  async takeInto(tx: Transaction, limit: number): Promise<void> {
    const batch = this.#stopping ? [] : this.#arrived.splice(0, limit)
    if (batch.length === 0) return
    tx.afterCommit(() => this.#acknowledge(batch))
    tx.afterRollback(() => {
      if (!this.#abandoned(batch)) this.#arrived.unshift(...batch)
      this.#signal.notify()
    })
    await this.#receiver.receive(tx, batch.map(deliveryOf))
  }

  /** Subscribes anew: what the broker has sent and is not settled comes again. */
  async renew(reason: string): Promise<void> {
    const channel = this.#channel.current
    if (channel !== undefined) await this.#channel.renew(channel, reason)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#signal.notify()
    await this.#done
    await this.#channel.close()
    this.#stopped()
  }

  #receive(channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) {
      // The queue is gone or moved.
      void this.#channel.renew(channel, `the broker cancelled the consumer of ${this.queue}`)
      return
    }
    if (isProbe(message)) return this.#hear(channel, message)
    this.#arrived.push({ message, channel, at: monotonicMs() })
    this.#signal.notify()
  }

  /** A probe asks whether messages arrive here; it is no work and is settled at once. */
  #hear(channel: Channel, message: ConsumeMessage): void {
    try {
      channel.ack(message)
    } catch {
      return // the channel is gone and the probe is of no more interest
    }
    this.#heard(this.queue, message)
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      this.#watch.moves()
      const limit = Math.min(
        this.#receiver.max_batch,
        this.#receiver.capacity?.() ?? Number.POSITIVE_INFINITY,
      )
      const batch = limit > 0 ? this.#arrived.splice(0, limit) : []
      if (batch.length > 0) {
        await this.#handle(batch)
        continue
      }
      if (limit > 0) await this.#takeAgain()
      else await this.#holdBack()
      await this.#signal.wait(1000)
    }
  }

  async #subscribe(channel: Channel): Promise<void> {
    const receive = (message: ConsumeMessage | null) => this.#receive(channel, message)
    this.#tag = (await channel.consume(this.queue, receive)).consumerTag
  }

  /** Gives back what has waited for too long, and takes nothing more until something can be begun. */
  async #holdBack(): Promise<void> {
    const [oldest] = this.#arrived
    const channel = this.#channel.current
    if (this.#tag === undefined) this.#heldBackAt = monotonicMs()
    if (oldest === undefined || channel === undefined || monotonicMs() - oldest.at < HOLD_MS) return
    const tag = this.#tag
    this.#tag = undefined
    this.#heldBackAt = monotonicMs()
    try {
      if (tag !== undefined) await channel.cancel(tag) // what was on its way has arrived when this is answered
      for (const { message, channel: from } of this.#arrived.splice(0)) from.nack(message, false, true)
    } catch (error) {
      this.#log.debug({ queue: this.queue, error: String(error) }, 'channel closed before messages went back')
    }
  }

  async #takeAgain(): Promise<void> {
    const channel = this.#channel.current
    if (this.#tag !== undefined || channel === undefined) return
    try {
      await this.#subscribe(channel)
    } catch (error) {
      await this.renew(`the queue ${this.queue} could not be consumed again: ${String(error)}`)
    }
  }

  async #handle(batch: Arrived[]): Promise<void> {
    if ((await this.#attempt(batch)) !== 'failed') return
    for (const one of batch) {
      // What is left unsettled comes again, and so must everything behind it.
      if ((await this.#attempt([one])) === 'left') return
    }
  }

  /**
   * Handles a batch to its acknowledgement. `failed`: a batch of several threw and must go one by one. `left`: it
   * was not settled because this consumer stops or the channel is gone.
   */
  async #attempt(batch: Arrived[]): Promise<'settled' | 'failed' | 'left'> {
    for (;;) {
      this.#watch.moves()
      try {
        await this.#database.transaction((tx) => this.#receiver.receive(tx, batch.map(deliveryOf)))
        this.#acknowledge(batch)
        return 'settled'
      } catch (error) {
        if (batch.length > 1 && verdict(error, 0) !== 'wait') return 'failed'
        if (await this.#settle(batch, error)) return 'settled'
      }
      if (this.#stopping || this.#abandoned(batch)) return 'left'
      await sleep(OUTAGE_MS)
    }
  }

  /** The channel the batch came on is gone, so the broker delivers it anew. */
  #abandoned(batch: Arrived[]): boolean {
    return batch[0]?.channel !== this.#channel.current
  }

  #acknowledge(batch: Arrived[]): void {
    const last = batch.at(-1)
    try {
      // Where capacity decides, messages may be taken out of turn; elsewhere all up to the last are settled.
      if (this.#receiver.capacity === undefined) last?.channel.ack(last.message, true)
      else for (const { channel, message } of batch) channel.ack(message)
    } catch (error) {
      this.#log.debug(
        { queue: this.queue, error: String(error) },
        'channel closed before the acknowledgement',
      )
    }
  }

  /** Puts a failed message off or aside. False when that was not possible, or the message is not to blame. */
  async #settle(batch: Arrived[], error: unknown): Promise<boolean> {
    const [arrived] = batch
    if (arrived === undefined || batch.length > 1) return false
    const delivery = deliveryOf(arrived)
    const outcome = verdict(error, delivery.attempt)
    const text = error instanceof Error ? error.message : String(error)
    const { type, message_id, correlation_id } = delivery
    const about = { queue: this.queue, type, message_id, correlation_id }
    this.#log.warn({ ...about, outcome, error: text }, 'message failed')
    if (outcome === 'wait') return false
    try {
      await this.#database.transaction(async (tx) => {
        if (outcome === 'retry') await this.#postpone(tx, delivery)
        else await this.#storeDeadLetter(tx, arrived, error)
      })
    } catch (lost) {
      this.#log.warn({ ...about, error: String(lost) }, 'failure not recorded; the message comes again')
      return false
    }
    this.#receiver.failed?.(outcome, delivery.type)
    this.#acknowledge(batch)
    return true
  }

  /** Back to this queue alone, through the default exchange, when it is due. Messages from outside may have no ids. */
  async #postpone(tx: Transaction, delivery: Delivery): Promise<void> {
    const { type, payload, attempt, first_failed_at } = delivery
    const message_id = asUuid(delivery.message_id) ?? randomUUID()
    const correlation_id = asUuid(delivery.correlation_id) ?? message_id
    const again = { exchange: '', routing_key: this.queue, type, payload, message_id, correlation_id }
    await insert(tx, [
      { ...again, attempt: attempt + 1, first_failed_at, delay_ms: retryDelayMs(attempt + 1) },
    ])
  }

  async #storeDeadLetter(tx: Transaction, { message }: Arrived, error: unknown): Promise<void> {
    await storeDeadLetter(tx, deadLetterOfFailure(this.queue, message, error), this.#afterDeadLetter)
  }
}

function deliveryOf({ message }: Arrived): Delivery {
  const decoded = decode(message.content)
  if ('delivery' in decoded) return { ...decoded.delivery, redelivered: message.fields.redelivered }
  return {
    type: `unreadable (${decoded.problem})`,
    payload: null,
    message_id: '',
    correlation_id: '',
    attempt: 0,
    first_failed_at: null,
  }
}
