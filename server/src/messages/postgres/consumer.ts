import type { Database, Transaction, TransactionOptions } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import type { Signal } from '../../signal.ts'
import { bury } from '../dead-letter.ts'
import type { QueueKey } from '../queues.ts'
import { routingOf } from '../routing.ts'
import type { Consumer, Listening, Receiver } from '../transport.ts'
import { isMessageType } from '../messages.ts'
import { isJsonObject } from '../../json.ts'
import { retryDelayMs, verdict } from '../verdict.ts'
import { type Claimed, claim, claimOne, postpone } from './queue.ts'

/** The net below the wake-ups: a message that nobody announced waits at most so long. */
const POLL_MS = 1000
const OUTAGE_MS = 500

/**
 * Reads one queue in natural batches: while a batch is handled the next one gathers. The batch is taken off the
 * queue in the transaction that handles it, so its effect happens exactly once.
 */
export class PostgresConsumer implements Consumer {
  readonly key: QueueKey
  readonly queue: string
  readonly #database: Database
  readonly #receiver: Receiver
  readonly #log: Log
  readonly #signal: Signal
  readonly #stopped: () => void
  /** The effect of a message and its removal are undone together, so they need not wait for the disk. */
  readonly #durability: TransactionOptions
  #stopping = false
  #healthy = true
  readonly #done: Promise<void>

  constructor(
    database: Database,
    listening: Listening,
    receiver: Receiver,
    context: { log: Log; signal: Signal; stopped: () => void },
  ) {
    this.key = listening.key
    this.queue = listening.name
    this.#database = database
    this.#receiver = receiver
    this.#log = context.log
    this.#signal = context.signal
    this.#stopped = context.stopped
    this.#durability = { durability: receiver.acts_outside === true ? 'waits' : 'deferred' }
    this.#done = this.#loop()
  }

  live(): boolean {
    return this.#healthy && !this.#stopping
  }

  wake(): void {
    this.#signal.notify()
  }

  async takeInto(tx: Transaction, limit: number): Promise<void> {
    if (this.#stopping) return
    const batch = await claim(tx, this.queue, limit)
    if (batch.length > 0) await this.#receiver.receive(tx, batch)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#signal.notify()
    await this.#done
    this.#stopped()
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      const limit = Math.min(
        this.#receiver.max_batch,
        this.#receiver.capacity?.() ?? Number.POSITIVE_INFINITY,
      )
      const taken = limit > 0 ? await this.#takeBatch(limit) : 0
      // Fewer than asked for means that the queue is empty, but for what has been announced since.
      if (taken < Math.max(limit, 1) && !this.#stopping) await this.#signal.wait(POLL_MS)
    }
  }

  /** Handles up to `limit` messages; answers how many there were, 0 also when the database is away. */
  async #takeBatch(limit: number): Promise<number> {
    let batch: Claimed[] = []
    try {
      await this.#database.transaction(async (tx) => {
        batch = await claim(tx, this.queue, limit)
        if (batch.length > 0) await this.#receiver.receive(tx, batch)
      }, this.#durability)
      this.#healthy = true
      return batch.length
    } catch (error) {
      await this.#afterFailure(batch, error)
      return batch.length
    }
  }

  async #afterFailure(batch: Claimed[], error: unknown): Promise<void> {
    const [first, ...others] = batch
    if (first === undefined || verdict(error, 0) === 'wait') {
      this.#healthy = false
      this.#log.warn({ queue: this.queue, error: String(error) }, 'queue waits for the database')
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS))
      return
    }
    if (others.length === 0) return this.#settle(first, error)
    for (const message of batch) await this.#takeOne(message)
  }

  /** A batch threw: its messages go one by one, so that only the faulty one suffers. */
  async #takeOne(message: Claimed): Promise<void> {
    try {
      await this.#database.transaction(async (tx) => {
        const claimed = await claimOne(tx, this.queue, message.id)
        if (claimed !== undefined) await this.#receiver.receive(tx, [claimed])
      }, this.#durability)
    } catch (error) {
      await this.#settle(message, error)
    }
  }

  async #settle(message: Claimed, error: unknown): Promise<void> {
    const outcome = verdict(error, message.attempt)
    const text = error instanceof Error ? error.message : String(error)
    this.#log.warn(
      { queue: this.queue, type: message.type, message_id: message.message_id, outcome, error: text },
      'message failed',
    )
    if (outcome === 'wait') return
    this.#receiver.failed?.(outcome)
    await this.#database
      .transaction((tx) =>
        outcome === 'retry'
          ? postpone(tx, this.queue, message.id, { error: text, delay_ms: retryDelayMs(message.attempt + 1) })
          : this.#bury(tx, message, error),
      )
      .catch((lost: unknown) =>
        this.#log.warn(
          { queue: this.queue, error: String(lost) },
          'failure not recorded; the message comes again',
        ),
      )
  }

  async #bury(tx: Transaction, message: Claimed, error: unknown): Promise<number> {
    const claimed = await claimOne(tx, this.queue, message.id)
    if (claimed === undefined) return 0
    return bury(tx, {
      queue: this.queue,
      ...originOf(claimed),
      type: claimed.type,
      payload: claimed.payload,
      message_id: claimed.message_id,
      correlation_id: claimed.correlation_id,
      attempts: claimed.attempt + 1,
      error: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? (error.stack ?? null) : null,
    })
  }
}

function originOf(message: Claimed): { exchange: string; routing_key: string } {
  if (!isMessageType(message.type) || !isJsonObject(message.payload)) return { exchange: '', routing_key: '' }
  const { exchange, routing_key } = routingOf(message.type, message.payload)
  return { exchange, routing_key }
}
