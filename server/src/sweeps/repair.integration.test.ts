import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { running } from '../../test/running.ts'
import { type Sql, sql } from '../database/sql.ts'
import type { Queryable } from '../database/database.ts'
import { findUnresolved } from '../domain/flow/enforcement/queries.ts'
import { walkEvents } from '../domain/flow/event/undecided.ts'
import { findHolders, findUnfollowed, findUnplaced } from '../domain/flow/execution/overdue.ts'
import { findOverdue } from '../domain/flow/event/deferred.ts'
import { toId } from '../id.ts'
import { queueDefinition } from '../messages/queues.ts'
import { createSchemaCache } from '../domain/schema/cache.ts'
import { executionsToWorkers } from '../pipeline/3-execution-to-worker.ts'
import { resultsToNext } from '../pipeline/5-result-to-next.ts'
import { sweepsOf } from './all.ts'
import { runOnce, startSweeps, type Sweep } from './sweep.ts'
import type { SweepName } from './table.ts'

const attune = await fixture(running('postgres', []))
const context = { ...attune, alert_cooldown_seconds: 3600 }
afterEach(async () => {
  await attune.database.run(
    sql`truncate event, event_decision, enforcement, execution, message, dead_letter, redrive, alert, outbox cascade`,
  )
  await attune.database.run(sql`update sweep_mark set event = 0, created = 'epoch'`)
  await attune.database.run(sql`delete from worker`)
})

const limits = {
  interval_seconds: 5,
  redrive_after_seconds: 60,
  scheduled_timeout_seconds: 300,
  worker_silence_seconds: 90,
  stuck_execution_seconds: 3600,
  execution_remediation_seconds: 7200,
  batch: 100,
}
/** Runs one sweep once, as the executor does; answers how much it did. */
const sweep = async (name: SweepName) => (await runOnce(context, sweepsOf(limits)[name])).done

