import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { listenToLifecycle } from '../../../../test/lifecycle.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { relink } from '../rule/queries.ts'
import { triggerRoutes } from './routes.ts'

let pack: given.GivenPack

const api = await fixture(startApi(() => triggerRoutes({ relink })))
const token = await api.token()
const lifecycle = await listenToLifecycle(api.db)

beforeEach(async () => {
  pack = await given.pack(api.db)
})

const ref = () => `${pack.ref}.arrived`
const create = (body: JsonObject = {}, as = token) =>
  api.call('POST /api/v1/triggers', {
    token: as,
    body: { ref: ref(), pack_ref: pack.ref, label: 'Arrived', ...body },
  })
const call = (what: `${string} ${string}`, body?: JsonObject, as = token) =>
  api.call(what, body === undefined ? { token: as } : { token: as, body })

test('a trigger is made by hand, and its secrets are nobody’s', async () => {
  const answer = await create({ param_schema: { folder: { type: 'string' } }, description: 'A file.' })

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ref: ref(),
        pack: pack.id,
        is_adhoc: true,
        enabled: true,
        description: 'A file.',
        param_schema: { folder: { type: 'string' } },
        out_schema: null,
        webhook_enabled: false,
      },
    },
  })
})

test('a trigger may belong to no pack', async () => {
  expect(await create({ pack_ref: null })).toMatchObject({ status: 201, body: { data: { pack: null } } })
})

test.each<[number, string, JsonObject]>([
  [422, 'ref', { ref: 'Arrived' }],
  [404, 'pack_ref', { pack_ref: 'nowhere' }],
  [422, 'param_schema.folder.type', { param_schema: { folder: { type: 'place' } } }],
  [422, 'enabled', { enabled: 'yes' }],
])('%i: %s is refused by name', async (status, field, change) => {
  const answer = await create(change)

  expect(answer.status).toBe(status)
  expect(answer.body.details).toMatchObject([{ field }])
})

test('an update keeps what it does not give, sets and clears', async () => {
  await create({ param_schema: { folder: { type: 'string' } }, out_schema: { path: { type: 'string' } } })

  const answer = await call(`PUT /api/v1/triggers/${ref()}`, {
    label: 'Came',
    param_schema: { op: 'clear' },
    out_schema: null,
  })

  expect(answer.body.data).toMatchObject({
    label: 'Came',
    param_schema: null,
    out_schema: { path: { type: 'string' } },
  })
  expect(
    (await call(`PUT /api/v1/triggers/${ref()}`, { param_schema: { op: 'set', value: 'any' } })).status,
  ).toBe(422)
  expect((await create()).status).toBe(409)
})

test('switching and deleting are told once they are committed, and rules keep the ref', async () => {
  await create()
  const trigger = await api.db.one<{ id: number }>(sql`select id from trigger where ref = ${ref()}`)
  const rule = await given.rule(api.db, { trigger: trigger.id })
  await lifecycle.said()

  expect((await call(`POST /api/v1/triggers/${ref()}/disable`)).body.data).toMatchObject({ enabled: false })
  expect((await call(`POST /api/v1/triggers/${ref()}/enable`)).body.data).toMatchObject({ enabled: true })
  expect((await call(`DELETE /api/v1/triggers/${ref()}`)).status).toBe(200)

  const said = await lifecycle.said()
  expect(said.map(({ type }) => type)).toEqual(['TriggerChanged', 'TriggerChanged', 'TriggerChanged'])
  expect(said[0]?.payload).toEqual({ trigger_id: trigger.id, trigger_ref: ref() })
  const linked = () => api.db.one(sql`select trigger, trigger_ref from rule where id = ${rule.id}`)
  expect(await linked()).toEqual({ trigger: null, trigger_ref: ref() })
  await create()
  expect(await linked()).not.toMatchObject({ trigger: null })
})

test('the key of a webhook is shown only to whoever may change its trigger', async () => {
  await create()
  const key = `wh_${'a1'.repeat(16)}`
  await api.db.run(sql`update trigger set webhook_enabled = true, webhook_key = ${key} where ref = ${ref()}`)
  const reads = { resource: 'triggers', actions: ['read'] }
  const changes = (pack_refs: string[]) => ({
    resource: 'triggers',
    actions: ['update'],
    constraints: { pack_refs },
  })
  const keyFor = async (as: string) => {
    const { status, body } = await call(`GET /api/v1/triggers/${ref()}`, undefined, as)
    return [status, Reflect.get(Object(body.data), 'webhook_key')]
  }

  expect(await keyFor((await api.granted(reads)).token)).toEqual([200, null])
  expect(await keyFor((await api.granted(reads, changes(['elsewhere']))).token)).toEqual([200, null])
  expect(await keyFor((await api.granted(reads, changes([pack.ref]))).token)).toEqual([200, key])
  for (const path of ['triggers', 'triggers/enabled', `packs/${pack.ref}/triggers`])
    expect(JSON.stringify((await call(`GET /api/v1/${path}`)).body)).not.toContain(key)
})

test('each change needs its permission', async () => {
  await create()
  const reader = await api.token('triggers:read')
  const elsewhere = await api.granted({
    resource: 'triggers',
    actions: ['read', 'create', 'update', 'delete'],
    constraints: { pack_refs: ['elsewhere'] },
  })
  const changes = [
    [`PUT /api/v1/triggers/${ref()}`, { label: 'x' }],
    [`DELETE /api/v1/triggers/${ref()}`, undefined],
    [`POST /api/v1/triggers/${ref()}/enable`, undefined],
  ] as const

  for (const [what, body] of changes) {
    expect([what, (await call(what, body, reader)).status]).toEqual([what, 403])
    expect([what, (await call(what, body, elsewhere.token)).status]).toEqual([what, 404])
  }
  expect((await create({ ref: `${pack.ref}.other` }, elsewhere.token)).status).toBe(403)
})
