import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { create, reserveIds } from '../src/domain/flow/event/queries.ts'
import { createSchemaCache } from '../src/domain/schema/cache.ts'
import { claim } from '../src/domain/flow/execution/transitions.ts'
import { toId } from '../src/id.ts'
import { eventsToEnforcements } from '../src/pipeline/1-event-to-enforcement.ts'
import { enforcementsToExecutions } from '../src/pipeline/2-enforcement-to-execution.ts'
import { executionsToWorkers } from '../src/pipeline/3-execution-to-worker.ts'
import { resultsToNext } from '../src/pipeline/5-result-to-next.ts'
import { evaluatorFor, noDebts } from './evaluator.ts'
import * as given from './given.ts'
import { type Running, running } from './running.ts'
import { shellAction } from './shell.ts'

/** Each step is called twice with the same message, as a broker does after a crash before the acknowledgement. */
describe('a redelivered message', () => {
  let attune: Running

  beforeAll(async () => {
    attune = await running('postgres', [])
  })
  afterAll(() => attune.end())

  const said = (type: string) =>
    attune.database.many<{ payload: Record<string, number> }>(
      sql`select payload from message where type = ${type} order by id`,
    )

  test('does not decide about an event twice, even when another rule has appeared meanwhile', async () => {
    const rule = await given.rule(attune.database)
    const none = { payload: {}, config: null, source: null, source_ref: null, rule: null, rule_ref: null }
    if (rule.trigger === null) throw new Error('The rule has no trigger.')
    const happened = {
      ...none,
      trigger: rule.trigger,
      trigger_ref: rule.trigger_ref,
      dedupe_key: null,
      correlation_id: null,
    }
    const [stored] = await attune.database.transaction(async (tx) =>
      create(tx, [happened], await reserveIds(tx, 1)),
    )
    const event = stored?.event
    if (event === undefined) throw new Error('no event')
    const step = eventsToEnforcements({
      evaluator: evaluatorFor(),
      ledger: noDebts(),
      cipher: attune.cipher,
      log: attune.log,
    })
    const message = {
      event_id: event.id,
      event_created: event.created,
      trigger_id: event.trigger,
      trigger_ref: event.trigger_ref,
      sensor_id: null,
      sensor_ref: null,
      rule_id: null,
    }

    await attune.database.transaction((tx) => step(tx, [message]))
    await given.rule(attune.database, { trigger: rule.trigger })
    await attune.database.transaction((tx) => step(tx, [message]))

    expect(await attune.database.many(sql`select rule from enforcement where event = ${event.id}`)).toEqual([
      { rule: rule.id },
    ])
    expect(await said('EnforcementCreated')).toHaveLength(1)
  })

  test('does not make a second execution of an enforcement', async () => {
    const enforcement = await given.enforcement(attune.database)
    const message = {
      enforcement_id: enforcement.id,
      rule_id: enforcement.rule,
      rule_ref: enforcement.rule_ref,
      event_id: enforcement.event,
      trigger_ref: enforcement.trigger_ref,
    }

    for (let i = 0; i < 2; i += 1)
      await attune.database.transaction((tx) => enforcementsToExecutions(tx, [message, message]))

    expect(
      await attune.database.many(sql`select status from execution where enforcement = ${enforcement.id}`),
    ).toEqual([{ status: 'requested' }])
    const requests = await said('ExecutionRequested')
    expect(requests.filter(({ payload }) => payload.enforcement_id === enforcement.id)).toHaveLength(1)
  })

  test('does not place an execution twice', async () => {
    const action = await shellAction(attune.database, 'true')
    await given.worker(attune.database)
    const execution = await given.execution(attune.database, { action: action.id })
    const step = executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 60 })
    const message = {
      execution_id: execution.id,
      action_id: action.id,
      action_ref: action.ref,
      parent_id: null,
      enforcement_id: null,
    }

    for (let i = 0; i < 2; i += 1) await attune.database.transaction((tx) => step(tx, [message]))

    const dispatches = await said('ExecutionDispatched')
    expect(dispatches.filter(({ payload }) => payload.execution_id === execution.id)).toHaveLength(1)
  })

  test('does not claim an attempt twice', async () => {
    const worker = await given.worker(attune.database)
    const execution = await given.execution(attune.database, { worker: worker.id, status: 'scheduled' })
    const by = { worker: worker.id, instance: '00000000-0000-4000-8000-000000000001', lease_seconds: 60 }

    const first = await attune.database.transaction((tx) => claim(tx, [execution.id], by))
    const second = await attune.database.transaction((tx) => claim(tx, [execution.id], by))

    expect([first.length, second.length]).toEqual([1, 0])
    expect(first[0]).toMatchObject({ status: 'running', attempt: 1 })
  })

  test('does not retry an ended execution twice', async () => {
    const execution = await given.execution(attune.database, { status: 'failed', max_retries: 3 })
    const message = {
      execution_id: execution.id,
      action_id: 0,
      action_ref: execution.action_ref,
      status: 'failed',
      completed_at: execution.updated,
    }

    for (let i = 0; i < 2; i += 1) await attune.database.transaction((tx) => resultsToNext(tx, [message]))

    expect(
      await attune.database.many(
        sql`select retry_count, retry_reason, status from execution where original_execution = ${execution.id}`,
      ),
    ).toEqual([{ retry_count: 1, retry_reason: 'failed', status: 'requested' }])
  })

  test('about a row that is gone does nothing', async () => {
    const gone = {
      execution_id: toId<'execution'>(9_000_000),
      action_id: null,
      action_ref: 'a.b',
      parent_id: null,
      enforcement_id: null,
    }
    const step = executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 60 })

    await expect(attune.database.transaction((tx) => step(tx, [gone]))).resolves.toMatchObject({
      repeated: 1,
    })
  })
})