/** The rows of the flow that messages are about, by type. */
async function said(type: string): Promise<unknown[]> {
  const rows = await attune.database.many<{ subject: number }>(sql`
    select coalesce(payload->>'execution_id', payload->>'enforcement_id', payload->>'event_id')::bigint as subject
    from message where type = ${type} order by id`)
  return rows.map(({ subject }) => subject)
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
const old = { created: ago(120), updated: ago(120) }

function deadLetter(type: string, payload: object): Promise<number> {
  return attune.database.run(sql`
    insert into dead_letter (queue, exchange, routing_key, type, payload, error)
    values ('q', '', '', ${type}, ${JSON.stringify(payload)}, 'refused')`)
}

function waitingMessage(type: 'EventCreated' | 'ExecutionRequested', seconds: number): Promise<number> {
  const queue = queueDefinition(type === 'EventCreated' ? 'events' : 'executionRequests').name
  return attune.database.run(sql`
    insert into message (queue, type, payload, message_id, correlation_id, due_at)
    values (${queue}, ${type}, '{}', gen_random_uuid(), gen_random_uuid(), now() - ${seconds} * interval '1 second')`)
}

function decide(event: { id: number; created: string }): Promise<number> {
  return attune.database.run(
    sql`insert into event_decision (event, created, decisions) values (${event.id}, ${event.created}, '[]')`,
  )
}

describe('an event without a decision', () => {
  test('is said again when it is overdue, and not again before the wait is over', async () => {
    const lost = await given.event(attune.database, { created: ago(120) })
    await given.event(attune.database)
    await decide(await given.event(attune.database, { created: ago(120) }))

    expect([await sweep('redrive_events'), await sweep('redrive_events')]).toEqual([1, 0])

    expect(await said('EventCreated')).toEqual([lost.id])
  })

  test('is found although the walk has passed it before it became visible', async () => {
    const [first, second, third] = [await given.event(attune.database, { created: ago(2000) })]
      .concat([await given.event(attune.database, { created: ago(2000) })])
      .concat([await given.event(attune.database, { created: ago(2000) })])
    if (first === undefined || second === undefined || third === undefined) throw new Error('no events')
    await decide(first)
    await decide(third)
    await attune.database.run(
      sql`update sweep_mark set event = ${third.id}, created = now() where name = 'events'`,
    )

    await sweep('redrive_events')

    expect(await said('EventCreated')).toEqual([second.id])
  })

  test('is kept in mind until it is decided, while the walk goes on', async () => {
    const event = await given.event(attune.database, { created: ago(120) })
    await sweep('redrive_events')
    const mark = await attune.database.one(sql`select event from sweep_mark where name = 'events'`)
    expect(mark).toEqual({ event: event.id })

    await attune.database.run(sql`update redrive set due_at = now()`)
    await sweep('redrive_events')
    expect(await said('EventCreated')).toEqual([event.id, event.id])

    await decide(event)
    await attune.database.run(sql`update redrive set due_at = now()`)
    expect(await sweep('redrive_events')).toBe(0)
    expect(await attune.database.many(sql`select * from redrive`)).toEqual([])
  })

  test('is left alone while its message is a dead letter', async () => {
    const event = await given.event(attune.database, { created: ago(120) })
    await deadLetter('EventCreated', { event_id: event.id })

    expect(await sweep('redrive_events')).toBe(0)
  })

  test('is left alone while its message may wait behind older ones', async () => {
    await given.event(attune.database, { created: ago(120) })
    await waitingMessage('EventCreated', 300)
    expect(await sweep('redrive_events')).toBe(0)

    await attune.database.run(sql`truncate message`)
    expect(await sweep('redrive_events')).toBe(1)
  })
})

describe('an enforcement that nobody resolved', () => {
  test('is said again when it is overdue', async () => {
    const lost = await given.enforcement(attune.database, { created: ago(120) })
    await given.enforcement(attune.database)
    await given.enforcement(attune.database, { created: ago(120), status: 'processed' })

    expect(await sweep('redrive_enforcements')).toBe(1)

    expect(await said('EnforcementCreated')).toEqual([lost.id])
  })

  test('is left alone while its message is a dead letter, and for good when that is discarded', async () => {
    const lost = await given.enforcement(attune.database, { created: ago(120) })
    await deadLetter('EnforcementCreated', { enforcement_id: lost.id, event_id: lost.event })
    const resolve = (status: string) =>
      attune.database.run(sql`update dead_letter set status = ${status}, resolved_at = now()`)

    expect(await sweep('redrive_enforcements')).toBe(0)
    await resolve('discarded')
    expect(await sweep('redrive_enforcements')).toBe(0)
    await resolve('replayed')
    expect(await sweep('redrive_enforcements')).toBe(1)
  })

  test('is said once when two sweep at once', async () => {
    for (let n = 0; n < 20; n += 1) await given.enforcement(attune.database, { created: ago(120) })

    const done = await Promise.all([1, 2, 3].map(() => sweep('redrive_enforcements')))

    expect(done.reduce((sum, n) => sum + n, 0)).toBe(20)
    expect(await said('EnforcementCreated')).toHaveLength(20)
  })

  test('is not said again while the outbox does not flow', async () => {
    await given.enforcement(attune.database, { created: ago(120) })
    await attune.database.run(sql`
      insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id, due_at)
      values ('e', 'k', 't', '{}', gen_random_uuid(), gen_random_uuid(), now() - interval '1 minute')`)

    expect(await sweep('redrive_enforcements')).toBe(0)
  })

  test('raises one alert and is counted', async () => {
    await given.enforcement(attune.database, { created: ago(120) })

    await sweep('redrive_enforcements')

    expect(await attune.database.many(sql`select correlation_id, category, failure_type from alert`)).toEqual(
      [
        {
          correlation_id: 'sweep:redrive_enforcements',
          category: 'maintenance',
          failure_type: 'stuck_runtime_state',
        },
      ],
    )
    expect(await attune.metrics.expose()).toMatch(
      /reconcile_redriven_total\{kind="redrive_enforcements"\} [1-9]/,
    )
  })
})

describe('an execution that nobody placed', () => {
  test('is said again when it is overdue', async () => {
    const lost = await given.execution(attune.database, old)
    await given.execution(attune.database)

    expect(await sweep('redrive_requests')).toBe(1)

    expect(await said('ExecutionRequested')).toEqual([lost.id])
  })

  test.each([
    ['that is a retry and not due', { ...old, due_at: new Date(Date.now() + 60_000).toISOString() }],
    ['whose due time has only just come', { ...old, due_at: ago(5) }],
  ])('%s is left alone', async (_, columns) => {
    await given.execution(attune.database, columns)

    expect(await sweep('redrive_requests')).toBe(0)
  })

  test('is left alone while its message is a dead letter', async () => {
    const lost = await given.execution(attune.database, old)
    await deadLetter('ExecutionRequested', { execution_id: lost.id, enforcement_id: null })

    expect(await sweep('redrive_requests')).toBe(0)
  })

  test('is left alone while its message may wait behind older ones', async () => {
    await given.execution(attune.database, old)
    await waitingMessage('ExecutionRequested', 300)

    expect(await sweep('redrive_requests')).toBe(0)
  })

  test('that waits for a worker that is away is left to its own repetition', async () => {
    const { id, action, action_ref } = await given.execution(attune.database, old)
    const step = executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 600 })
    const message = { execution_id: id, action_id: action, action_ref, parent_id: null, enforcement_id: null }

    await attune.database.transaction((tx) => step(tx, [message]))

    expect(await said('ExecutionRequested')).toEqual([id])
    await attune.database.run(sql`truncate message`)
    expect(await sweep('redrive_requests')).toBe(0)
    await attune.database.run(sql`update execution set due_at = now() - interval '5 minutes'`)
    expect(await sweep('redrive_requests')).toBe(1)
  })

  test('has its whole time to wait for a worker, however old it is, and then fails with the reason', async () => {
    const { id, action, action_ref } = await given.execution(attune.database, { ...old, created: ago(9000) })
    const step = executionsToWorkers({ schemas: createSchemaCache(), placement_grace: 600 })
    const message = { execution_id: id, action_id: action, action_ref, parent_id: null, enforcement_id: null }
    const look = async () => {
      await attune.database.transaction((tx) => step(tx, [message]))
      return attune.database.one(
        sql`select status, result->>'error' as error, wait_ends_at > now() as waits from execution where id = ${id}`,
      )
    }

    expect(await look()).toEqual({ status: 'requested', error: null, waits: true })
    expect(await look()).toEqual({ status: 'requested', error: null, waits: true })
    await attune.database.run(sql`update execution set wait_ends_at = now() where id = ${id}`)
    expect(await look()).toMatchObject({ status: 'failed', error: 'Execution is unschedulable' })
  })

  test('but half way, by hand, is placed anew and audited', async () => {
    const worker = await given.worker(attune.database)
    const claimed = await given.execution(attune.database, { ...old, status: 'scheduling' })
    const placed = await given.execution(attune.database, { ...old, status: 'scheduling', worker: worker.id })
    const nowhere = await given.execution(attune.database, { ...old, status: 'scheduled' })
    await given.execution(attune.database, { status: 'scheduling' })

    expect(await sweep('release_half_placed')).toBe(3)

    expect(new Set(await said('ExecutionRequested'))).toEqual(new Set([claimed.id, placed.id, nowhere.id]))
    expect(
      await attune.database.many(sql`
        select actor_login, resource_ref, details->>'new_status' as status from audit_event
        where event_type = 'maintenance.corrective_action.applied' and resource_id = ${claimed.id}`),
    ).toEqual([
      { actor_login: 'attune-supervisor', resource_ref: 'stale_execution_reconciled', status: 'requested' },
    ])
  })
})

