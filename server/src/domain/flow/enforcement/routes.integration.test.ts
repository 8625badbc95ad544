import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { secretMarker as marker } from '../../../expressions/taint.ts'
import { store } from '../../secret/queries.ts'
import { enforcementRoutes } from './routes.ts'

const api = await fixture(startApi((parts) => enforcementRoutes(parts)))
const token = await api.token('enforcements:read')

const get = (path: string, as: string = token) => api.call(`GET /api/v1/enforcements${path}`, { token: as })

test('an enforcement shows its rule, its event and what was rendered', async () => {
  const made = await given.enforcement(api.db, {
    config: { a: 1 },
    payload: { n: 2 },
    conditions: [{ field: 'x' }],
  })

  const { status, body } = await get(`/${made.id}`)

  expect(status).toBe(200)
  expect(body.data).toEqual({
    id: made.id,
    rule: made.rule,
    rule_ref: made.rule_ref,
    trigger_ref: made.trigger_ref,
    event: made.event,
    status: 'created',
    config: { a: 1 },
    payload: { n: 2 },
    condition: 'all',
    conditions: [{ field: 'x' }],
    correlation_id: null,
    created: made.created,
    resolved_at: null,
    disabled_reason: null,
  })
})

test('a rule that is gone is null, its ref stays', async () => {
  const made = await given.enforcement(api.db)
  await api.db.run(sql`delete from rule where id = ${made.rule}`)

  const gone = { rule: null, rule_ref: made.rule_ref }
  expect((await get(`/${made.id}`)).body.data).toMatchObject(gone)
  expect((await get(`?rule_ref=${made.rule_ref}`)).body.data).toMatchObject([gone])
})

test('the list is newest first and can be filtered by what it shows', async () => {
  const rule = await given.rule(api.db)
  const first = await given.enforcement(api.db, { rule: rule.id })
  const second = await given.enforcement(api.db, { rule: rule.id, status: 'processed' })

  const idsOf = async (query: string) => ids((await get(`?${query}`)).body)

  expect(await idsOf(`rule=${rule.id}`)).toEqual([second.id, first.id])
  expect(await idsOf(`rule=${rule.id}&status=processed`)).toEqual([second.id])
  expect(await idsOf(`event=${first.event}`)).toEqual([first.id])
  expect(await idsOf(`rule_ref=${rule.ref}&include_total=true&per_page=1`)).toEqual([second.id])
  expect(await idsOf(`trigger_ref=${rule.trigger_ref}&page=2&page_size=1`)).toEqual([first.id])
  expect(await idsOf(`rule_ref=${rule.ref.slice(0, 8)}*`)).toEqual([])
})

test.each(['rule=x', 'event=-1', 'status=done'])('%s is refused by name', async (query) => {
  expect(await get(`?${query}`)).toMatchObject({
    status: 400,
    body: { details: [{ field: query.split('=')[0] }] },
  })
})

test('what is not there is not found, and nobody looks without the permission', async () => {
  expect(await get('/123456789')).toMatchObject({ status: 404 })
  expect(await get('', await api.token('rules:read'))).toMatchObject({ status: 403 })
})

test('secrets stand behind markers, until somebody with the permission asks', async () => {
  const made = await given.enforcement(api.db, { config: { user: 'ada', password: marker } })
  await api.db.transaction((tx) =>
    store(tx, api.cipher, 'enforcement_config', [
      { id: made.id, secrets: [{ pointer: '/password', value: 'hunter2' }], source_kind: 'test' },
    ]),
  )
  const may = await api.token('enforcements:read', 'enforcements:decrypt')

  expect((await get(`/${made.id}`, may)).body.data).toMatchObject({
    config: { user: 'ada', password: marker },
  })
  expect((await get(`/${made.id}?include_secret_values=true`, may)).body.data).toMatchObject({
    config: { user: 'ada', password: 'hunter2' },
  })
  expect(await get(`/${made.id}?include_secret_values=true`)).toMatchObject({ status: 403 })
})

function ids(body: object): unknown[] {
  const data: unknown = Reflect.get(body, 'data')
  return Array.isArray(data) ? data.map((row: { id: unknown }) => row.id) : []
}
