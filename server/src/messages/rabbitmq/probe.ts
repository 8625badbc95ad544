import { randomUUID } from 'node:crypto'
import type { ConfirmChannel, ConsumeMessage, Message } from 'amqplib'
import type { Queryable } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'
import type { MessageType } from '../messages.ts'

/*
 * A probe is a message that is no work. It takes the way of a real one, and whoever consumes the queue settles it
 * before looking inside. It comes back when no queue is bound; it is not heard when it went to another queue.
 */

const TYPE = 'Probe'
/** One that nobody takes goes by itself. */
const EXPIRES_MS = 30_000
/** Arrivals of a moment are written together. */
const WRITE_MS = 200

export type Way = { exchange: string; key: string; type: MessageType }

export function isProbe(message: Message): boolean {
  return message.properties.type === TYPE
}

/** Sends one probe down each way; answers the ways on which it came back. Resolves when the broker has them all. */
export async function probe(channel: ConfirmChannel, ways: readonly Way[]): Promise<Way[]> {
  const sent = new Map<string, Way>(ways.map((way) => [randomUUID(), way]))
  const returned: Way[] = []
  channel.on('return', (message: Message) => {
    const way = sent.get(String(message.properties.messageId))
    if (way !== undefined) returned.push(way)
  })
  for (const [messageId, way] of sent) {
    // An envelope, because readers outside may be bound to the same key: they ignore types that they do not know.
    const content = Buffer.from(
      JSON.stringify({
        message_id: messageId,
        message_type: TYPE,
        timestamp: new Date().toISOString(),
        payload: { of: way.type },
      }),
    )
    channel.publish(way.exchange, way.key, content, {
      mandatory: true,
      type: TYPE,
      messageId,
      contentType: 'application/json',
      expiration: EXPIRES_MS,
    })
  }
  await channel.waitForConfirms()
  return returned
}

type Arrival = { queue: string; exchange: string; routing_key: string }

/** Writes down where probes arrive, for every process to read: a shared queue is read by any of several. */
export class HeardProbes {
  readonly #database: Queryable
  readonly #arrived = new Map<string, Arrival>()
  #timer: NodeJS.Timeout | undefined

  constructor(database: Queryable) {
    this.#database = database
  }

  readonly note = (queue: string, { fields }: ConsumeMessage): void => {
    const arrival = { queue, exchange: fields.exchange, routing_key: fields.routingKey }
    this.#arrived.set(JSON.stringify(arrival), arrival)
    this.#timer ??= setTimeout(() => void this.#write(), WRITE_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #write(): Promise<void> {
    const arrivals = [...this.#arrived.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))
    this.#arrived.clear()
    this.#timer = undefined
    // A probe that could not be noted is one that was not heard; the next one is noted.
    await write(
      this.#database,
      arrivals.map(([, arrival]) => arrival),
    ).catch(() => undefined)
  }
}

function write(db: Queryable, arrivals: readonly Arrival[]): Promise<number> {
  return db.run(sql`
    insert into probe_heard (queue, exchange, routing_key)
    select queue, exchange, routing_key
    from json_to_recordset(${json(arrivals)}) as a (queue text, exchange text, routing_key text)
    on conflict (queue, exchange, routing_key) do update set heard_at = now()`)
}

/** The moment by the clock that `heard` goes by. */
export async function clock(db: Queryable): Promise<string> {
  return (await db.one<{ now: string }>(sql`select now() as now`)).now
}

/** Where probes have arrived since then. Rows of queues that are long gone are dropped. */
export async function heardSince(db: Queryable, since: string): Promise<Arrival[]> {
  await db.run(sql`delete from probe_heard where heard_at < now() - interval '1 day'`)
  return db.many(sql`select queue, exchange, routing_key from probe_heard where heard_at >= ${since}`)
}