describe('an execution that its worker has not begun', () => {
  const late = { status: 'scheduled', created: ago(400), updated: ago(400) }
  const full = { capabilities: { max_concurrent_executions: 1 } }

  test('is dispatched again when the worker lives and has room', async () => {
    const worker = await given.worker(attune.database, full)
    const lost = await given.execution(attune.database, { ...late, worker: worker.id })

    expect([await sweep('redrive_dispatches'), await sweep('redrive_dispatches')]).toEqual([1, 0])

    expect(await said('ExecutionDispatched')).toEqual([lost.id])
  })

  test('waits while the worker lives and is busy', async () => {
    const worker = await given.worker(attune.database, full)
    await given.execution(attune.database, { ...late, worker: worker.id })
    await given.execution(attune.database, { status: 'running', worker: worker.id })

    expect(await sweep('redrive_dispatches')).toBe(0)
  })

  test.each([
    ['inactive', { status: 'inactive' }],
    ['silent', { last_heartbeat: ago(200) }],
  ])('is taken back from a worker that is %s', async (_, columns) => {
    const worker = await given.worker(attune.database, columns)
    const lost = await given.execution(attune.database, { ...late, worker: worker.id })

    expect(await sweep('redrive_dispatches')).toBe(1)

    expect(await said('ExecutionRequested')).toEqual([lost.id])
    expect(
      await attune.database.one(sql`select status, worker from execution where id = ${lost.id}`),
    ).toEqual({ status: 'requested', worker: null })
  })

  test('is taken back from a worker whose row is gone', async () => {
    await given.execution(attune.database, { ...late, worker: 4711 })

    expect(await sweep('redrive_dispatches')).toBe(1)
  })

  test('fails in the end, with the reason', async () => {
    const worker = await given.worker(attune.database)
    const lost = await given.execution(attune.database, {
      status: 'scheduled',
      updated: ago(8000),
      worker: worker.id,
    })

    await sweep('redrive_dispatches')

    expect(
      await attune.database.one(sql`select status, result from execution where id = ${lost.id}`),
    ).toMatchObject({
      status: 'failed',
      result: {
        error: expect.stringContaining('timed out'),
        failed_by: 'execution_timeout_monitor',
        timeout_seconds: 7200,
        age_seconds: expect.any(Number),
        original_status: 'scheduled',
      },
    })
    expect(await said('ExecutionCompleted')).toEqual([lost.id])
  })
})

