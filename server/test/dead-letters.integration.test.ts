import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { DeadLetter } from '../src/domain/watch/dead-letter/dead-letter.ts'
import { resolveOne } from '../src/domain/watch/dead-letter/resolve.ts'
import { publishRequested } from '../src/domain/flow/execution/create.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import { publish } from '../src/messages/publish.ts'
import { queueDefinition } from '../src/messages/queues.ts'
import type { Consumer } from '../src/messages/transport.ts'
import { Problem } from '../src/problem.ts'
import { toId } from '../src/id.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type Running, running, type TransportName } from './running.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']

describe.each(transports)('what a handler cannot handle, over %s,', (transport) => {
  let attune: Running

  beforeAll(async () => {
    attune = await running(transport, [])
    await given.identity(attune.database, { id: 1 })
  })
  afterAll(() => attune.end())

  const by = {
    caller: { kind: 'access', identity: toId<'identity'>(1), login: 'ann', attributes: {}, grants: [] },
    request_id: '00000000-0000-4000-8000-0000000000aa',
    client_ip: '127.0.0.1',
    user_agent: null,
  } as const

  function failing(error: () => Error): Promise<Consumer> {
    return attune.transport.consume(
      { key: 'executionRequests', name: queueDefinition('executionRequests').name, names: {} },
      { max_batch: 10, receive: () => Promise.reject(error()) },
    )
  }

  const request = (execution: Execution) =>
    attune.database.transaction((tx) => publishRequested(tx, [execution]))

  const letterOf = (execution: Execution) =>
    eventually(
      () =>
        attune.database.maybe<DeadLetter>(
          sql`select * from dead_letter where payload->>'execution_id' = ${String(execution.id)}`,
        ),
      (letter) => letter !== undefined,
    )

  const get = (execution: Execution) =>
    attune.database.one<Execution>(sql`select * from execution where id = ${execution.id}`)

  test('a refused request ends its execution, raises an alert, and is followed by a retry', async () => {
    const execution = await given.execution(attune.database, {
      max_retries: 1,
      correlation_id: '00000000-0000-4000-8000-000000000001',
    })
    const consumer = await failing(() => new Problem('UNPROCESSABLE_ENTITY', 'No such thing.'))

    await request(execution)
    const letter = await letterOf(execution)
    await consumer.stop()

    expect(letter).toMatchObject({
      queue: queueDefinition('executionRequests').name,
      exchange: 'attune.executions',
      routing_key: 'execution.requested',
      type: 'ExecutionRequested',
      reason: 'refused',
      attempts: 1,
      error: 'No such thing.',
      status: 'open',
      correlation_id: execution.correlation_id,
    })
    expect(await get(execution)).toMatchObject({
      status: 'failed',
      result: { failed_by: 'dead_letter', dead_letter: letter?.id, succeeded: false },
    })
    expect(
      await attune.database.one(
        sql`select severity, category, failure_type, cleared_at from alert where correlation_id = ${`dead_letters:${letter?.queue}`}`,
      ),
    ).toEqual({
      severity: 'error',
      category: 'messaging',
      failure_type: 'dead_letters_growing',
      cleared_at: null,
    })
    expect(await attune.metrics.expose()).toContain(
      `mq_dead_letters_total{queue="${queueDefinition('executionRequests').name}",reason="refused"} 1`,
    )
    await attune.start(['executor'])
    await eventually(
      () =>
        attune.database.many<Execution>(
          sql`select * from execution where original_execution = ${execution.id}`,
        ),
      ([retry]) => retry?.retry_reason === 'failed',
    )
  })

  test('what failed too often says since when', async () => {
    const queue = 'attune.events.queue'
    const consumer = await attune.transport.consume(
      { key: 'events', name: queue, names: {} },
      { max_batch: 10, receive: () => Promise.reject(new TypeError('a bug')) },
    )
    const waiting = transport === 'postgres' ? sql`message` : sql`outbox`
    await attune.database.transaction((tx) =>
      publish(tx, 'EventCreated', [
        {
          correlation_id: null,
          payload: {
            event_id: toId<'event'>(1),
            event_created: '2031-01-01T00:00:00Z',
            trigger_id: null,
            trigger_ref: 'demo.t',
            sensor_id: null,
            sensor_ref: null,
            rule_id: null,
          },
        },
      ]),
    )
    await eventually(
      () =>
        attune.database.run(sql`
          update ${waiting} set attempt = 4, due_at = now(), first_failed_at = first_failed_at - interval '1 hour'
          where type = 'EventCreated' and attempt = 1`),
      (updated) => updated === 1,
    )

    const letter = await eventually(
      () => attune.database.maybe<DeadLetter>(sql`select * from dead_letter where queue = ${queue}`),
      (found) => found !== undefined,
    )
    await consumer.stop()

    expect(letter).toMatchObject({
      reason: 'exhausted',
      attempts: 5,
      exchange: 'attune.events',
      routing_key: 'event.created',
    })
    expect(letter?.stack).toContain('TypeError: a bug')
    const lasted = Date.parse(letter?.last_failed_at ?? '') - Date.parse(letter?.first_failed_at ?? '')
    expect(lasted).toBeGreaterThanOrEqual(3_600_000)
  })

  test('an enforcement waits as it is, and its replayed letter makes the execution', async () => {
    const enforcement = await given.enforcement(attune.database)
    const letter = await attune.database.one<DeadLetter>(sql`
      insert into dead_letter (queue, exchange, routing_key, type, payload, reason, error)
      values ('attune.enforcements.queue', 'attune.executions', 'enforcement.created', 'EnforcementCreated',
        ${JSON.stringify({
          enforcement_id: enforcement.id,
          rule_id: enforcement.rule,
          rule_ref: enforcement.rule_ref,
          event_id: enforcement.event,
          trigger_ref: enforcement.trigger_ref,
        })}, 'exhausted', 'a bug')
      returning *`)

    await attune.database.transaction((tx) => resolveOne(tx, letter.id, 'replayed', by))

    await eventually(
      () => attune.database.many(sql`select id from execution where enforcement = ${enforcement.id}`),
      (made) => made.length === 1,
    )
  })
})
