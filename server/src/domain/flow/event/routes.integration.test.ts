import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { eventRoutes } from './routes.ts'

const api = await fixture(startApi((parts) => eventRoutes(parts)))
const token = await api.token('events:create', 'events:read')

const post = (body: object, as: string = token) =>
  api.call('POST /api/v1/events', { token: as, body: { ...body } })
const postMany = (events: object[], as: string = token) =>
  api.call('POST /api/v1/events/batch', {
    token: as,
    body: { events: events.map((event) => ({ ...event })) },
  })
const get = (path: string) => api.call(`GET /api/v1/events${path}`, { token })

function messagesFor(event: unknown): Promise<object[]> {
  return api.db.many(sql`
    select queue, type, correlation_id, payload->>'trigger_ref' as trigger_ref from message
    where type = 'EventCreated' and payload->>'event_id' = ${String(event)}`)
}

async function eventsOf(trigger_ref: string): Promise<number> {
  const { count } = await api.db.one<{ count: number }>(
    sql`select count(*) as count from event where trigger_ref = ${trigger_ref}`,
  )
  return count
}

describe('emitting an event', () => {
  test('stores it and says so, under the request id', async () => {
    const trigger = await given.trigger(api.db)
    const request_id = '0d9b1e7a-3f0f-4b5b-9c53-2a8d5ce0a001'

    const { status, body } = await api.call('POST /api/v1/events', {
      token,
      headers: { 'x-request-id': request_id },
      body: { trigger_ref: trigger.ref, payload: { n: [1, 'é'] }, config: { c: true } },
    })

    expect(status).toBe(201)
    expect(body.data).toEqual({
      id: expect.any(Number),
      trigger: trigger.id,
      trigger_ref: trigger.ref,
      payload: { n: [1, 'é'] },
      config: { c: true },
      source: null,
      source_ref: null,
      rule: null,
      rule_ref: null,
      correlation_id: request_id,
      created: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(await messagesFor(idOf(body))).toEqual([
      {
        queue: 'attune.events.queue',
        type: 'EventCreated',
        correlation_id: request_id,
        trigger_ref: trigger.ref,
      },
    ])
  })

  test('accepts the older name of the trigger, and any JSON as payload', async () => {
    const trigger = await given.trigger(api.db)

    for (const payload of [null, 'text', 7, [1, 2], {}]) {
      expect(await post({ trigger_type: trigger.ref, payload })).toMatchObject({
        status: 201,
        body: { data: { payload } },
      })
    }
  })

  test('text that cannot be stored is replaced in the payload', async () => {
    const trigger = await given.trigger(api.db)

    expect(await post({ trigger_ref: trigger.ref, payload: { a: 'x\u0000y' } })).toMatchObject({
      status: 201,
      body: { data: { payload: { a: 'x\ufffdy' } } },
    })
  })

  test.each([
    ['no trigger', {}, 'trigger_ref'],
    ['an empty trigger', { trigger_ref: '' }, 'trigger_ref'],
    ['a trigger with NUL', { trigger_ref: 'a.b\u0000' }, 'trigger_ref'],
    ['an unknown field', { trigger_ref: 'a.b', payload: 1, paylod: 2 }, 'paylod'],
    ['a long key', { trigger_ref: 'a.b', dedupe_key: 'k'.repeat(256) }, 'dedupe_key'],
  ])('refuses %s', async (_, body, field) => {
    expect(await post(body)).toMatchObject({
      status: 422,
      body: { code: 'VALIDATION_ERROR', details: [{ field }] },
    })
  })

  test('refuses a trigger that does not exist, by name', async () => {
    expect(await post({ trigger_ref: 'demo.missing' })).toMatchObject({
      status: 404,
      body: {
        error: "trigger_ref: there is no trigger 'demo.missing'.",
        details: [{ field: 'trigger_ref' }],
      },
    })
  })

  test('refuses a disabled trigger', async () => {
    const trigger = await given.trigger(api.db, { enabled: false })

    expect(await post({ trigger_ref: trigger.ref })).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT' },
    })
    expect(await eventsOf(trigger.ref)).toBe(0)
  })

  test.each(['payload', 'config'])('refuses a %s beyond the limit, with the limit', async (field) => {
    const trigger = await given.trigger(api.db)

    const { status, body } = await post({ trigger_ref: trigger.ref, [field]: 'x'.repeat(64 * 1024) })

    expect(status).toBe(413)
    expect(body).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      details: [{ field, message: expect.stringContaining('65536') }],
    })
  })

  test('one that is refused costs those that arrive with it nothing', async () => {
    const trigger = await given.trigger(api.db)
    const refs = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 'demo.missing' : trigger.ref))

    const answers = await Promise.all(refs.map((trigger_ref, n) => post({ trigger_ref, payload: n })))

    expect(answers.map(({ status }) => status)).toEqual(refs.map((ref) => (ref === trigger.ref ? 201 : 404)))
    expect(answers.flatMap(({ status, body }) => (status === 201 ? [field(body, 'payload')] : []))).toEqual(
      refs.flatMap((ref, n) => (ref === trigger.ref ? [n] : [])),
    )
  })
})