describe('an end that nobody followed up', () => {
  const failed = { ...old, status: 'failed', max_retries: 2 }
  const endOf = (execution: { id: number; action_ref: string; updated: string }) => ({
    ...execution,
    execution_id: execution.id,
    action_id: 0,
    status: 'failed',
    completed_at: execution.updated,
  })

  test('is said again while there are tries left', async () => {
    const lost = await given.execution(attune.database, failed)
    await given.execution(attune.database, { ...failed, retry_count: 2 })
    await given.execution(attune.database, { ...failed, status: 'completed' })

    expect(await sweep('redrive_completions')).toBe(1)

    expect(await said('ExecutionCompleted')).toEqual([lost.id])
  })

  test('is left alone once the next try is there', async () => {
    const { id, ...rest } = await given.execution(attune.database, failed)
    await attune.database.transaction((tx) =>
      resultsToNext(tx, [{ ...endOf({ id, ...rest }), execution_id: id }]),
    )

    expect(await sweep('redrive_completions')).toBe(0)
    expect(
      await attune.database.one(sql`
        select due_at > created as waits from execution where original_execution = ${id}`),
    ).toEqual({ waits: true })
  })

  test('is left alone while its message is a dead letter', async () => {
    const lost = await given.execution(attune.database, failed)
    await deadLetter('ExecutionCompleted', { execution_id: lost.id })

    expect(await sweep('redrive_completions')).toBe(0)
  })
})

