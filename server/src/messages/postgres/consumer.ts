import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Transaction, TransactionOptions } from '../../database/database.ts'
import { outageText } from '../../database/outage.ts'
import type { Log } from '../../observe/log.ts'
import type { Signal } from '../../waiting/signal.ts'
import { type AfterDeadLetter, storeDeadLetter, originOf } from '../dead-letter.ts'
import { LoopWatch } from '../loop-watch.ts'
import { type QueueKey, queueDefinition } from '../queues.ts'
import type { Consumer, QueueSubscription, Receiver } from '../transport.ts'
import { reasonOf, retryDelayMs, verdict } from '../verdict.ts'
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
  readonly #afterDeadLetter: AfterDeadLetter | undefined
  readonly #stopped: () => void
  readonly #durability: TransactionOptions
  #stopping = false
  /** Why the queue cannot be read. */
  #outage: string | undefined
  readonly #watch = new LoopWatch()
  readonly #done: Promise<void>

  constructor(
    database: Database,
    listening: QueueSubscription,
    receiver: Receiver,
    context: { log: Log; signal: Signal; stopped: () => void; afterDeadLetter: AfterDeadLetter | undefined },
  ) {
    this.key = listening.key
    this.queue = listening.name
    this.#database = database
    this.#receiver = receiver
    this.#log = context.log
    this.#signal = context.signal
    this.#afterDeadLetter = context.afterDeadLetter
    this.#stopped = context.stopped
    const { durability } = queueDefinition(listening.key)
    this.#durability = { durability }
    this.#done = this.#loop()
  }

  live(): boolean {
    return !this.#stopping && this.trouble === undefined
  }

  /** Why nothing is taken from the queue, while something should be. */
  get trouble(): string | undefined {
    const seconds = this.#watch.standing_seconds
    if (seconds !== undefined)
      return `it stands still since ${seconds} s, with a statement that is not answered or work that does not end`
    return this.#outage
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
      this.#watch.moves()
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
      this.#outage = undefined
      return batch.length
    } catch (error) {
      await this.#afterFailure(batch, error)
      return batch.length
    }
  }

  async #afterFailure(batch: Claimed[], error: unknown): Promise<void> {
    const [first, ...others] = batch
    if (first === undefined || verdict(error, 0) === 'wait') {
      this.#outage = outageText(error)
      this.#log.warn({ queue: this.queue, error: this.#outage }, 'queue waits for the database')
      await sleep(OUTAGE_MS)
      return
    }
    if (others.length === 0) return this.#settle(first, error)
    for (const message of batch) {
      this.#watch.moves()
      await this.#takeOne(message)
    }
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
    const { type, message_id, correlation_id } = message
    this.#log.warn(
      { queue: this.queue, type, message_id, correlation_id, outcome, error: text },
      'message failed',
    )
    if (outcome === 'wait') return
    this.#receiver.failed?.(outcome, message.type)
    await this.#database
      .transaction(async (tx) => {
        const delay_ms = retryDelayMs(message.attempt + 1)
        if (outcome === 'retry') await postpone(tx, this.queue, message.id, { error: text, delay_ms })
        else await this.#storeDeadLetter(tx, message, error)
      })
      .catch((lost: unknown) =>
        this.#log.warn(
          { queue: this.queue, error: String(lost) },
          'failure not recorded; the message comes again',
        ),
      )
  }

  async #storeDeadLetter(tx: Transaction, message: Claimed, error: unknown): Promise<void> {
    const claimed = await claimOne(tx, this.queue, message.id)
    if (claimed === undefined) return
    const { type, payload, message_id, correlation_id, attempt, first_failed_at } = claimed
    const letter = {
      queue: this.queue,
      ...(originOf(type, payload) ?? { exchange: '', routing_key: '' }),
      type,
      payload,
      message_id,
      correlation_id,
      attempts: attempt + 1,
      reason: reasonOf(error),
      error: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? (error.stack ?? null) : null,
      first_failed_at,
      last_failed_at: null,
    }
    await storeDeadLetter(tx, letter, this.#afterDeadLetter)
  }
}
