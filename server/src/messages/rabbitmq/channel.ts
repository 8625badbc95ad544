import type { Channel, RecoveringChannelModel } from 'amqplib'
import type { Log } from '../../observe/log.ts'
import { within } from '../../waiting/within.ts'

export type Connection = RecoveringChannelModel

const FIRST_DELAY_MS = 100
const LAST_DELAY_MS = 5000
/** A channel that lasted so long was well: the next loss is another story and is repaired at once. */
const STEADY_MS = 10_000
/** The broker's answer to a close; on a connection that is dead it does not come. */
const CLOSE_MS = 2000

/**
 * One channel that is always there again: made on the connection, set up, and made anew after it closes for
 * whatever reason, with back-off. What was unacknowledged on the old one comes again on the new one.
 */
export class KeptChannel<C extends Channel> {
  readonly #make: () => Promise<C>
  readonly #setUp: (channel: C) => Promise<void>
  readonly #log: Log
  #channel: C | undefined
  #since = 0
  #closed = false
  #trouble: string | undefined = 'not connected'
  #delayMs = FIRST_DELAY_MS
  #timer: NodeJS.Timeout | undefined

  constructor(make: () => Promise<C>, setUp: (channel: C) => Promise<void>, log: Log) {
    this.#make = make
    this.#setUp = setUp
    this.#log = log
  }

  /** The live channel; undefined while there is none. */
  get current(): C | undefined {
    return this.#channel
  }

  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Makes the first channel; a failure is thrown and nothing goes on behind it. Later ones are retried for ever. */
  open(): Promise<void> {
    return this.#attempt()
  }

  /** Gives up a channel that is of no more use (its consumer was cancelled); another one follows. */
  async renew(channel: C, reason: string): Promise<void> {
    this.#trouble = reason
    this.#lost(channel)
    await shut(channel) // one that is still being set up fails there, and is tried again
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const channel = this.#channel
    this.#channel = undefined
    if (channel !== undefined) await shut(channel)
  }

  async #attempt(): Promise<void> {
    const channel = await this.#make()
    const life = { over: false }
    channel.on('error', (error: unknown) => {
      this.#trouble = textOf(error)
    })
    channel.once('close', () => {
      life.over = true
      this.#lost(channel)
    })
    try {
      await this.#setUp(channel)
    } catch (error) {
      await shut(channel)
      throw error
    }
    if (life.over) throw new Error(this.#trouble ?? 'the channel was closed while it was set up')
    if (this.#closed) return shut(channel)
    this.#channel = channel
    this.#since = Date.now()
    this.#trouble = undefined
  }

  /** One that never came into use is the business of whoever set it up. */
  #lost(channel: C): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    this.#trouble ??= 'the channel was closed'
    if (Date.now() - this.#since > STEADY_MS) this.#delayMs = FIRST_DELAY_MS
    this.#again()
  }

  #again(): void {
    if (this.#closed) return
    this.#log.warn({ trouble: this.#trouble, delay_ms: this.#delayMs }, 'channel lost, making another')
    this.#timer = setTimeout(() => {
      this.#attempt().catch((error: unknown) => {
        this.#trouble = textOf(error)
        this.#again()
      })
    }, this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, LAST_DELAY_MS)
  }
}

/** Closes a channel that may be closed already, on a connection that may be dead. */
export async function shut(channel: Channel): Promise<void> {
  await within(
    channel.close().catch(() => undefined),
    CLOSE_MS,
  )
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
