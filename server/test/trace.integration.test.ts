import * as given from './given.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import { publishDeferred } from '../src/domain/flow/event/deferred.ts'
import type { Event } from '../src/domain/flow/event/event.ts'
import { recordDecisions } from '../src/domain/flow/event/queries.ts'
import { toId } from '../src/id.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/json.ts'
import { apiRoutes } from '../src/services/api.ts'
import { serveOver } from './api.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import { type Running, running, type TransportName } from './running.ts'
import { shellAction } from './shell.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
type Served = Awaited<ReturnType<typeof serveOver>>

/** The API over a running platform, and what a person with every grant sees through it. */
async function watched(attune: Running) {
  const api = await serveOver(attune, apiRoutes(attune, {}))
  const token = await api.token()
  return {
    api,
    token,
    emit: async (trigger_ref: string, payload: JsonObject) =>
      numberIn((await dataOf(api, 'POST /api/v1/events', token, { trigger_ref, payload })).id),
    trace: (kind: 'events' | 'executions', id: number) =>
      dataOf(api, `GET /api/v1/${kind}/${id}/trace`, token),
  }
}

async function dataOf(
  api: Served,
  what: `${string} ${string}`,
  token: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const answer = await api.call(what, body === undefined ? { token } : { token, body })
  const { data } = answer.body
  if (!isJsonObject(data)) throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return data
}

function numberIn(value: Json | undefined): number {
  if (typeof value !== 'number') throw new Error(`Not a number: ${JSON.stringify(value)}`)
  return value
}