describe('a dedupe key', () => {
  test('makes one event of many requests: 201 first, then 200 with the first one', async () => {
    const trigger = await given.trigger(api.db)

    const first = await post({ trigger_ref: trigger.ref, payload: 1, dedupe_key: 'k' })
    const again = await post({ trigger_ref: trigger.ref, payload: 2, dedupe_key: 'k' })

    expect(first.status).toBe(201)
    expect(again).toMatchObject({ status: 200, body: { data: { id: idOf(first.body), payload: 1 } } })
    expect(await messagesFor(idOf(first.body))).toHaveLength(1)
  })

  test('holds against requests at the same time', async () => {
    const trigger = await given.trigger(api.db)

    const answers = await Promise.all(
      Array.from({ length: 30 }, () => post({ trigger_ref: trigger.ref, dedupe_key: 'same' })),
    )

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(29)
    expect(new Set(answers.map(({ body }) => idOf(body))).size).toBe(1)
    expect(await eventsOf(trigger.ref)).toBe(1)
  })

  test('belongs to its trigger', async () => {
    const [one, other] = [await given.trigger(api.db), await given.trigger(api.db)]

    expect(await post({ trigger_ref: one.ref, dedupe_key: 'k' })).toMatchObject({ status: 201 })
    expect(await post({ trigger_ref: other.ref, dedupe_key: 'k' })).toMatchObject({ status: 201 })
  })

  test('outlives its event, and then says so', async () => {
    const trigger = await given.trigger(api.db)
    const { body } = await post({ trigger_ref: trigger.ref, dedupe_key: 'k' })
    await api.db.run(sql`delete from event where id = ${idOf(body)}`)

    expect(await post({ trigger_ref: trigger.ref, dedupe_key: 'k' })).toMatchObject({
      status: 409,
      body: { details: [{ field: 'dedupe_key' }] },
    })
  })
})

describe('a bound rule', () => {
  test('is kept with the event', async () => {
    const rule = await given.rule(api.db)

    expect(
      await post({ trigger_ref: rule.trigger_ref, trigger_instance_id: `rule_${rule.id}` }),
    ).toMatchObject({
      status: 201,
      body: { data: { rule: rule.id, rule_ref: rule.ref } },
    })
  })

  test('of another trigger is refused', async () => {
    const [rule, trigger] = [await given.rule(api.db), await given.trigger(api.db)]

    expect(await post({ trigger_ref: trigger.ref, trigger_instance_id: `rule_${rule.id}` })).toMatchObject({
      status: 400,
      body: { details: [{ field: 'trigger_instance_id' }] },
    })
  })

  test.each(['rule_999999999', 'rule_99999999999999999999', 'rule_', 'rule_1x', 'timer-7', '', null])(
    'named %j is ignored',
    async (trigger_instance_id) => {
      const trigger = await given.trigger(api.db)

      expect(await post({ trigger_ref: trigger.ref, trigger_instance_id })).toMatchObject({
        status: 201,
        body: { data: { rule: null, rule_ref: null } },
      })
    },
  )
})

