import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { NewEvent } from '../src/domain/flow/event/event.ts'
import { create, reserveIds } from '../src/domain/flow/event/queries.ts'
import { createSchemaCache } from '../src/domain/schema/cache.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import type { Id } from '../src/id.ts'
import { queueDefinition, queueKeys } from '../src/messages/queues.ts'
import { fill } from '../src/messages/routing.ts'
import { eventsToEnforcements } from '../src/pipeline/1-event-to-enforcement.ts'
import { enforcementsToExecutions } from '../src/pipeline/2-enforcement-to-execution.ts'
import { executionsToWorkers } from '../src/pipeline/3-execution-to-worker.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import { evaluatorFor, noDebts } from './evaluator.ts'
import * as given from './given.ts'
import { type Running, running, type TransportName } from './running.ts'
import { shellAction } from './shell.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const WORKER = 'the-worker'

/** The rows are the truth: whatever message is deleted or purged, the flow ends, and ends once. */
describe.each(transports)('messages lost over %s', (transport) => {
  let attune: Running
  let rule: Rule
  let worker: Id<'worker'>

  beforeAll(async () => {
    attune = await running(transport, [], {
      worker: { name: WORKER, max_concurrent_tasks: 8 },
      executor: { sweep_interval: 0.3 },
      maintenance: { redrive_after_seconds: 1, scheduled_timeout_seconds: 1 },
    })
    const action = await shellAction(attune.database, 'echo done')
    rule = await given.rule(attune.database, { action: action.id })
    worker = (
      await given.worker(attune.database, {
        name: WORKER,
        capabilities: { runtimes: ['shell'], max_concurrent_executions: 8 },
      })
    ).id
  })
  afterAll(() => attune.end())

  /**
   * Waits until nothing is on its way to the broker but what it returned (the worker has no queue before it first
   * starts), then throws away all there is.
   */
  async function loseEverything(): Promise<void> {
    await attune.database.run(sql`delete from message`)
    if (attune.broker === undefined) return
    await eventually(
      () =>
        attune.database.one<{ left: number }>(
          sql`select count(*) as left from outbox where last_error is null`,
        ),
      ({ left }) => left === 0,
    )
    await attune.database.run(sql`delete from outbox`)
    await purge()
  }

  async function purge(): Promise<void> {
    if (attune.broker === undefined) return
    const connection = await connect(attune.broker.url)
    for (const key of queueKeys) {
      const { name, delivery } = queueDefinition(key)
      if (delivery === 'broadcast') continue
      const channel = await connection.createChannel()
      channel.on('error', () => undefined) // the worker's queue is there once the worker is
      const queue = fill(name, { worker_id: worker })
      await channel.purgeQueue(queue).then(
        () => channel.close(),
        () => undefined,
      )
    }
    await connection.close()
  }

  function happened(): NewEvent {
    if (rule.trigger === null) throw new Error('The rule has no trigger.')
    const none = { config: null, source: null, source_ref: null, rule: null, rule_ref: null }
    const event = { trigger: rule.trigger, trigger_ref: rule.trigger_ref, payload: {}, ...none }
    return { ...event, dedupe_key: null, correlation_id: null }
  }

  async function emit(count: number): Promise<Id<'event'>[]> {
    const stored = await attune.database.transaction(async (tx) =>
      create(tx, Array.from({ length: count }, happened), await reserveIds(tx, count)),
    )
    return stored.map(({ event }) => event.id)
  }

  /** Takes an event so many steps along, as the roles would, and answers its id. */
  async function emitAndTake(steps: number): Promise<Id<'event'>> {
    const [id] = await emit(1)
    if (id === undefined) throw new Error('no event')
    if (steps >= 1) await decide(id)
    if (steps >= 2) await enforce(id)
    if (steps >= 3) await place(id)
    return id
  }

  async function decide(id: Id<'event'>): Promise<void> {
    const event = await attune.database.one<{ created: string }>(
      sql`select created from event where id = ${id}`,
    )
    const { cipher, log } = attune
    const step = eventsToEnforcements({ evaluator: evaluatorFor(), ledger: noDebts(), cipher, log })
    const about = { trigger_id: rule.trigger, trigger_ref: rule.trigger_ref, rule_id: null }
    const message = {
      event_id: id,
      event_created: event.created,
      sensor_id: null,
      sensor_ref: null,
      ...about,
    }
    await attune.database.transaction((tx) => step(tx, [message]))
  }

  async function enforce(id: Id<'event'>): Promise<void> {
    const found = await attune.database.one<{ id: Id<'enforcement'> }>(
      sql`select id from enforcement where event = ${id}`,
    )
    const about = { rule_id: rule.id, rule_ref: rule.ref, event_id: id, trigger_ref: rule.trigger_ref }
    await attune.database.transaction((tx) =>
      enforcementsToExecutions(tx, [{ enforcement_id: found.id, ...about }]),
    )
  }

  async function place(id: Id<'event'>): Promise<void> {
    const found = await attune.database.one<{
      id: Id<'execution'>
      action: Id<'action'>
      action_ref: string
    }>(sql`
      select x.id, x.action, x.action_ref from execution x join enforcement e on e.id = x.enforcement where e.event = ${id}`)
    const step = executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 60 })
    const about = { action_id: found.action, action_ref: found.action_ref }
    const message = { execution_id: found.id, parent_id: null, enforcement_id: null, ...about }
    await attune.database.transaction((tx) => step(tx, [message]))
  }

  /** How each event ended: the statuses of its executions. */
  function endsOf(events: readonly Id<'event'>[]): Promise<{ event: number; statuses: string[] }[]> {
    return attune.database.many(sql`
      select e.event, array_agg(x.status::text order by x.id) as statuses
      from enforcement e join execution x on x.enforcement = e.id
      where e.event = any(${events}) and not x.live
      group by e.event order by e.event`)
  }

  test('at each step are made good, and every event ends with one run', async () => {
    const events = [await emitAndTake(0), await emitAndTake(1), await emitAndTake(2), await emitAndTake(3)]
    const failed = await given.execution(attune.database, {
      action: rule.action,
      status: 'failed',
      max_retries: 1,
    })
    expect(
      await attune.database.many(sql`select status from execution where enforcement is not null order by id`),
    ).toEqual([{ status: 'requested' }, { status: 'scheduled' }])
    await loseEverything()

    await attune.start(['sensor', 'executor', 'worker'])
    const ends = await eventually(
      () => endsOf(events),
      (found) => found.length === events.length,
      45_000,
    )

    expect(ends).toEqual(events.map((event) => ({ event, statuses: ['completed'] })))
    const retry = await eventually(
      () =>
        attune.database.many(
          sql`select status from execution where original_execution = ${failed.id} and not live`,
        ),
      (found) => found.length > 0,
    )
    expect(retry).toEqual([{ status: 'completed' }])
    const kinds = await attune.database.many<{ kind: string }>(
      sql`select distinct component_ref as kind from alert where correlation_id like 'sweep:%' order by kind`,
    )
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'redrive_completions',
      'redrive_dispatches',
      'redrive_enforcements',
      'redrive_events',
      'redrive_requests',
    ])
  })

  test('again and again while events flow cost nothing but time', async () => {
    const events: Id<'event'>[] = []
    for (let round = 0; round < 8; round += 1) {
      events.push(...(await emit(5)))
      await attune.database.run(sql`delete from message`)
      await purge()
    }

    const ends = await eventually(
      () => endsOf(events),
      (found) => found.length === events.length,
      50_000,
    )

    expect(ends).toEqual(events.map((event) => ({ event, statuses: ['completed'] })))
    const runs = await attune.database.one(sql`
      select max(attempt) as attempts, count(*) filter (where live) as live from execution where enforcement is not null`)
    expect(runs).toEqual({ attempts: 1, live: 0 })
  })
})
