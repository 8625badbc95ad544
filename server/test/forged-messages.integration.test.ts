import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { toId } from '../src/id.ts'
import type { MessageType } from '../src/messages/messages.ts'
import { encode } from '../src/messages/rabbitmq/envelope.ts'
import { routingOf } from '../src/messages/routing.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type Running, running } from './running.ts'
import { shellAction } from './shell.ts'

const WORKER = 'the-worker'

/**
 * Somebody who can write to the broker and not to the database: whatever they say, nothing runs, ends or is made that
 * the rows do not ask for.
 */
describe.runIf(hasBroker())('a message that nobody of ours published', () => {
  let attune: Running
  let connection: ChannelModel
  let channel: ConfirmChannel
  let action: Awaited<ReturnType<typeof shellAction>>
  let worker: { id: number }

  beforeAll(async () => {
    attune = await running('rabbitmq', [], { worker: { name: WORKER } })
    action = await shellAction(attune.database, 'echo ran; sleep 0.1')
    await attune.start(['executor', 'worker', 'sensor'])
    worker = await attune.database.one<{ id: number }>(sql`select id from worker where name = ${WORKER}`)
    connection = await connect(attune.broker?.url ?? '')
    channel = await connection.createConfirmChannel()
  })
  afterAll(async () => {
    await connection.close()
    await attune.end()
  })

  /** Says it as a stranger does: straight to the exchange, past outbox and types. */
  async function forge(type: MessageType, payload: Readonly<Record<string, unknown>>): Promise<void> {
    const { exchange, routing_key } = routingOf(type, payload)
    const message_id = `forged-${Math.random()}`
    const envelope = {
      type,
      payload,
      message_id,
      correlation_id: message_id,
      attempt: 0,
      first_failed_at: null,
    }
    channel.publish(exchange, routing_key, encode(envelope, new Date()), { messageId: message_id })
    await channel.waitForConfirms()
  }

  const dispatchOf = (execution_id: number) => ({
    execution_id,
    worker_id: worker.id,
    action_ref: action.ref,
    scheduled_attempt_updated_at: new Date().toISOString(),
    config: { code: 'touch /tmp/forged' },
  })

  /** An honest execution that comes after them on the same queues: when it has ended, they have been handled. */
  async function honest(): Promise<void> {
    const { id } = await given.execution(attune.database, { action: action.id })
    await forge('ExecutionRequested', requestOf(id))
    await eventually(
      () => attune.database.one<{ status: string }>(sql`select status from execution where id = ${id}`),
      ({ status }) => status === 'completed',
    )
  }

  const requestOf = (execution_id: number) => ({
    execution_id,
    action_id: action.id,
    action_ref: action.ref,
    parent_id: null,
    enforcement_id: null,
  })

  const rowOf = (id: number) =>
    attune.database.one(sql`select status, result, attempt, updated from execution where id = ${id}`)

  test('runs nothing that has ended, is not placed, or does not exist', async () => {
    const ended = await given.execution(attune.database, { action: action.id, status: 'completed' })
    const elsewhere = await given.worker(attune.database, { last_heartbeat: null })
    const others = await given.execution(attune.database, {
      action: action.id,
      status: 'scheduled',
      worker: elsewhere.id,
    })
    const before = await Promise.all([rowOf(ended.id), rowOf(others.id)])

    for (const id of [ended.id, others.id, 999_999_999]) {
      await forge('ExecutionDispatched', dispatchOf(id))
      await forge('ExecutionCancelRequested', { execution_id: id, worker_id: worker.id })
    }
    await forge('ExecutionRequested', requestOf(ended.id))
    await forge('ExecutionRequested', requestOf(999_999_999))
    await honest()

    expect(await Promise.all([rowOf(ended.id), rowOf(others.id)])).toEqual(before)
  })

  test('ends nothing that runs and starts no further try', async () => {
    const runs = await given.execution(attune.database, {
      action: action.id,
      status: 'running',
      worker: worker.id,
      max_retries: 3,
    })
    const before = await rowOf(runs.id)

    for (const status of ['completed', 'failed', 'timeout', 'cancelled']) {
      await forge('ExecutionCompleted', {
        execution_id: runs.id,
        action_id: action.id,
        action_ref: action.ref,
        status,
        result: { forged: true },
        completed_at: new Date().toISOString(),
      })
    }
    await honest()

    expect(await rowOf(runs.id)).toEqual(before)
    expect(
      await attune.database.many(sql`select id from execution where original_execution = ${runs.id}`),
    ).toEqual([])
  })

  test('makes no enforcement of an event that is not there, and no execution of one that is resolved', async () => {
    const rule = await given.rule(attune.database, { action: action.id })
    const resolved = await given.enforcement(attune.database, { rule: rule.id, status: 'processed' })
    const about = { rule_id: rule.id, rule_ref: rule.ref, trigger_ref: rule.trigger_ref }

    await forge('EventCreated', {
      event_id: 999_999_999,
      event_created: new Date().toISOString(),
      trigger_id: rule.trigger,
      trigger_ref: rule.trigger_ref,
      sensor_id: null,
      sensor_ref: null,
      rule_id: rule.id,
      payload: { forged: true },
    })
    await forge('EnforcementCreated', {
      ...about,
      enforcement_id: resolved.id,
      event_id: resolved.event,
      payload: { forged: true },
    })
    await forge('EnforcementCreated', {
      ...about,
      enforcement_id: toId<'enforcement'>(999_999_999),
      event_id: null,
      payload: { forged: true },
    })
    await honest()

    const made = await attune.database.many(
      sql`select id from execution where enforcement = ${resolved.id} or enforcement = 999999999`,
    )
    expect(made).toEqual([])
    const [{ count } = { count: -1 }] = await attune.database.many<{ count: number }>(
      sql`select count(*)::int as count from enforcement where rule = ${rule.id}`,
    )
    expect(count).toBe(1)
  })
})