describe('what is measured', () => {
  test('tells of executions that do not move, but of none that runs under a lease', async () => {
    const stuck = { created: ago(4000), updated: ago(4000) }
    const worker = await given.worker(attune.database)
    await given.execution(attune.database, stuck)
    await given.execution(attune.database, {
      ...stuck,
      status: 'running',
      worker: worker.id,
      lease_expires_at: new Date(Date.now() + 60_000).toISOString(),
    })
    const open = () =>
      attune.database.many(
        sql`select correlation_id from alert where cleared_at is null and correlation_id like 'supervisor:%'`,
      )

    await sweep('report_stuck')
    expect(await open()).toEqual([{ correlation_id: 'supervisor:stuck-runtime:execution:requested' }])

    await attune.database.run(sql`truncate execution cascade`)
    await sweep('report_stuck')
    expect(await open()).toEqual([])
  })

  test('tells of an outbox that does not flow, until it does', async () => {
    await attune.database.run(sql`
      insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id, due_at)
      values ('e', 'k', 't', '{}', gen_random_uuid(), gen_random_uuid(), now() - interval '5 minutes')`)
    const open = () =>
      attune.database.many(sql`select failure_type from alert where cleared_at is null order by failure_type`)

    await sweep('watch_outbox')
    expect(await open()).toEqual([{ failure_type: 'outbox_not_relayed' }])

    await attune.database.run(sql`truncate outbox`)
    await sweep('watch_outbox')
    expect(await open()).toEqual([])
  })

  test('tells of a silent worker unless it is cordoned, until it beats again', async () => {
    const silent = await given.worker(attune.database, { last_heartbeat: ago(200) })
    const never = await given.worker(attune.database, { last_heartbeat: null })
    await given.worker(attune.database, { last_heartbeat: ago(200), cordoned: true })
    const open = () =>
      attune.database.many(
        sql`select correlation_id from alert where cleared_at is null order by component_id`,
      )

    expect(await sweep('retire_silent_workers')).toBe(3)
    expect(await open()).toEqual([
      { correlation_id: `worker:${silent.id}:stale_heartbeat` },
      { correlation_id: `worker:${never.id}:missing_heartbeat` },
    ])

    await attune.database.run(
      sql`update worker set status = 'active', last_heartbeat = now() where id = ${silent.id}`,
    )
    await sweep('retire_silent_workers')
    expect(await open()).toEqual([{ correlation_id: `worker:${never.id}:missing_heartbeat` }])
  })
})

describe('a sensor process', () => {
  async function processRow(columns: object): Promise<number> {
    const host = await given.worker(attune.database, { worker_role: 'sensor' })
    const sensor = await given.sensor(attune.database)
    const { id } = await attune.database.one<{ id: number }>(sql`
      insert into sensor_process (sensor, sensor_ref, worker, worker_name, status, consecutive_failures, lease_expires_at)
      select ${sensor.id}, ${sensor.ref}, ${host.id}, ${host.name}, status, consecutive_failures, lease_expires_at
      from jsonb_populate_record(null::sensor_process, ${JSON.stringify(columns)})
      returning id`)
    return id
  }

  test('counts as stopped when its host let the lease run out', async () => {
    const lost = await processRow({ status: 'running', consecutive_failures: 0, lease_expires_at: ago(1) })
    const held = await processRow({
      status: 'running',
      consecutive_failures: 0,
      lease_expires_at: new Date(Date.now() + 60_000).toISOString(),
    })

    expect(await sweep('stop_orphaned_sensors')).toBe(1)

    expect(
      await attune.database.many(
        sql`select id, status from sensor_process where id in (${lost}, ${held}) order by id`,
      ),
    ).toEqual([
      { id: lost, status: 'stopped' },
      { id: held, status: 'running' },
    ])
  })

  test('that keeps failing is told of once for each further failure', async () => {
    const id = await processRow({
      status: 'backoff',
      consecutive_failures: 3,
      lease_expires_at: new Date(Date.now() + 60_000).toISOString(),
    })
    const alert = () =>
      attune.database.maybe<{ sightings: number }>(
        sql`select sightings from alert where category = 'sensor_process_health'`,
      )

    await sweep('report_failing_sensors')
    await sweep('report_failing_sensors')
    expect(await alert()).toEqual({ sightings: 1 })

    await attune.database.run(sql`update sensor_process set consecutive_failures = 4 where id = ${id}`)
    await sweep('report_failing_sensors')
    expect(await alert()).toEqual({ sightings: 2 })
  })
})

