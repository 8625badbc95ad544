import type pg from 'pg'
import type { Database } from '../../database/database.ts'
import { outageText } from '../../database/outage.ts'
import type { Log } from '../../observe/log.ts'
import { within } from '../../waiting/within.ts'

const RETRY_MS = 1000
/**
 * A session that only listens is told nothing when its server has ended it and something between keeps the
 * connection open: it has to ask. One that is lost is noticed within these two.
 */
const PING_MS = 5000
const ANSWER_MS = 5000

type ListenOptions = {
  database: Database
  channel: string
  log: Log
  heard(payload: string): void
  /** It listens, after a time in which it did not. */
  opened(): void
}

/**
 * A session that listens to a channel. It is asked regularly whether it still does; one that ends, does not answer in
 * time or does not listen is ended and replaced.
 */
export class ListenSession {
  readonly #options: ListenOptions
  #session: pg.Client | undefined
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #trouble: string | undefined = 'not opened yet'

  constructor(options: ListenOptions) {
    this.#options = options
  }

  /** Undefined when it listens, else why it does not. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Opens the first session; a failure is thrown. Later ones are tried for ever. */
  async open(): Promise<void> {
    const { database, channel, heard, opened } = this.#options
    const session = await database.session(ANSWER_MS)
    session.on('notification', ({ payload }) => heard(payload ?? ''))
    try {
      await session.query(`listen ${channel}`)
      await this.#ask(session)
    } catch (error) {
      cutOff(session)
      throw error
    }
    if (this.#closed) return cutOff(session)
    this.#session = session
    this.#trouble = undefined
    session.once('end', () => this.#lost(session, 'it was ended'))
    this.#timer = setTimeout(() => void this.#ping(session), PING_MS)
    opened()
  }

  /** Tells every other session on the channel. False when that was not possible. */
  async notify(payload: string): Promise<boolean> {
    const session = this.#session
    if (session === undefined) return false
    try {
      await session.query('select pg_notify($1, $2)', [this.#options.channel, payload])
      return true
    } catch (error) {
      this.#lost(session, outageText(error))
      return false
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const session = this.#session
    this.#session = undefined
    if (session === undefined) return
    await within(session.end(), ANSWER_MS)
    cutOff(session)
  }

  async #ping(session: pg.Client): Promise<void> {
    try {
      await this.#ask(session)
      if (this.#session === session) this.#timer = setTimeout(() => void this.#ping(session), PING_MS)
    } catch (error) {
      this.#lost(session, outageText(error))
    }
  }

  /** Whether it answers, and still listens: a pooler between may have given it another session of the server. */
  async #ask(session: pg.Client): Promise<void> {
    const { rows } = await session.query<{ channel: string }>('select pg_listening_channels() as channel')
    if (rows.some(({ channel }) => channel === this.#options.channel)) return
    throw new Error('its server does not know that it listens; connect to PostgreSQL itself, past any pooler')
  }

  #lost(session: pg.Client, reason: string): void {
    if (this.#session !== session) return
    this.#session = undefined
    this.#trouble = reason
    clearTimeout(this.#timer)
    cutOff(session)
    if (this.#closed) return
    this.#options.log.warn({ channel: this.#options.channel, reason }, 'the listening session is lost')
    this.#again()
  }

  #again(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.open().catch((error: unknown) => {
        this.#trouble = outageText(error)
        this.#again()
      })
    }, RETRY_MS)
  }
}

/** Without a word: one whose server is gone would wait for its answer. */
function cutOff({ connection }: pg.Client): void {
  connection.stream.destroy()
}