describe('who may emit', () => {
  test('nobody without a token, and no account without the grant', async () => {
    const trigger = await given.trigger(api.db)
    const viewer = await api.token('events:read')

    expect(await api.call('POST /api/v1/events', { body: { trigger_ref: trigger.ref } })).toMatchObject({
      status: 401,
    })
    expect(await post({ trigger_ref: trigger.ref }, viewer)).toMatchObject({ status: 403 })
  })

  test('a sensor its own triggers, and it is named as their source', async () => {
    const sensor = await given.sensor(api.db)
    const [own, other] = [await given.trigger(api.db), await given.trigger(api.db)]
    const as = await api.sensorToken(sensor.ref, [own.ref])

    expect(await post({ trigger_ref: own.ref }, as)).toMatchObject({
      status: 201,
      body: { data: { source: sensor.id, source_ref: sensor.ref } },
    })
    expect(await post({ trigger_ref: other.ref }, as)).toMatchObject({
      status: 403,
      body: { details: [{ field: 'trigger_ref' }] },
    })
    expect(await post({ trigger_ref: 'demo.missing' }, as)).toMatchObject({ status: 403 })
    expect(await api.call('GET /api/v1/events', { token: as })).toMatchObject({ status: 403 })
  })

  test('a sensor that is not in the store not at all, whatever its token says', async () => {
    const trigger = await given.trigger(api.db)
    const as = await api.sensorToken('demo.unknown', [trigger.ref])
    await api.db.run(sql`delete from sensor where ref = 'demo.unknown'`)

    expect(await post({ trigger_ref: trigger.ref }, as)).toMatchObject({ status: 401 })
  })

  test('an execution the triggers of its own pack, or any with the grant', async () => {
    const pack = await given.pack(api.db)
    const action = await given.action(api.db, { pack: pack.id })
    const own = await given.trigger(api.db, { pack: pack.id })
    const other = await given.trigger(api.db)
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'events', actions: ['create'] }] })
    const running = { action: action.id, status: 'running' }
    const plain = await api.executionToken(await given.execution(api.db, running))
    const granted = await api.executionToken(
      await given.execution(api.db, { ...running, permission_set_refs: [set.ref] }),
    )

    expect(await post({ trigger_ref: own.ref }, plain)).toMatchObject({
      status: 201,
      body: { data: { source_ref: null } },
    })
    expect(await post({ trigger_ref: other.ref }, plain)).toMatchObject({ status: 403 })
    expect(await post({ trigger_ref: other.ref }, granted)).toMatchObject({ status: 201 })
  })

  test('an execution that has ended nothing', async () => {
    const trigger = await given.trigger(api.db)
    const as = await api.executionToken(await given.execution(api.db, { status: 'completed' }))

    expect(await post({ trigger_ref: trigger.ref }, as)).toMatchObject({ status: 401 })
  })
})

