import { request } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { eventually } from './eventually.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { wholeApi } from './whole-api.ts'

/*
 * Questions that the database takes long to answer. A table that somebody has locked stands for one that is too large:
 * every statement on it waits, and nothing depends on how fast the machine is.
 */

let viewer: string

const api = await fixture(wholeApi({ database: { api_statement_timeout: 1.5 } }))
const lock = new pg.Client({ connectionString: api.database_url })

beforeAll(async () => {
  await lock.connect()
  viewer = await everyReader()
})
afterAll(async () => {
  await lock.end()
})
beforeEach(() => lock.query('rollback'))

const everyReader = () =>
  api.tokenWith(
    ...['executions', 'rules', 'dead_letters', 'audit_log', 'actions'].map((resource) => ({
      resource,
      actions: ['read'],
    })),
  )

const get = (path: string, token = viewer) =>
  api.ask('GET', path, { headers: { authorization: `Bearer ${token}` } })

/** Statements of requests that the server still works on. */
const busy = async () => {
  const { count } = await api.db.one<{ count: number }>(sql`
    select count(*) as count from pg_stat_activity where application_name = 'attune-api' and state = 'active'`)
  return count
}

async function holdUp(table: string): Promise<void> {
  await lock.query(`begin; lock table attune.${table} in access exclusive mode`)
}

test('a search that takes too long is ended by the server, and the answer names what to narrow', async () => {
  await holdUp('execution')

  const { status, text } = await get('/api/v1/executions?result_contains=x&status=failed')

  expect(status).toBe(422)
  expect(JSON.parse(text)).toMatchObject({
    code: 'UNPROCESSABLE_ENTITY',
    error: expect.stringMatching(/database\.api_statement_timeout.*result_contains, status.*created_after/),
    details: [{ field: 'result_contains' }, { field: 'status' }],
  })
  expect(await eventually(busy, (count) => count === 0)).toBe(0)
})

test('what has nothing to narrow is to be asked again later', async () => {
  await holdUp('execution')

  const { status, headers } = await get('/api/v1/executions')

  expect(status).toBe(503)
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
})

test('24 slow questions of one viewer hold up neither others nor events', async () => {
  await holdUp('dead_letter')
  const trigger = await given.trigger(api.db)
  const sensor = await api.sensorToken('core.any', [trigger.ref])
  const other = await everyReader()
  let answered = 0
  const slow = Array.from({ length: 24 }, async () => {
    const { status } = await get('/api/v1/dead-letters')
    answered += 1
    return status
  })
  await eventually(busy, (count) => count >= 2)

  const body = JSON.stringify({ trigger_ref: trigger.ref, payload: {} })
  const headers = { authorization: `Bearer ${sensor}`, 'content-type': 'application/json' }
  const [rules, event] = await Promise.all([
    get('/api/v1/rules', other),
    api.ask('POST', '/api/v1/events', { headers, body }),
  ])

  expect([rules.status, event.status]).toEqual([200, 201])
  expect(answered).toBeLessThan(24)
  expect(await busy()).toBeLessThanOrEqual(5)
  await lock.query('rollback')
  await Promise.all(slow)
})

test('a question whose asker has left is not worked on any more', async () => {
  await holdUp('rule')
  const { hostname, port } = new URL(api.url)
  const asked = request({
    hostname,
    port,
    path: '/api/v1/rules',
    headers: { authorization: `Bearer ${viewer}` },
  })
  asked.on('error', () => undefined)
  asked.end()
  const since = performance.now()
  await eventually(busy, (count) => count > 0)

  asked.destroy()

  await eventually(busy, (count) => count === 0)
  expect(performance.now() - since).toBeLessThan(1500) // its own end would come no sooner
})

test('every statement of a request has a limit on the server, and the flow has none of them', async () => {
  const limit = sql`show statement_timeout`
  expect(await api.platform.api_database.one(limit)).toEqual({ statement_timeout: '1500ms' })
  expect(await api.platform.database.one(limit)).toEqual({ statement_timeout: '0' })
})

test('text is looked for in the newest 10 000 rows, and the answer says where it stopped', async () => {
  await api.db.run(sql`
    insert into audit_event (created, category, event_type, outcome, http_path)
    select timestamptz '2031-01-01' + n * interval '1 second', 'api', 'a.b', 'success',
      case when n in (1, 11000) then '/needle' else '/hay' end
    from generate_series(1, 11000) as n`)

  const newest = JSON.parse((await get('/api/v1/audit-events?http_path=needle&event_type=a.b')).text)
  expect(newest).toMatchObject({
    data: [{ created: '2031-01-01T03:03:20Z' }],
    pagination: { total_items: 1, searched_back_to: '2031-01-01T00:16:41Z' },
  })
  const { searched_back_to } = newest.pagination
  const older = await get(
    `/api/v1/audit-events?http_path=needle&event_type=a.b&created_before=${searched_back_to}`,
  )
  expect(JSON.parse(older.text)).toMatchObject({ data: [{ created: '2031-01-01T00:00:01Z' }] })
  expect(JSON.parse(older.text).pagination).not.toHaveProperty('searched_back_to')

  const all = await get(
    '/api/v1/audit-events/export?http_path=needle&event_type=a.b&created_before=2032-01-01T00:00:00Z',
  )
  expect(all.text.trim().split('\n')).toHaveLength(2)
})

test('a part of a result is found among the newest executions', async () => {
  const found = await given.execution(api.db, { status: 'completed', result: { deep: 'a Needle here' } })
  await given.execution(api.db, { status: 'completed', result: { deep: 'nothing' } })

  const { text } = await get('/api/v1/executions?result_contains=needle')

  expect(JSON.parse(text).data).toMatchObject([{ id: found.id }])
})
