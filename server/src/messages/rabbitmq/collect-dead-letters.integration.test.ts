import { randomUUID } from 'node:crypto'
import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBroker } from '../../../test/broker.ts'
import { eventually } from '../../../test/eventually.ts'
import * as given from '../../../test/given.ts'
import { type Running, running } from '../../../test/running.ts'
import { sql } from '../../database/sql.ts'
import type { DeadLetter } from '../../domain/watch/dead-letter/dead-letter.ts'
import type { Execution } from '../../domain/flow/execution/execution.ts'
import { encode } from './envelope.ts'
import { declareQueue } from './topology.ts'

/** Nobody reads this queue here, so the test can be a consumer that gives messages up. */
const queue = 'attune.events.queue'

describe.runIf(hasBroker())('what the broker gives up', () => {
  let attune: Running
  let connection: ChannelModel
  let channel: Channel

  beforeAll(async () => {
    attune = await running('rabbitmq', ['executor'])
    connection = await connect(attune.broker?.url ?? '')
    channel = await connection.createChannel()
  })
  afterAll(async () => {
    await connection.close()
    await attune.end()
  })

  const eventCreated = (message_id: string) => {
    const payload = {
      event_id: 1,
      event_created: '2031-01-01T00:00:00Z',
      trigger_id: null,
      trigger_ref: 'demo.t',
      sensor_id: null,
      sensor_ref: null,
      rule_id: null,
    }
    const message = { type: 'EventCreated', payload, message_id, correlation_id: message_id }
    return encode({ ...message, attempt: 0, first_failed_at: null }, new Date())
  }

  const say = (body: Buffer, messageId: string) =>
    channel.publish('attune.events', 'event.created', body, { messageId, persistent: true })

  const take = () =>
    eventually(
      () => channel.get(queue),
      (message): message is GetMessage => message !== false,
    )

  async function reject(): Promise<void> {
    const message = await take()
    if (message !== false) channel.nack(message, false, false)
  }

  const lettersOf = (message_id: string) =>
    attune.database.many<DeadLetter>(sql`select * from dead_letter where message_id = ${message_id}`)

  const letterOf = async (message_id: string) => {
    const [letter] = await eventually(
      () => lettersOf(message_id),
      (letters) => letters.length > 0,
    )
    return letter
  }

  const origin = { queue, exchange: 'attune.events', routing_key: 'event.created' }

  test('a rejected message is a row that says where it came from', async () => {
    const message_id = randomUUID()
    say(eventCreated(message_id), message_id)
    await reject()

    expect(await letterOf(message_id)).toMatchObject({
      ...origin,
      type: 'EventCreated',
      reason: 'rejected',
      payload: { event_id: 1, trigger_ref: 'demo.t' },
      correlation_id: message_id,
      status: 'open',
    })
  })

  test('a message that is delivered over and over is a row', async () => {
    const message_id = randomUUID()
    say(eventCreated(message_id), message_id)

    const [letter] = await eventually(
      async () => {
        const message = await channel.get(queue)
        if (message !== false) channel.nack(message)
        return lettersOf(message_id)
      },
      (letters) => letters.length > 0,
    )

    expect(letter).toMatchObject({ ...origin, reason: 'delivery_limit' })
  })

  test('a body that is no message, with text that cannot be stored, is a row', async () => {
    const message_id = randomUUID()
    say(Buffer.from('{"half": "\u0000'), message_id)
    await reject()

    expect(await letterOf(message_id)).toMatchObject({
      ...origin,
      type: 'unreadable',
      reason: 'rejected',
      payload: '{"half": "\uFFFD',
    })
  })

  test('a payload that cannot be stored as it is is kept all the same', async () => {
    const message_id = randomUUID()
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const body = `{"message_type":"EventCreated","message_id":"${message_id}","payload":{"nul":"\\u0000","deep":${deep}}}`
    say(Buffer.from(body), message_id)
    await reject()

    expect(await letterOf(message_id)).toMatchObject({ ...origin, payload: { nul: '\uFFFD' } })
  })

  test('the same message delivered again makes no second open row', async () => {
    const message_id = randomUUID()
    const after = randomUUID()
    for (const id of [message_id, message_id, after]) {
      say(eventCreated(id), id)
      await reject()
    }

    await letterOf(after)

    expect(await lettersOf(message_id)).toHaveLength(1)
  })

  async function dispatchThatExpires(execution: Execution, worker: number, fence: string): Promise<string> {
    const message_id = randomUUID()
    const names = { worker_id: worker }
    const name = `worker.${worker}.executions`
    await declareQueue(channel, { key: 'workerExecutions', name, names })
    const payload = {
      execution_id: execution.id,
      worker_id: worker,
      action_ref: execution.action_ref,
      scheduled_attempt_updated_at: fence,
    }
    const message = { type: 'ExecutionDispatched', payload, message_id, correlation_id: message_id }
    const body = encode({ ...message, attempt: 0, first_failed_at: null }, new Date())
    channel.publish('attune.executions', `execution.dispatch.worker.${worker}`, body, { expiration: '1' })
    return message_id
  }

  test('a dispatch that expires ends its execution, and its retry follows', async () => {
    const worker = await given.worker(attune.database)
    const execution = await given.execution(attune.database, {
      worker: worker.id,
      status: 'scheduled',
      max_retries: 1,
    })

    const letter = await letterOf(await dispatchThatExpires(execution, worker.id, execution.updated))

    expect(letter).toMatchObject({
      queue: `worker.${worker.id}.executions`,
      exchange: 'attune.executions',
      routing_key: `execution.dispatch.worker.${worker.id}`,
      type: 'ExecutionDispatched',
      reason: 'expired',
    })
    expect(
      await attune.database.one(sql`select status, result from execution where id = ${execution.id}`),
    ).toMatchObject({
      status: 'failed',
      result: { error: 'Worker queue TTL expired', failed_by: 'dead_letter', dead_letter: letter?.id },
    })
    await eventually(
      () => attune.database.many(sql`select id from execution where original_execution = ${execution.id}`),
      (retries) => retries.length === 1,
    )
  })

  test('a dispatch from before the execution was placed anew ends nothing', async () => {
    const worker = await given.worker(attune.database)
    const execution = await given.execution(attune.database, { worker: worker.id, status: 'scheduled' })

    await letterOf(await dispatchThatExpires(execution, worker.id, '2031-01-01T00:00:00.000001Z'))

    expect(await attune.database.one(sql`select status from execution where id = ${execution.id}`)).toEqual({
      status: 'scheduled',
    })
  })
})
