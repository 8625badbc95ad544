import { randomUUID } from 'node:crypto'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBroker } from '../../../test/broker.ts'
import { eventually } from '../../../test/eventually.ts'
import { type Running, running } from '../../../test/running.ts'
import { queueDefinition } from '../queues.ts'
import { fill } from '../routing.ts'
import type { Consumer, Delivery } from '../transport.ts'
import { encode } from './envelope.ts'

const key = 'workerExecutions'
const names = { worker_id: 1 }
const queue = fill(queueDefinition(key).name, names)

/** A broker closes the channel of whoever holds messages unacknowledged for too long. */
describe.runIf(hasBroker())('dispatches that wait for a slot', { timeout: 60_000 }, () => {
  let attune: Running
  let connection: ChannelModel
  let channel: Channel
  let consumer: Consumer
  let slots = 0
  const taken: Delivery[] = []

  beforeAll(async () => {
    attune = await running('rabbitmq', [])
    connection = await connect(attune.broker?.url ?? '')
    channel = await connection.createChannel()
    consumer = await attune.transport.consume(
      { key, name: queue, names },
      {
        max_batch: 10,
        capacity: () => slots,
        async receive(_, batch) {
          slots -= batch.length
          taken.push(...batch)
        },
      },
    )
  })
  afterAll(async () => {
    await consumer.stop()
    await connection.close()
    await attune.end()
  })

  function dispatch(): string {
    const message_id = randomUUID()
    const message = { type: 'ExecutionRequested', payload: {}, message_id, correlation_id: message_id }
    const body = encode({ ...message, attempt: 0, first_failed_at: null }, new Date())
    channel.sendToQueue(queue, body, { messageId: message_id, persistent: true })
    return message_id
  }

  /** Counts what no consumer holds. */
  const inQueue = () => channel.checkQueue(queue)
  const takenIds = () => taken.map(({ message_id }) => message_id)

  test('go back to the queue, and come in their order when slots are free', async () => {
    const sent = [dispatch(), dispatch(), dispatch()]

    await eventually(inQueue, ({ messageCount, consumerCount }) => messageCount === 3 && consumerCount === 0)
    expect(taken).toEqual([])

    slots = 2
    consumer.wake()
    await eventually(takenIds, (ids) => ids.length === 2)
    expect(takenIds()).toEqual(sent.slice(0, 2))

    await eventually(inQueue, ({ messageCount, consumerCount }) => messageCount === 1 && consumerCount === 0)
    slots = 1
    consumer.wake()
    await eventually(takenIds, (ids) => ids.length === 3)
    expect(takenIds()).toEqual(sent)
  })

  test('are no fault of the topology, and their consumer lives', async () => {
    slots = 0
    const id = dispatch()
    await eventually(inQueue, ({ messageCount, consumerCount }) => messageCount === 1 && consumerCount === 0)

    const { faults, queues } = await attune.transport.inspect()

    expect(faults.filter(({ object }) => object === queue)).toEqual([])
    expect(queues.find((one) => one.queue === queue)).toMatchObject({ depth: 1, consumers: 1 })
    expect(consumer.live()).toBe(true)
    slots = 1
    consumer.wake()
    await eventually(takenIds, (ids) => ids.includes(id))
  })

  test('are taken at once while slots are free', async () => {
    slots = 5
    consumer.wake()
    const ids = [dispatch(), dispatch()]

    await eventually(takenIds, (all) => ids.every((id) => all.includes(id)))
    expect(await inQueue()).toMatchObject({ messageCount: 0, consumerCount: 1 })
  })
})
