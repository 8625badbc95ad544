import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfirmChannel, Message } from 'amqplib'
import type { Database } from '../../database/database.ts'
import type { Log } from '../../observe/log.ts'
import { isMessageType } from '../messages.ts'
import { isBroadcast } from '../routing.ts'
import { encode } from './envelope.ts'
import { type OutboxRow, noteFailures, remove, RETURNED } from './outbox.ts'

/** Publishes without a confirm at most; the rest waits in memory, and in the outbox if we die. */
const UNCONFIRMED = 2000
/** An unconfirmed message older than this is taken up again from the outbox. */
const CONFIRM_MS = 30_000

export type OnPublished = (
  message: { type: string; exchange: string },
  outcome: 'confirmed' | 'returned' | 'nacked' | 'error',
  seconds: number,
) => void

/**
 * Hands committed messages to the broker: persistent, mandatory, confirmed. A confirmed row is deleted, a
 * returned or refused one stays and is tried again. The return of an unroutable message comes before its
 * confirm, so "confirmed" means "in a queue".
 */
export class Relay {
  readonly #database: Database
  readonly #log: Log
  readonly #published: OnPublished
  readonly #waiting: OutboxRow[] = []
  readonly #unconfirmed = new Map<string, { id: number; since: number }>()
  readonly #returned = new Set<string>()
  /** Rows in hand: what waits here for long looks left behind, and must not be published twice. */
  readonly #held = new Set<number>()
  #confirmed: number[] = []
  #failed: { id: number; error: string }[] = []
  #settling = false
  #channel: ConfirmChannel | undefined

  constructor(database: Database, log: Log, published: OnPublished = () => undefined) {
    this.#database = database
    this.#log = log
    this.#published = published
  }

  /** The channel to publish on from now on. Whatever was unconfirmed on the one before comes from the outbox again. */
  use(channel: ConfirmChannel): void {
    this.#forget()
    this.#channel = channel
    channel.on('return', (message: Message) => this.#returned.add(String(message.properties.messageId)))
    // Before the channel fails its unconfirmed messages one by one: none of them is to blame.
    channel.prependOnceListener('close', () => this.#abandon(channel))
    this.#send()
  }

  /** Publishes rows that have just been committed. Without a channel they stay in the outbox for later. */
  hand(rows: readonly OutboxRow[]): void {
    if (this.#channel === undefined) return
    for (const row of rows) {
      if (this.#held.has(row.id)) continue
      this.#held.add(row.id)
      this.#waiting.push(row)
    }
    this.#send()
  }

  /** Resolves when nothing is on its way any more, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (this.#busy() && Date.now() < deadline) await sleep(5)
  }

  #busy(): boolean {
    return this.#unconfirmed.size > 0 || this.#settling || this.#waiting.length > 0
  }

  #send(): void {
    const channel = this.#channel
    if (channel === undefined) return this.#forget()
    if (this.#unconfirmed.size >= UNCONFIRMED) this.forgetStale()
    while (this.#waiting.length > 0 && this.#unconfirmed.size < UNCONFIRMED) {
      const row = this.#waiting.shift()
      if (row !== undefined) this.#publish(channel, row)
    }
  }

  #abandon(channel: ConfirmChannel): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    this.#forget()
  }

  /** Everything in hand is in the outbox too, and comes from there again. */
  #forget(): void {
    this.#waiting.length = 0
    this.#unconfirmed.clear()
    this.#returned.clear()
    this.#held.clear()
  }

  #publish(channel: ConfirmChannel, row: OutboxRow): void {
    const now = new Date()
    this.#unconfirmed.set(row.message_id, { id: row.id, since: now.getTime() })
    const options = {
      persistent: true,
      mandatory: !(isMessageType(row.type) && isBroadcast(row.type)),
      contentType: 'application/json',
      messageId: row.message_id,
      correlationId: row.correlation_id,
      timestamp: Math.floor(now.getTime() / 1000),
    }
    const content = encode(row, now)
    try {
      channel.publish(row.exchange, row.routing_key, content, options, (error: unknown) => {
        if (this.#channel === channel) this.#settle(row, error)
      })
    } catch {
      this.#abandon(channel) // it is closing; the next one takes over
    }
  }

  #settle(row: OutboxRow, error: unknown): void {
    const seconds = (Date.now() - (this.#unconfirmed.get(row.message_id)?.since ?? Date.now())) / 1000
    this.#unconfirmed.delete(row.message_id)
    if (this.#returned.delete(row.message_id)) {
      this.#published(row, 'returned', seconds)
      this.#failed.push(this.#returnedRow(row))
    } else if (error) {
      this.#published(row, /nack/.test(messageOf(error)) ? 'nacked' : 'error', seconds)
      this.#failed.push({ id: row.id, error: messageOf(error) })
    } else {
      this.#published(row, 'confirmed', seconds)
      this.#confirmed.push(row.id)
    }
    if (!this.#settling) void this.#record()
    this.#send()
  }

  #returnedRow({ id, type, exchange, routing_key }: OutboxRow): { id: number; error: string } {
    this.#log.error({ type, exchange, routing_key }, 'message returned: no queue is bound for it')
    return { id, error: `${RETURNED}: no queue is bound to ${exchange} for ${routing_key}` }
  }

  /** Deletes what is confirmed, in batches: those that arrive while one delete runs share the next. */
  async #record(): Promise<void> {
    this.#settling = true
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#confirmed.length > 0 || this.#failed.length > 0) {
      const [confirmed, failed] = [this.#confirmed, this.#failed]
      this.#confirmed = []
      this.#failed = []
      try {
        if (confirmed.length > 0) await remove(this.#database, confirmed)
        if (failed.length > 0) await noteFailures(this.#database, failed)
      } catch (error) {
        // The rows are still there and are published again; receivers do the same thing once.
        this.#log.warn({ error: String(error) }, 'outbox not cleared')
      }
      for (const id of [...confirmed, ...failed.map((failure) => failure.id)]) this.#held.delete(id)
    }
    this.#settling = false
  }

  /** Lets go of what the broker has not confirmed for long, so that it is taken up again when it is due. */
  forgetStale(): void {
    const limit = Date.now() - CONFIRM_MS
    for (const [message, { id, since }] of this.#unconfirmed) {
      if (since >= limit) return // the oldest come first
      this.#unconfirmed.delete(message)
      this.#held.delete(id)
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the broker refused it'
}
