import { connect, type ConsumeMessage } from 'amqplib'
import type pg from 'pg'
import { exchanges } from '@attune/server/dist/messages/messages.js'
import { onSession } from './postgres-server.ts'
import { seeded } from './random.ts'

/** Keeps copies of the messages that travel, to deliver them once more in another order. */
export type Tap = {
  /** Publishes the copies kept so far, in the order of the seed; answers how many. */
  repeat(seed: number): Promise<number>
  close(): Promise<void>
}

/** Copies at most: enough to meet every kind of message in every state. */
const KEPT = 400

/** A trigger keeps a copy of every row of the queue. */
export async function tapDatabase(url: string): Promise<Tap> {
  await onSession(url, async (session) => {
    await session.query('create schema faults')
    await session.query('create table faults.tapped as select * from message with no data')
    await session.query(`
      create function faults.tap() returns trigger language plpgsql as $$
      begin
        insert into faults.tapped select * from arrived where queue not like '%lifecycle%';
        return null;
      end $$`)
    await session.query(`
      create trigger tap after insert on message referencing new table as arrived
      for each statement execute function faults.tap()`)
  })
  return {
    repeat: (seed) => onSession(url, (session) => repeatRows(session, seed)),
    close: async () => undefined,
  }
}

async function repeatRows(session: pg.Client, seed: number): Promise<number> {
  const { rowCount } = await session.query(
    `insert into message (queue, type, payload, message_id, correlation_id, due_at)
     select queue, type, payload, message_id, correlation_id, now() from faults.tapped
     order by md5(id::text || $1::text) limit ${KEPT}`,
    [seed],
  )
  return rowCount ?? 0
}

/** A queue of its own that takes what every exchange is told. */
export async function tapBroker(url: string): Promise<Tap> {
  const kept: ConsumeMessage[] = []
  let closed = false
  async function listen(): Promise<void> {
    try {
      const connection = await connect(url)
      connection.on('error', () => undefined)
      connection.on('close', again)
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true })
      for (const { name, type } of Object.values(exchanges)) {
        await channel.assertExchange(name, type, { durable: true })
        await channel.bindQueue(queue, name, '#')
      }
      await channel.consume(queue, (message) => void (message !== null && keep(message)), { noAck: true })
    } catch {
      again()
    }
  }
  function again(): void {
    if (!closed) setTimeout(() => void listen(), 200).unref()
  }
  function keep(message: ConsumeMessage): void {
    const copied = message.properties.headers?.['copy'] === true
    if (!copied && !message.fields.routingKey.startsWith('rule.') && kept.length < KEPT * 4)
      kept.push(message)
  }
  await listen()
  return {
    async repeat(seed) {
      const copies = seeded(seed).shuffled(kept).slice(0, KEPT)
      const connection = await connect(url)
      connection.on('error', () => undefined)
      const channel = await connection.createConfirmChannel()
      channel.on('error', () => undefined)
      for (const { fields, content, properties } of copies) {
        const { contentType, messageId, correlationId, type } = properties
        channel.publish(fields.exchange, fields.routingKey, content, {
          contentType: String(contentType),
          messageId: String(messageId),
          correlationId: String(correlationId),
          ...(typeof type === 'string' ? { type } : {}), // a probe is told by it
          headers: { copy: true },
        })
      }
      await channel.waitForConfirms()
      await connection.close()
      return copies.length
    },
    close: async () => {
      closed = true
    },
  }
}
