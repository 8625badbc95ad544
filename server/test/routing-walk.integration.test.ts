import { type Channel, type ChannelModel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { exchanges, type MessageType, messages } from '../src/messages/messages.ts'
import { queueDefinition, queueKeys } from '../src/messages/queues.ts'
import { fill, queuesTaking, routingOf } from '../src/messages/routing.ts'
import { deadLetterExchange, deadLetterQueue } from '../src/messages/rabbitmq/topology.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import { type Running, running } from './running.ts'

/** The routing table against a real broker: what was wrong in the outage that this system was born from. */
describe.runIf(hasBroker())('on a real broker', () => {
  let attune: Running
  let connection: ChannelModel
  let channel: Channel

  beforeAll(async () => {
    attune = await running('rabbitmq', ['executor', 'worker', 'sensor'])
    connection = await connect(attune.broker?.url ?? '')
    channel = await connection.createChannel()
  })
  afterAll(async () => {
    await connection.close()
    await attune.end()
  })

  const types = Object.keys(messages) as MessageType[]

  test.each(types)('%s, published with mandatory, arrives at every queue that takes it', async (type) => {
    const names = await filled()
    const { exchange, routing_key } = routingOf(type, { worker_id: names.worker_id })

    const confirming = await connection.createConfirmChannel()
    const returned: string[] = []
    confirming.on('return', (message) => returned.push(message.fields.routingKey))
    confirming.publish(exchange, routing_key, Buffer.from('{}'), { mandatory: true })
    await confirming.waitForConfirms()
    await confirming.close()

    expect(returned).toEqual([])
    for (const queue of queuesTaking(type)) {
      const { consumerCount } = await channel.checkQueue(fill(queue.name, names))
      expect(consumerCount, `${queue.name} has a live consumer`).toBeGreaterThan(0)
    }
  })

  test('what cannot be read is put aside as a row and not lost', async () => {
    const { rows } = await eventually(
      async () => ({
        rows: await attune.database.many<{ error: string }>(sql`select error from dead_letter`),
      }),
      ({ rows: found }) => found.length >= types.length,
    )
    expect(rows.every((row) => 'error' in row)).toBe(true)
  })

  test('no queue exists that the routing table does not own', async (context) => {
    const { worker_id, instance } = await filled()
    const owned = queueKeys.map((key) => fill(queueDefinition(key).name, { worker_id, instance }))

    const listed = await attune.broker?.list('queues')
    if (listed === undefined) return context.skip('only the administrator of the broker may list queues')

    expect(listed.sort()).toEqual([deadLetterQueue, ...owned].sort())
  })

  test('no exchange but those of the table is there besides the built-in ones', async (context) => {
    const listed = await attune.broker?.list('exchanges')
    if (listed === undefined) return context.skip('only the administrator of the broker may list exchanges')

    const ours = listed.filter((name) => name.startsWith('attune'))
    expect(ours.sort()).toEqual(
      [deadLetterExchange, ...Object.values(exchanges).map(({ name }) => name)].sort(),
    )
  })

  async function filled(): Promise<{ worker_id: number; instance: string }> {
    const worker = await attune.database.one<{ id: number }>(
      sql`select id from worker where worker_role = 'action'`,
    )
    const host = await attune.database.one<{ instance: string }>(
      sql`select instance from worker where worker_role = 'sensor'`,
    )
    return { worker_id: worker.id, instance: host.instance }
  }
})
