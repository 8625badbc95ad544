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

export type ProbeRoute = { exchange: string; key: string; type: MessageType }
export type Probe = ProbeRoute & { id: string }

export function probeOf(way: ProbeRoute): Probe {
  return { ...way, id: randomUUID() }
}

export function isProbe(message: Message): boolean {
  return message.properties.type === TYPE
}

/** Sends probes; answers the ids of those that came back. Resolves when the broker has them all. */
export async function send(channel: ConfirmChannel, probes: readonly Probe[]): Promise<Set<string>> {
  const returned = new Set<string>()
  channel.on('return', ({ properties }: Message) => returned.add(String(properties.messageId)))
  for (const { id, exchange, key, type } of probes) {
    // An envelope, because readers outside may be bound to the same key: they ignore types that they do not know.
    const envelope = {
      message_id: id,
      message_type: TYPE,
      timestamp: new Date().toISOString(),
      payload: { of: type },
    }
    channel.publish(exchange, key, Buffer.from(JSON.stringify(envelope)), {
      mandatory: true,
      type: TYPE,
      messageId: id,
      contentType: 'application/json',
      expiration: EXPIRES_MS,
    })
  }
  await channel.waitForConfirms()
  return returned
}

type Arrival = { probe: string; queue: string }

/** Writes down where probes arrive, for every process to read: a shared queue is read by any of several. */
export class ConsumedProbes {
  readonly #database: Queryable
  #arrived: Arrival[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(database: Queryable) {
    this.#database = database
  }

  readonly note = (queue: string, { properties }: ConsumeMessage): void => {
    this.#arrived.push({ probe: String(properties.messageId), queue })
    this.#timer ??= setTimeout(() => void this.write(), WRITE_MS)
  }

  /** A probe that could not be noted is one that was not heard; the next one is noted. */
  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const arrivals = this.#arrived
    this.#arrived = []
    if (arrivals.length > 0) await note(this.#database, arrivals).catch(() => undefined)
  }
}

function note(db: Queryable, arrivals: readonly Arrival[]): Promise<number> {
  return db.run(sql`
    insert into probe_heard (probe, queue)
    select probe, queue from json_to_recordset(${json(arrivals)}) as a (probe text, queue text)
    order by probe, queue
    on conflict (probe, queue) do nothing`)
}

/** Which of the probes have arrived, and where. Drops what nobody asks for any more. */
export async function consumedProbes(db: Queryable, probes: readonly string[]): Promise<Arrival[]> {
  await db.run(sql`
    with old as (
      select probe, queue from probe_heard where heard_at < now() - interval '5 minutes'
      order by probe, queue
      for update skip locked)
    delete from probe_heard p using old o where p.probe = o.probe and p.queue = o.queue`)
  return db.many(sql`select probe, queue from probe_heard where probe = any(${probes})`)
}
