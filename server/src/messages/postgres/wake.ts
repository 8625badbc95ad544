import type pg from 'pg'
import type { Database } from '../../database/database.ts'
import type { Signal } from '../../waiting/signal.ts'

const CHANNEL = 'attune_message'
const RETRY_MS = 1000
/** A session that only listens would not notice that its server is gone. */
const PING_MS = 10_000

/**
 * Tells consumers that a queue has something: those of this process through a signal, those of others through
 * one NOTIFY for all queues of a moment, sent outside the writing transaction (a notifying commit is serialised
 * with every other). A lost NOTIFY costs a poll interval, never a message.
 */
export class WakeUps {
  readonly #signals = new Map<string, Set<Signal>>()
  readonly #waiting = new Set<string>()
  #others = new Set<string>()
  #session: pg.Client | undefined
  #closed = false
  #retry: NodeJS.Timeout | undefined
  #ping: NodeJS.Timeout | undefined
  #flushing = false

  /** Listens from now on. A session that ends, or does not answer any more, is replaced. */
  async listen(database: Database): Promise<void> {
    await this.#open(database)
    this.#ping = setInterval(() => void this.#session?.query('select 1').catch(() => undefined), PING_MS)
  }

  async #open(database: Database): Promise<void> {
    const session = await database.session()
    session.on('notification', ({ payload }) => {
      for (const queue of (payload ?? '').split('\n')) this.#signal(queue)
    })
    try {
      await session.query(`listen ${CHANNEL}`)
    } catch (error) {
      await session.end().catch(() => undefined)
      throw error
    }
    if (this.#closed) return session.end()
    this.#session = session
    session.once('end', () => {
      this.#session = undefined
      this.#openAgain(database)
    })
    for (const queue of this.#signals.keys()) this.#signal(queue) // what came while nobody listened
  }

  subscribe(queue: string, signal: Signal): () => void {
    const signals = this.#signals.get(queue) ?? new Set()
    this.#signals.set(queue, signals.add(signal))
    return () => signals.delete(signal)
  }

  /** Names the queues that processes other than this one listen to. */
  othersListenTo(queues: Set<string>): void {
    this.#others = queues
  }

  /** Call after the commit that wrote to these queues. */
  written(queues: Iterable<string>): void {
    for (const queue of queues) {
      this.#signal(queue)
      if (this.#others.has(queue)) this.#waiting.add(queue)
    }
    if (this.#waiting.size > 0 && !this.#flushing) void this.#flush()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    clearInterval(this.#ping)
    await this.#session?.end().catch(() => undefined)
  }

  get listening(): boolean {
    return this.#session !== undefined
  }

  #signal(queue: string): void {
    for (const signal of this.#signals.get(queue) ?? []) signal.notify()
  }

  async #flush(): Promise<void> {
    this.#flushing = true
    while (this.#waiting.size > 0 && this.#session !== undefined) {
      const queues = [...this.#waiting].slice(0, 100)
      for (const queue of queues) this.#waiting.delete(queue)
      await this.#session
        .query('select pg_notify($1, $2)', [CHANNEL, queues.join('\n')])
        .catch(() => undefined)
    }
    this.#flushing = false
  }

  #openAgain(database: Database): void {
    if (this.#closed) return
    this.#retry = setTimeout(() => {
      this.#open(database).catch(() => this.#openAgain(database))
    }, RETRY_MS)
  }
}
