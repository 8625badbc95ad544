import type { Channel, RecoveringChannelModel } from 'amqplib'
import type { Log } from '../../log.ts'

/**
 * One channel that is always there again: made on the connection, set up, and made anew after it closes for
 * whatever reason, with back-off. What was unacknowledged on the old one comes again on the new one.
 */
export class KeptChannel<C extends Channel> {
  readonly #make: () => Promise<C>
  readonly #setUp: (channel: C) => Promise<void>
  readonly #log: Log
  #channel: C | undefined
  #closed = false
  #trouble: string | undefined = 'not connected'
  #delayMs = 100

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

  /** Makes the first channel; a failure of the set-up is thrown, later ones are retried. */
  async open(): Promise<void> {
    await this.#connect()
  }

  /** Gives up a channel that is of no more use (its consumer was cancelled); another one follows. */
  async renew(reason: string): Promise<void> {
    this.#trouble = reason
    await this.#channel?.close().catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#channel?.close().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    await this.#adopt(await this.#make())
  }

  async #reconnect(): Promise<void> {
    let channel: C
    try {
      channel = await this.#make()
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error)
      return this.#again()
    }
    await this.#adopt(channel).catch((error: unknown) => {
      this.#trouble = error instanceof Error ? error.message : String(error)
      return channel.close().catch(() => undefined) // its close event starts the next try
    })
  }

  async #adopt(channel: C): Promise<void> {
    channel.on('error', (error) => {
      this.#trouble = error instanceof Error ? error.message : String(error)
    })
    channel.once('close', () => this.#again())
    await this.#setUp(channel)
    this.#channel = channel
    this.#trouble = undefined
    this.#delayMs = 100
  }

  #again(): void {
    this.#channel = undefined
    this.#trouble ??= 'the channel was closed'
    if (this.#closed) return
    this.#log.warn({ trouble: this.#trouble }, 'channel lost, making another')
    const delay = this.#delayMs
    this.#delayMs = Math.min(delay * 2, 5000)
    setTimeout(() => {
      if (!this.#closed) void this.#reconnect()
    }, delay).unref()
  }
}

export type Connection = RecoveringChannelModel