function objectsIn(value: Json | undefined): JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`)
  return value.filter(isJsonObject)
}

describe.each(transports)('a trace of the flow over %s', (transport) => {
  let attune: Running
  let sight: Awaited<ReturnType<typeof watched>>
  let matching: Rule

  beforeAll(async () => {
    attune = await running(transport, [])
    const action = await shellAction(attune.database, 'test "$n" = 1 && echo fine', {
      param_schema: { n: { type: 'integer', required: true } },
      parameter_delivery: 'stdin',
    })
    matching = await given.rule(attune.database, {
      action: action.id,
      action_params: { n: '{{ event.payload.n }}' },
      conditions: { expression: 'event.payload.n > 0 and event.payload.kind == "a"' },
    })
    const target = { action: action.id, trigger: matching.trigger }
    await given.rule(attune.database, { ...target, ref: 'demo.off', enabled: false })
    await given.rule(attune.database, {
      ...target,
      ref: 'demo.broken_template',
      action_params: { n: '{{ event.payload.kind - 1 }}' },
    })
    await given.rule(attune.database, {
      ...target,
      ref: 'demo.clauses',
      conditions: [
        { field: 'n', operator: 'gt', value: 0 },
        { field: 'kind', operator: 'equals', value: 'b' },
      ],
    })
    sight = await watched(attune)
    await attune.start(['executor', 'worker', 'sensor'])
  })
  afterAll(async () => {
    await sight.api.close()
    await attune.end()
  })

  test('tells every rule, enforcement and step of an execution with its times', async () => {
    const event = await sight.emit(matching.trigger_ref, { n: 1, kind: 'a' })
    const trace = await eventually(
      () => sight.trace('events', event),
      ({ executions }) => objectsIn(executions).some(({ ended_at }) => ended_at !== null),
    )

    expect(trace).toMatchObject({
      asked: { kind: 'event', id: event },
      event: { id: event, asked: true, decided: true, why: null, decided_after_ms: expect.any(Number) },
      enforcements: [{ rule_ref: matching.ref, status: 'processed', why: null }],
      withheld: [],
      truncated: false,
      dead_letters: [],
    })
    const outcomes = objectsIn(trace.rules).map(({ rule_ref, outcome }) => [rule_ref, outcome])
    expect(Object.fromEntries(outcomes)).toEqual({
      [matching.ref]: 'matched',
      'demo.off': 'disabled',
      'demo.broken_template': 'error',
      'demo.clauses': 'not_matched',
    })
    expect(objectsIn(trace.rules).find(({ rule_ref }) => rule_ref === 'demo.clauses')).toMatchObject({
      clause: 'kind equals "b"',
      compared: { field: 'kind', operator: 'equals', value: 'b', actual: 'a' },
    })
    const [execution] = objectsIn(trace.executions)
    expect(execution).toMatchObject({ status: 'completed', asked: false, depth: 0, why: null })
    expect(objectsIn(execution?.hops).map(({ status }) => status)).toEqual([
      'requested',
      'scheduled',
      'running',
      'completed',
    ])
    expect(JSON.stringify(trace)).not.toContain('fine')
  })

  test('names the false part of a conjunction and its values', async () => {
    const event = await sight.emit(matching.trigger_ref, { n: 2, kind: 'b' })
    const trace = await eventually(
      () => sight.trace('events', event),
      ({ rules }) => objectsIn(rules).length > 0,
    )

    expect(objectsIn(trace.rules).find(({ rule_ref }) => rule_ref === matching.ref)).toMatchObject({
      outcome: 'not_matched',
      clause: 'event.payload.kind == "a"',
      compared: { left: 'b', right: 'a' },
    })
  })

  test('from an execution it leads to the event and marks the execution among its tries', async () => {
    await attune.database.run(sql`update action set max_retries = 1 where id = ${matching.action}`)
    const event = await sight.emit(matching.trigger_ref, { n: 7, kind: 'a' })
    const { executions } = await eventually(
      () => sight.trace('events', event),
      (trace) => objectsIn(trace.executions).filter(({ ended_at }) => ended_at !== null).length === 2,
    )
    const retry = numberIn(objectsIn(executions)[1]?.id)

    const trace = await sight.trace('executions', retry)

    expect(trace).toMatchObject({
      asked: { kind: 'execution', id: retry },
      event: { id: event, asked: false },
    })
    expect(
      objectsIn(trace.executions).map(({ depth, asked, status, retry_count }) => ({
        depth,
        asked,
        status,
        retry_count,
      })),
    ).toEqual([
      { depth: 0, asked: false, status: 'failed', retry_count: 0 },
      { depth: 1, asked: true, status: 'failed', retry_count: 1 },
    ])
    expect(objectsIn(trace.executions)[1]?.why).toContain('exit code 1')
  })
})

describe('what did not happen', () => {
  let attune: Running
  let sight: Awaited<ReturnType<typeof watched>>
  let rule: Rule

  beforeAll(async () => {
    attune = await running('postgres', [])
    sight = await watched(attune)
    const action = await shellAction(attune.database, 'echo never')
    rule = await given.rule(attune.database, { action: action.id })
  })
  afterAll(async () => {
    await sight.api.close()
    await attune.end()
  })

  test('an event that nobody has looked at: where its message waits, and since when', async () => {
    const event = await sight.emit(rule.trigger_ref, {})

    const trace = await sight.trace('events', event)

    expect(trace).toMatchObject({ event: { decided: false, decided_at: null }, rules: [], executions: [] })
    expect(trace.event).toMatchObject({ why: expect.stringMatching(/^Undecided since .*waits in the queue/) })
    expect(objectsIn(trace.messages)).toMatchObject([{ type: 'EventCreated', stage: 'queue', event }])
  })

  test('an event of which a rule waits in the slow lane: which one, why, and where its message is', async () => {
    const event = await sight.emit(rule.trigger_ref, {})
    const { created, correlation_id } = await attune.database.one<Pick<Event, 'created' | 'correlation_id'>>(
      sql`select created, correlation_id from event where id = ${event}`,
    )
    const reason = 'The rule waits in the slow lane.'
    const decision = { rule: rule.id, rule_ref: rule.ref, version: 1, outcome: 'deferred', reason } as const
    const record = {
      event: toId<'event'>(event),
      created,
      decisions: [decision],
      decided_at: created,
      deferred_ms: 5000,
    }
    await attune.database.transaction(async (tx) => {
      await recordDecisions(tx, [record])
      const deferral = { id: record.event, trigger_ref: rule.trigger_ref, rules: [rule.id], delay_ms: 5000 }
      await publishDeferred(tx, [{ ...deferral, created, correlation_id }])
    })

    const trace = await sight.trace('events', event)

    expect(trace.rules).toMatchObject([{ rule_ref: rule.ref, outcome: 'deferred', reason }])
    expect(trace.event).toMatchObject({
      decided: true,
      why: expect.stringMatching(/^Rules wait in the slow lane.*EventDeferred waits in the queue.*due at/),
    })
    await attune.database.run(sql`delete from message`)
  })

  test('an event whose message became a dead letter: which one, and its error', async () => {
    const event = await sight.emit(rule.trigger_ref, {})
    await attune.database.run(sql`
      with gone as (delete from message where payload->>'event_id' = ${String(event)} returning *)
      insert into dead_letter (queue, exchange, routing_key, type, payload, correlation_id, attempts, error)
      select queue, 'e', 'k', type, payload, correlation_id, 5, 'It broke.' from gone`)

    const trace = await sight.trace('events', event)

    expect(trace.event).toMatchObject({
      why: expect.stringMatching(/is dead letter \d+ after 5 tries: It broke\./),
    })
    expect(objectsIn(trace.dead_letters)).toMatchObject([{ type: 'EventCreated', event, error: 'It broke.' }])
  })

  test('an enforcement that was disabled tells why, also when the rule is enabled again', async () => {
    await attune.start(['sensor'])
    const event = await sight.emit(rule.trigger_ref, {})
    const waits = await eventually(
      () => sight.trace('events', event),
      ({ enforcements }) => objectsIn(enforcements).length === 1,
    )
    await attune.database.run(sql`update rule set enabled = false where id = ${rule.id}`)
    await attune.start(['executor'])
    const disabled = await eventually(
      () => sight.trace('events', event),
      ({ enforcements }) => objectsIn(enforcements)[0]?.status === 'disabled',
    )
    await attune.database.run(sql`update rule set enabled = true where id = ${rule.id}`)

    const [enforcement] = objectsIn((await sight.trace('events', event)).enforcements)

    expect(objectsIn(waits.enforcements)[0]).toMatchObject({
      status: 'created',
      why: expect.stringContaining('EnforcementCreated'),
    })
    expect(objectsIn(disabled.executions)).toEqual([])
    expect(enforcement).toMatchObject({ status: 'disabled', why: `The rule ${rule.ref} is disabled.` })
  })

  test('no worker will do: the filter of the scheduler that removed each', async () => {
    const fitting = { runtimes: ['shell'], labels: { zone: 'a' } }
    await attune.database.run(
      sql`update action set worker_selector = '{"zone": "a"}' where id = ${rule.action}`,
    )
    const worker = (name: string, columns: Readonly<Record<string, unknown>>) =>
      given.worker(attune.database, { name, capabilities: fitting, ...columns })
    await worker('w-cordoned', { cordoned: true })
    await worker('w-inactive', { status: 'inactive' })
    await worker('w-runtime', { capabilities: { runtimes: ['python'] } })
    await worker('w-selector', { capabilities: { ...fitting, labels: { zone: 'b' } } })
    await worker('w-sensor', { worker_role: 'sensor' })
    await worker('w-taint', { capabilities: { ...fitting, taints: [{ key: 'gpu' }] } })
    const event = await sight.emit(rule.trigger_ref, {})

    const trace = await eventually(
      () => sight.trace('events', event),
      ({ executions }) => objectsIn(executions).length === 1,
    )

    const [execution] = objectsIn(trace.executions)
    expect(execution).toMatchObject({
      status: 'requested',
      why: expect.stringContaining('All workers that fit are inactive or cordoned: w-cordoned, w-inactive.'),
      placement: { worker: null, reason: 'unavailable' },
    })
    const { placement } = execution ?? {}
    // Besides those made here there is the one of the sensor role, named after the machine.
    const all = isJsonObject(placement) ? objectsIn(placement.removed) : []
    const removed = all.filter(({ worker: name }) => typeof name === 'string' && name.startsWith('w-'))
    expect(removed.map(({ worker: name, filter }) => [name, filter])).toEqual([
      ['w-cordoned', 'unavailable'],
      ['w-inactive', 'unavailable'],
      ['w-runtime', 'runtime'],
      ['w-selector', 'placement'],
      ['w-taint', 'placement'],
      ['w-sensor', 'role'],
    ])
    expect(removed[3]?.why).toContain('labels of the worker selector')
    expect(removed[4]?.why).toContain('taint that is not tolerated')
  })

  test('an execution that could not be placed keeps the reason, beside what would happen now', async () => {
    const unschedulable = {
      error: 'Execution is unschedulable',
      message: 'No worker.',
      failed_by: 'execution_scheduler',
    }
    const { id } = await given.execution(attune.database, {
      action: rule.action,
      status: 'failed',
      result: unschedulable,
    })

    const [execution] = objectsIn((await sight.trace('executions', id)).executions)

    expect(execution).toMatchObject({
      asked: true,
      why: 'Execution is unschedulable: No worker.',
      placement: { reason: 'unavailable' },
    })
  })

  test('a cancelled execution tells who asked for it', async () => {
    const result = { error: 'Cancelled by user before execution started' }
    const { id } = await given.execution(attune.database, {
      action: rule.action,
      status: 'cancelled',
      result,
    })
    await attune.database.run(sql`
      insert into audit_event (category, event_type, outcome, actor_login, resource_type, resource_id)
      values ('execution', 'execution.cancel_requested', 'success', 'ada', 'execution', ${id})`)

    const [execution] = objectsIn((await sight.trace('executions', id)).executions)

    expect(execution?.why).toMatch(/^Cancelled by user before execution started, asked for by ada at /)
  })

  test('children are below their parents, and an execution that nothing caused has no event', async () => {
    const root = await given.execution(attune.database, { status: 'completed' })
    const child = await given.execution(attune.database, { parent: root.id, status: 'abandoned' })
    const grandchild = await given.execution(attune.database, { parent: child.id, status: 'completed' })

    const trace = await sight.trace('executions', child.id)

    expect(trace).toMatchObject({ event: null, rules: [], enforcements: [] })
    expect(objectsIn(trace.executions).map(({ id, depth, asked }) => [id, depth, asked])).toEqual([
      [root.id, 0, false],
      [child.id, 1, true],
      [grandchild.id, 2, false],
    ])
  })

  test('shows at most a thousand nodes, says so, and keeps what was asked for', async () => {
    const root = await given.execution(attune.database, { status: 'completed' })
    const { last } = await attune.database.one<{ last: Execution['id'] }>(sql`
      with many as (
        insert into execution (action_ref, parent, status)
        select 'demo.act', ${root.id}, 'completed' from generate_series(1, 1200) returning id)
      select max(id) as last from many`)

    const trace = await sight.trace('executions', last)

    expect(trace.truncated).toBe(true)
    expect(objectsIn(trace.executions)).toHaveLength(1000)
    expect(objectsIn(trace.executions).filter(({ asked }) => asked)).toMatchObject([{ id: last, depth: 1 }])
  })

  test('sections that the caller may not read are left out and named', async () => {
    const event = await sight.emit(rule.trigger_ref, {})
    await eventually(
      () => sight.trace('events', event),
      ({ executions }) => objectsIn(executions).length === 1,
    )

    const trace = await dataOf(
      sight.api,
      `GET /api/v1/events/${event}/trace`,
      await sight.api.token('events:read'),
    )

    expect(trace).toMatchObject({ event: { id: event }, enforcements: [], executions: [], dead_letters: [] })
    expect(trace.withheld).toEqual([
      { section: 'enforcements', permission: 'enforcements:read' },
      { section: 'executions', permission: 'executions:read' },
      { section: 'placement', permission: 'workers:read' },
      { section: 'dead_letters', permission: 'dead_letters:read' },
    ])
  })

  test('what does not exist is not found', async () => {
    const { token } = sight

    expect((await sight.api.call('GET /api/v1/events/999999/trace', { token })).status).toBe(404)
    expect((await sight.api.call('GET /api/v1/executions/999999/trace', { token })).status).toBe(404)
  })
})
