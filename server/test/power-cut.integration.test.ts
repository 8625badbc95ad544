import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ensurePartitions } from '../src/database/partitions.ts'
import { migrate } from '../src/database/migrate.ts'
import { type Sql, sql } from '../src/database/sql.ts'
import { publishCreated as sayEnforcementCreated } from '../src/domain/flow/enforcement/queries.ts'
import { createEventIntake } from '../src/domain/flow/event/intake.ts'
import { publishCreated as sayEventCreated } from '../src/domain/flow/event/queries.ts'
import { publishRequested } from '../src/domain/flow/execution/create.ts'
import { end } from '../src/domain/flow/execution/transitions.ts'
import { createSchemaCache } from '../src/domain/schema/cache.ts'
import type { Consumers } from '../src/messages/consume.ts'
import { deferredEventsToEnforcements } from '../src/pipeline/1-deferred-event-to-enforcement.ts'
import { eventsToEnforcements } from '../src/pipeline/1-event-to-enforcement.ts'
import { enforcementsToExecutions } from '../src/pipeline/2-enforcement-to-execution.ts'
import { executionsToWorkers } from '../src/pipeline/3-execution-to-worker.ts'
import { resultsToNext } from '../src/pipeline/5-result-to-next.ts'
import { startConsumers, stopConsumers } from '../src/services/consumers.ts'
import { removeHome, temporaryFolder } from './embedded-home.ts'
import { evaluatorFor, noDebts } from './evaluator.ts'
import * as given from './given.ts'
import { type Powered, powered } from './power-cut.ts'
import { running, type Running } from './running.ts'

/*
 * What somebody has read as an end, or was told, is still so after a power cut. Only the steps run here: heartbeats and
 * sweeps commit too, and each of their commits makes all earlier ones safe.
 */

const folder = temporaryFolder()
let server: Powered
let home: Running
let db: Running['database']
let stop: () => Promise<void>

beforeAll(async () => {
  server = await powered(folder)
  await migrate(server.url)
  await server.cut()
})
afterAll(() => removeHome(folder))

beforeEach(async () => {
  server = await powered(folder)
  home = await running('postgres', [], {}, { url: server.url, drop: async () => undefined })
  db = home.database
  await ensurePartitions(db, 1)
})
afterEach(async () => {
  await stop?.()
  await home.end()
  await server.cut()
})

async function startSteps(): Promise<void> {
  const { cipher, log } = home
  const executor: Consumers<'executor'> = {
    enforcements: { EnforcementCreated: enforcementsToExecutions },
    executionRequests: {
      ExecutionRequested: executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 60 }),
    },
    executionCompleted: { ExecutionCompleted: resultsToNext },
  }
  const matching = { evaluator: evaluatorFor(), ledger: noDebts(), cipher, log }
  const events = { EventCreated: eventsToEnforcements(matching) }
  const nothing = async () => undefined
  const sensor: Consumers<'sensor'> = {
    events,
    deferredEvents: { EventDeferred: deferredEventsToEnforcements(matching) },
    ruleLifecycle: {
      RuleCreated: nothing,
      RuleEnabled: nothing,
      RuleDisabled: nothing,
      RuleDeleted: nothing,
      SensorChanged: nothing,
      TriggerChanged: nothing,
      RuntimeChanged: nothing,
      PackRegistered: nothing,
      PackDeleted: nothing,
    },
  }
  const started = [
    ...(await startConsumers(home, executor, {})),
    ...(await startConsumers(home, sensor, { instance: randomUUID() })),
  ]
  stop = () => stopConsumers(started)
}

/** The row as somebody reads it as soon as it is as they wait for it. */
async function readWhen<Row extends object>(query: Sql): Promise<Row> {
  let row: Row | undefined
  await expect
    .poll(async () => (row = await db.maybe<Row>(query)), { timeout: 10_000, interval: 5 })
    .toBeDefined()
  if (row === undefined) throw new Error('It was read a moment ago.')
  return row
}

/** Cuts the power and starts anew; what ran before is over. */
async function cutPower(): Promise<void> {
  await server.cut()
  await stop?.()
  stop = async () => undefined
  await home.end()
  server = await powered(folder)
  home = await running('postgres', [], {}, { url: server.url, drop: async () => undefined })
  db = home.database
}

describe('after a power cut', () => {
  test('a step on the way is undone with its message, and nothing else is', async () => {
    await startSteps()
    const enforcement = await given.enforcement(db)
    await db.transaction((tx) => sayEnforcementCreated(tx, [enforcement]))
    await readWhen(sql`select id from execution where enforcement = ${enforcement.id}`)

    await cutPower()

    const rows = await db.many(sql`
      select e.status, (select count(*)::int from execution x where x.enforcement = e.id) as executions,
        (select count(*)::int from message where type = 'EnforcementCreated') as waiting
      from enforcement e where e.id = ${enforcement.id}`)
    expect(rows).toEqual([{ status: 'created', executions: 0, waiting: 1 }])
    await db.run(sql`delete from message where type = 'EnforcementCreated'`)
  })

  test('an execution that was read as failed because it cannot run is failed', async () => {
    await startSteps()
    const execution = await given.execution(db)
    await db.run(sql`delete from action where id = ${execution.action}`)
    await db.transaction((tx) => publishRequested(tx, [execution]))
    const one = sql`select status, result, updated from execution where id = ${execution.id} and status = 'failed'`
    const read = await readWhen(one)

    await cutPower()

    expect(await db.maybe(one)).toEqual(read)
  })

  test('an enforcement that was read as disabled is disabled, for the same reason', async () => {
    await startSteps()
    const rule = await given.rule(db, { enabled: false })
    const enforcement = await given.enforcement(db, { rule: rule.id })
    await db.transaction((tx) => sayEnforcementCreated(tx, [enforcement]))
    const one = sql`
      select status, disabled_reason, resolved_at from enforcement where id = ${enforcement.id} and status = 'disabled'`
    const read = await readWhen(one)

    await cutPower()

    expect(await db.maybe(one)).toEqual(read)
  })

  test('an event that was read as one that fires nothing fires nothing, whatever its rules say by then', async () => {
    await startSteps()
    const rule = await given.rule(db, { enabled: false })
    const event = await given.event(db, { trigger: rule.trigger })
    await db.transaction((tx) => sayEventCreated(tx, [event]))
    const one = sql`select decisions, decided_at from event_decision where event = ${event.id}`
    const read = await readWhen(one)

    await cutPower()

    expect(await db.maybe(one)).toEqual(read)
  })

  test('an event whose sender has its answer is there', async () => {
    const trigger = await given.trigger(db)
    const { event } = await createEventIntake(db, home.cipher).accept({
      trigger: { ref: trigger.ref },
      payload: { kept: true },
    })

    await cutPower()

    expect(await db.maybe(sql`select payload from event where id = ${event.id}`)).toEqual({
      payload: { kept: true },
    })
  })

  test('an end that a worker has recorded is recorded', async () => {
    const worker = await given.worker(db)
    const instance = randomUUID()
    const execution = await given.execution(db, {
      status: 'running',
      worker: worker.id,
      worker_instance: instance,
      attempt: 1,
    })
    const ending = { id: execution.id, attempt: 1, status: 'completed' as const, result: { succeeded: true } }
    // Even where a transaction was opened as one that need not wait.
    await db.transaction((tx) => end(tx, [ending], { worker: worker.id, instance }), {
      durability: 'deferred',
    })

    await cutPower()

    expect(await db.maybe(sql`select status from execution where id = ${execution.id}`)).toEqual({
      status: 'completed',
    })
  })
})