describe('a sweep', () => {
  const broken: Sweep = {
    name: 'keep_partitions',
    interval_seconds: 0.05,
    run: () => Promise.reject(new Error('no')),
  }
  const alive: Sweep = {
    name: 'forget_redrives',
    interval_seconds: 0.05,
    run: async () => ({ done: 1, details: { of: 7 } }),
  }
  const rowOf = (name: string) =>
    attune.database.maybe<{ holder: string; last_result: object | null }>(
      sql`select holder, last_result from sweep where name = ${name}`,
    )

  test('that fails stops no other, and tells of it until it works again', async () => {
    const sweeper = startSweeps(context, [broken, alive])
    await eventually(
      async () => [await rowOf('keep_partitions'), await rowOf('forget_redrives')],
      (rows) => rows.every((row) => row?.last_result != null),
    )
    await sweeper.stop()

    expect((await rowOf('keep_partitions'))?.last_result).toMatchObject({ error: 'no' })
    expect((await rowOf('forget_redrives'))?.last_result).toMatchObject({ done: 1, of: 7 })
    const open = () =>
      attune.database.many(
        sql`select correlation_id from alert where cleared_at is null and failure_type = 'sweep_failed'`,
      )
    expect(await open()).toEqual([{ correlation_id: 'sweep:keep_partitions:failed' }])

    const mended = startSweeps(context, [{ ...broken, run: async () => 0 }])
    await eventually(open, (rows) => rows.length === 0)
    await mended.stop()
  })

  test('is run by one process, and by another at once when that one stops', async () => {
    const [first, second] = [startSweeps(context, [alive]), startSweeps(context, [alive])]
    const holder = await eventually(
      async () => (await rowOf('forget_redrives'))?.holder,
      (found) => found !== undefined,
    )
    await first.stop()
    const next = startSweeps(context, [alive])
    await second.stop()

    await eventually(
      async () => (await rowOf('forget_redrives'))?.holder,
      (found) => found !== undefined && found !== holder,
    )
    await next.stop()
  })
})

describe('a sweep reads through', () => {
  /** The plan of the one statement that a query function runs, as text. */
  async function planOf(ask: (db: Queryable) => Promise<unknown>): Promise<string> {
    let asked: Sql | undefined
    const note = (query: Sql): Promise<never> => {
      asked = query
      return Promise.reject(new Error('not run'))
    }
    await ask({ run: note, many: note, maybe: note, one: note }).catch(() => undefined)
    if (asked === undefined) throw new Error('nothing was asked')
    const lines = await attune.database.many<{ 'QUERY PLAN': string }>({
      ...asked,
      text: `explain ${asked.text}`,
      name: undefined,
    })
    return lines.map((line) => line['QUERY PLAN']).join('\n')
  }

  const start = { event: toId<'event'>(0), created: new Date(0).toISOString() }

  test.each([
    ['execution_live_unplaced', (db: Queryable) => findUnplaced(db, 60, 100)],
    ['execution_worker_live', (db: Queryable) => findHolders(db, 60)],
    ['execution_unfollowed', (db: Queryable) => findUnfollowed(db, 60, 100)],
    ['enforcement_unresolved', (db: Queryable) => findUnresolved(db, 60, 100)],
    ['event_default_pkey', (db: Queryable) => walkEvents(db, start, 60, 100)],
    ['event_decision_default_pkey', (db: Queryable) => walkEvents(db, start, 60, 100)],
    ['event_decision_default_deferred_until_idx', (db: Queryable) => findOverdue(db, 60, 100)],
  ] as const)('%s', async (index, find) => {
    const plan = await planOf(find)

    expect(plan).toContain(index)
    expect(plan).not.toContain('Seq Scan')
  })
})