describe('a batch', () => {
  test('is stored as a whole, in order', async () => {
    const [one, other] = [await given.trigger(api.db), await given.trigger(api.db)]

    const { status, body } = await postMany([
      { trigger_ref: one.ref, payload: 1 },
      { trigger_ref: other.ref, payload: 2, dedupe_key: 'k' },
      { trigger_ref: other.ref, payload: 3, dedupe_key: 'k' },
    ])

    expect(status).toBe(201)
    expect(body.data).toMatchObject([
      { trigger_ref: one.ref, repeated: false },
      { trigger_ref: other.ref, repeated: false },
      { trigger_ref: other.ref, repeated: true },
    ])
    expect(await eventsOf(other.ref)).toBe(1)
  })

  test('with a bad event stores nothing and names every bad one', async () => {
    const trigger = await given.trigger(api.db)
    const disabled = await given.trigger(api.db, { enabled: false })

    const { status, body } = await postMany([
      { trigger_ref: trigger.ref },
      { trigger_ref: 'demo.missing' },
      { payload: 1 },
      { trigger_ref: disabled.ref },
    ])

    expect(status).toBe(422)
    expect(body.error).toContain("events.1.trigger_ref there is no trigger 'demo.missing'")
    expect(body.details).toMatchObject([
      { field: 'events.1.trigger_ref' },
      { field: 'events.2.trigger_ref', message: 'is required' },
      { field: 'events.3.trigger_ref' },
    ])
    expect(await eventsOf(trigger.ref)).toBe(0)
  })

  test('keeps the codes that say more', async () => {
    const trigger = await given.trigger(api.db)
    const sensor = await api.sensorToken('demo.sensor', [trigger.ref])

    expect(await postMany([{ trigger_ref: trigger.ref }, { trigger_ref: 'a.b' }], sensor)).toMatchObject({
      status: 403,
      body: { details: [{ field: 'events.1.trigger_ref' }] },
    })
    expect(await postMany([{ trigger_ref: trigger.ref, payload: 'x'.repeat(70_000) }])).toMatchObject({
      status: 413,
      body: { details: [{ field: 'events.0.payload' }] },
    })
  })

  test('holds 1 to 1000 events', async () => {
    const trigger = await given.trigger(api.db)
    const event = { trigger_ref: trigger.ref }

    expect(await postMany([])).toMatchObject({ status: 422, body: { details: [{ field: 'events' }] } })
    expect(await postMany(Array.from({ length: 1001 }, () => event))).toMatchObject({ status: 422 })
    expect(await postMany(Array.from({ length: 1000 }, () => event))).toMatchObject({ status: 201 })
    expect(await eventsOf(trigger.ref)).toBe(1000)
  })

  test('with text that cannot be stored is refused in refs and repaired in payloads', async () => {
    const trigger = await given.trigger(api.db)

    expect(await postMany([{ trigger_ref: `${trigger.ref}\u0000` }])).toMatchObject({
      status: 422,
      body: { details: [{ field: 'events.0.trigger_ref' }] },
    })
    expect(await postMany([{ trigger_ref: trigger.ref, payload: '\u0000' }])).toMatchObject({ status: 201 })
  })
})

