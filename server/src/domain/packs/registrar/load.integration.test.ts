import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { sql } from '../../../database/sql.ts'
import { actionRoutes } from '../../definition/action/routes.ts'
import { ruleRoutes } from '../../definition/rule/routes.ts'
import { runtimeRoutes } from '../../definition/runtime/routes.ts'
import { sensorRoutes } from '../../definition/sensor/routes.ts'
import { triggerRoutes } from '../../definition/trigger/routes.ts'
import { loadPack } from './load.ts'
import { relink } from '../../definition/rule/queries.ts'
import { fixture } from '../../../../test/fixture.ts'
import { packRoutes } from './routes.ts'

const shipped = (name: string) => fileURLToPath(new URL(`../../../../../packs/${name}`, import.meta.url))
const api = await fixture(
  startApi((parts) => [
    ...packRoutes({ packs_base_dir: parts.artifacts_dir, cipher: parts.cipher }),
    ...actionRoutes({ relink }),
    ...runtimeRoutes(),
    ...triggerRoutes({ relink }),
    ...sensorRoutes(),
    ...ruleRoutes(parts),
  ]),
)

test('the packs that ship with the product load, and are in place', async () => {
  const options = { registered_by: null, log: api.log, cipher: api.cipher }

  expect(await loadPack(api.db, shipped('core'), { ...options, is_standard: true })).toBe(true)
  expect(await loadPack(api.db, shipped('examples'), { ...options, is_standard: false })).toBe(true)

  const token = await api.token()
  const core = await api.call('GET /api/v1/packs/core', { token })
  const rule = await api.call('GET /api/v1/rules/examples.every_ten_seconds', { token })
  expect(core.body.data).toMatchObject({ ref: 'core', version: '1.0.0', is_standard: true })
  expect(rule.body.data).toMatchObject({ enabled: true, is_adhoc: false, trigger_ref: 'core.intervaltimer' })
  expect(await api.db.many(sql`select sensor_ref from trigger where ref = 'core.intervaltimer'`)).toEqual([
    { sensor_ref: 'core.timer_sensor' },
  ])
})

test('a pack whose files are as they were is left alone', async () => {
  const before = await api.db.many(sql`select ref, installed_at from pack order by ref`)

  expect(
    await loadPack(api.db, shipped('core'), {
      registered_by: null,
      log: api.log,
      cipher: api.cipher,
      is_standard: true,
    }),
  ).toBe(false)

  expect(await api.db.many(sql`select ref, installed_at from pack order by ref`)).toEqual(before)
})

test.each([
  'packs',
  'packs/core/actions',
  'packs/core/triggers',
  'packs/core/sensors',
  'packs/core/runtimes',
  'packs/examples/rules',
  'actions',
  'actions/search',
  'triggers',
  'triggers/enabled',
  'triggers/core.intervaltimer/rules',
  'triggers/core.intervaltimer/sensors',
  'sensors',
  'sensors/enabled',
  'runtimes',
  'rules',
  'rules/enabled',
  'actions/core.echo/rules',
])('GET /api/v1/%s lists in pages, by ref', async (path) => {
  const token = await api.token()

  const all = await api.call(`GET /api/v1/${path}`, { token })
  const refs = rowsOf(all).map(({ ref }) => ref)
  const second = await api.call(`GET /api/v1/${path}?page=2&per_page=1`, { token })

  expect(all.status).toBe(200)
  expect(refs).toEqual(refs.toSorted())
  expect(rowsOf(second).map(({ ref }) => ref)).toEqual(refs.slice(1, 2))
  expect(second.body.pagination).toMatchObject({ page: 2, page_size: 1, total_items: refs.length })
  expect((await api.call(`GET /api/v1/${path}`)).status).toBe(401)
  expect((await api.call(`GET /api/v1/${path}`, { token: await api.token('workers:manage') })).status).toBe(
    403,
  )
})

test.each([
  'packs/core',
  'actions/core.echo',
  'triggers/core.intervaltimer',
  'sensors/core.timer_sensor',
  'runtimes/core.shell',
])('GET /api/v1/%s answers one', async (path) => {
  const token = await api.token()

  const answer = await api.call(`GET /api/v1/${path}`, { token })

  expect(answer).toMatchObject({ status: 200, body: { data: { ref: path.split('/')[1] } } })
  expect((await api.call(`GET /api/v1/${path}_not`, { token })).status).toBe(404)
})

test.each([
  'packs/nowhere/actions',
  'packs/nowhere/rules',
  'triggers/no.where/rules',
  'triggers/no.where/sensors',
  'actions/no.where/rules',
  'actions/search?packs=core,nowhere',
])('GET /api/v1/%s says that its parent does not exist', async (path) => {
  expect((await api.call(`GET /api/v1/${path}`, { token: await api.token() })).status).toBe(404)
})

test('actions are found by a part of what they are called, literally', async () => {
  const token = await api.token()
  const refsFor = async (query: string) => {
    return rowsOf(await api.call(`GET /api/v1/actions/search?${query}`, { token })).map(({ ref }) => ref)
  }

  expect(await refsFor('q=ECHO')).toEqual(['core.echo'])
  expect(await refsFor('q=_&packs=core')).toContain('core.http_request')
  expect(await refsFor('q=%25')).toEqual([])
  expect(await refsFor('packs=examples')).not.toContain('core.echo')
})

test('only who may run actions finds any that they may run', async () => {
  const path = '/api/v1/actions?executable_with_current_access=true'

  const runner = await api.call(`GET ${path}`, { token: await api.token('actions:read', 'actions:execute') })
  const reader = await api.call(`GET ${path}`, { token: await api.token('actions:read') })

  expect(rowsOf(runner).length).toBeGreaterThan(0)
  expect(rowsOf(reader)).toEqual([])
})

test('a trigger is disabled and enabled, again without effect', async () => {
  const token = await api.token('triggers:read', 'triggers:update')
  const path = '/api/v1/triggers/core.alert'

  for (const verb of ['disable', 'disable', 'enable', 'enable']) {
    const answer = await api.call(`POST ${path}/${verb}`, { token })
    expect(answer).toMatchObject({ status: 200, body: { data: { enabled: verb === 'enable' } } })
  }
  expect((await api.call(`POST ${path}/enable`, { token: await api.token('triggers:read') })).status).toBe(
    403,
  )
})

test('what signs the webhooks of a trigger is never shown', async () => {
  await api.db.run(
    sql`update trigger set webhook_config = '{"hmac": {"secret": "s3cret"}}' where ref = 'core.alert'`,
  )

  const answer = await api.call('GET /api/v1/triggers/core.alert', { token: await api.token() })

  expect(JSON.stringify(answer.body)).not.toContain('s3cret')
})

function rowsOf({ body }: { body: { data?: unknown } }): { ref: string }[] {
  return Array.isArray(body.data) ? body.data : []
}