describe('reading', () => {
  test('an event carries what was decided about it', async () => {
    const event = await given.event(api.db, { payload: { a: 1 } })
    const decision = {
      rule: 7,
      rule_ref: 'demo.r',
      version: 2,
      outcome: 'not_matched',
      clause: 'a == 2',
      compared: { a: 1 },
    }

    expect((await get(`/${event.id}`)).body.data).toMatchObject({
      id: event.id,
      payload: { a: 1 },
      decisions: null,
    })

    await api.db.run(sql`
      insert into event_decision (event, created, decisions)
      values (${event.id}, ${event.created}, ${JSON.stringify([decision])})`)
    expect((await get(`/${event.id}`)).body.data).toMatchObject({ id: event.id, decisions: [decision] })
  })

  test('a definition that is gone is null, its ref stays', async () => {
    const rule = await given.rule(api.db)
    const event = await given.event(api.db, { trigger: rule.trigger, rule: rule.id, rule_ref: rule.ref })
    await api.db.run(sql`delete from rule where id = ${rule.id}`)
    await api.db.run(sql`delete from trigger where id = ${rule.trigger}`)

    const gone = { trigger: null, trigger_ref: rule.trigger_ref, rule: null, rule_ref: rule.ref }
    expect((await get(`/${event.id}`)).body.data).toMatchObject(gone)
    expect((await get(`?trigger_ref=${rule.trigger_ref}`)).body.data).toMatchObject([gone])
  })

  test.each(['0', '-1', '9007199254740993', '1e300', 'abc', '1.5'])('the id %s is not one', async (id) => {
    expect(await get(`/${id}`)).toMatchObject({ status: 400, body: { details: [{ field: 'id' }] } })
  })

  test('an id that is not there is not found', async () => {
    expect(await get('/9007199254740991')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  })

  test('the list is newest first and pages without gaps or repetitions', async () => {
    const trigger = await given.trigger(api.db)
    const created = '2026-01-31T09:00:00Z'
    const made: number[] = []
    for (let n = 0; n < 7; n += 1) made.push((await given.event(api.db, { trigger: trigger.id, created })).id)

    const pages = await Promise.all(
      [1, 2, 3].map((page) => get(`?trigger=${trigger.id}&page=${page}&per_page=3`)),
    )

    expect(pages.flatMap(({ body }) => ids(body))).toEqual(made.toReversed())
    expect(pages[1]?.body.pagination).toEqual({
      page: 2,
      page_size: 3,
      total_items: 7,
      total_pages: 3,
      has_previous: true,
      has_next: true,
    })
  })

  test.each([
    ['page=-3&per_page=2', { page: 1, page_size: 2 }],
    ['page_size=0', { page: 1, page_size: 1 }],
    ['per_page=999999999999999999999', { page: 1, page_size: 1000 }],
    ['page=99999999999999999999', { page: 1_000_000, page_size: 50 }],
    ['include_total=true&unknown=1', { page: 1, page_size: 50 }],
  ])('%s is clamped', async (query, pagination) => {
    expect(await get(`?${query}`)).toMatchObject({ status: 200, body: { pagination } })
  })

  test.each([
    'page=x',
    'per_page=1.5',
    'trigger=0',
    'source=9007199254740993',
    'created_after=yesterday',
    'created_after=0000-01-01T00:00:00Z',
    'created_before=2026-01-01T00:00:00%2B23:00',
    'trigger_ref=',
  ])('%s is refused by name', async (query) => {
    expect(await get(`?${query}`)).toMatchObject({
      status: 400,
      body: { details: [{ field: query.split('=')[0] }] },
    })
  })

  test('a list can be filtered by everything it says', async () => {
    const sensor = await given.sensor(api.db)
    const rule = await given.rule(api.db)
    const wanted = await given.event(api.db, {
      trigger: rule.trigger,
      source: sensor.id,
      source_ref: sensor.ref,
      rule: rule.id,
      rule_ref: rule.ref,
      payload: null,
      created: '2026-02-01T10:00:00Z',
    })
    await given.event(api.db)
    const summary = {
      id: wanted.id,
      trigger: rule.trigger,
      source: sensor.id,
      rule: rule.id,
      has_payload: false,
    }

    for (const query of [
      `trigger=${rule.trigger}`,
      `trigger_ref=${rule.trigger_ref}`,
      `rule_ref=${rule.ref}`,
      `rule_ref=${rule.ref.slice(0, 12)}*`,
      `source=${sensor.id}`,
      `trigger_ref=*${rule.trigger_ref.slice(5)}&created_after=2026-02-01T09:59:59.999Z&created_before=2026-02-01T12:00:01%2B02:00`,
    ]) {
      expect((await get(`?${query}`)).body, query).toMatchObject({
        data: [summary],
        pagination: { total_items: 1 },
      })
    }
    expect((await get(`?source=${sensor.id}&created_after=2026-02-01T10:00:00Z`)).body.data).toEqual([])
  })

  test('in a pattern only the star is one', async () => {
    const trigger = await given.trigger(api.db)
    await given.event(api.db, { trigger: trigger.id })
    const [pack] = trigger.ref.split('.')

    expect((await get(`?trigger_ref=${pack}.%25`)).body.data).toEqual([])
    expect((await get(`?trigger_ref=${trigger.ref.replace('.', '_')}*`)).body.data).toEqual([])
    expect((await get(`?trigger_ref=${pack}.*`)).body.data).toHaveLength(1)
    expect(await get('?trigger_ref=%00*')).toMatchObject({ status: 422 })
  })
})

function field(body: object, name: string): unknown {
  const data: unknown = Reflect.get(body, 'data')
  return typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined
}

function idOf(body: object): unknown {
  return field(body, 'id')
}

function ids(body: object): unknown[] {
  const data: unknown = Reflect.get(body, 'data')
  return Array.isArray(data) ? data.map((row: { id: unknown }) => row.id) : []
}
