import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { listenToLifecycle } from '../../../../test/lifecycle.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { runtimeRoutes } from './routes.ts'

let pack: given.GivenPack

const api = await fixture(startApi(() => runtimeRoutes()))
const token = await api.token()
const lifecycle = await listenToLifecycle(api.db)

beforeEach(async () => {
  pack = await given.pack(api.db)
})

const ref = () => `${pack.ref}.lua`
const create = (body: JsonObject = {}, as = token) =>
  api.call('POST /api/v1/runtimes', {
    token: as,
    body: { ref: ref(), pack_ref: pack.ref, name: 'Lua', ...body },
  })
const call = (what: `${string} ${string}`, body?: JsonObject, as = token) =>
  api.call(what, body === undefined ? { token: as } : { token: as, body })

test('a runtime is made with its versions, and what is not given is an empty object', async () => {
  const answer = await create({
    aliases: ['LuaJIT', 'luajit '],
    execution_config: { interpreter: { binary: 'lua' } },
    versions: [{ version: '5.3' }, { version: '5.4.1', is_default: true }],
  })

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ref: ref(),
        pack: pack.id,
        aliases: ['luajit'],
        distributions: {},
        installation: null,
        execution_config: { interpreter: { binary: 'lua' } },
        versions: [
          { version: '5.4.1', is_default: true, available: false },
          { version: '5.3', is_default: false },
        ],
      },
    },
  })
})

test.each<[number, string, JsonObject]>([
  [422, 'ref', { ref: 'Lua' }],
  [422, 'name', { name: '' }],
  [404, 'pack_ref', { pack_ref: 'nowhere' }],
  [422, 'execution_config.env_vars.ATTUNE_TOKEN', { execution_config: { env_vars: { ATTUNE_TOKEN: 'x' } } }],
  [422, 'versions.0.version', { versions: [{ version: 'newest' }] }],
  [422, 'versions.1.version', { versions: [{ version: '1' }, { version: '1' }] }],
])('%i: %s is refused by name', async (status, field, change) => {
  const answer = await create(change)

  expect(answer.status).toBe(status)
  expect(answer.body.details).toMatchObject([{ field }])
})

test('a runtime may belong to no pack, and a ref is taken once', async () => {
  const name = `lua_${pack.ref}`

  expect(await create({ ref: name, pack_ref: null })).toMatchObject({
    status: 201,
    body: { data: { pack: null } },
  })
  expect((await create({ ref: name, pack_ref: null })).status).toBe(409)
})

test('an update keeps what it does not give, and versions that are not listed any more go', async () => {
  await create({ installation: { manager: 'luarocks' }, versions: [{ version: '5.3' }, { version: '5.4' }] })

  const renamed = await call(`PUT /api/v1/runtimes/${ref()}`, { name: 'LUA', installation: { op: 'clear' } })
  const listed = await call(`PUT /api/v1/runtimes/${ref()}`, { versions: [{ version: '5.4' }] })

  expect(renamed.body.data).toMatchObject({ name: 'LUA', installation: null, versions: [{}, {}] })
  expect(listed.body.data).toMatchObject({ name: 'LUA', versions: [{ version: '5.4' }] })
})

test('what actions with keys run by is changed only by who may decrypt these', async () => {
  const made = await create()
  const id = Reflect.get(Object(made.body.data), 'id')
  const { ref: secret } = await given.key(api.db)
  await given.action(api.db, { runtime: id, key_refs: [secret] })
  const runtimes = { resource: 'runtimes', actions: ['read', 'update'] }
  const { token: writer } = await api.granted(runtimes, { resource: 'keys', actions: ['read', 'update'] })
  const { token: keeper } = await api.granted(runtimes, { resource: 'keys', actions: ['decrypt'] })
  const change = { execution_config: { interpreter: { binary: '/tmp/mine' } } }

  expect((await call(`PUT /api/v1/runtimes/${ref()}`, change, writer)).status).toBe(403)
  expect((await call(`PUT /api/v1/runtimes/${ref()}`, change, keeper)).status).toBe(200)
})

test('actions keep a runtime, sensors go with it, and all are told', async () => {
  const made = await create()
  const id = Reflect.get(Object(made.body.data), 'id')
  const action = await given.action(api.db, { runtime: id })
  await given.sensor(api.db, { runtime: id })
  const remove = () => call(`DELETE /api/v1/runtimes/${ref()}`)

  expect((await remove()).status).toBe(422)
  await call(`PUT /api/v1/runtimes/${ref()}`, {})
  await api.db.run(sql`delete from action where id = ${action.id}`)
  expect((await remove()).status).toBe(200)
  expect((await remove()).status).toBe(404)
  expect(await api.db.many(sql`select ref from sensor where runtime = ${id}`)).toEqual([])
  const said = (await lifecycle.said()).filter(({ payload }) => payload.runtime_ref === ref())
  expect(said.map(({ type }) => type)).toEqual(['RuntimeChanged', 'RuntimeChanged', 'RuntimeChanged'])
})

test('each change needs its permission', async () => {
  await create()
  const reader = await api.token('runtimes:read')
  const elsewhere = await api.granted({
    resource: 'runtimes',
    actions: ['read', 'create', 'update', 'delete'],
    constraints: { pack_refs: ['elsewhere'] },
  })

  expect((await create({ ref: `${pack.ref}.more` }, reader)).status).toBe(403)
  expect((await create({ ref: `${pack.ref}.more` }, elsewhere.token)).status).toBe(403)
  expect((await call(`PUT /api/v1/runtimes/${ref()}`, {}, reader)).status).toBe(403)
  expect((await call(`PUT /api/v1/runtimes/${ref()}`, {}, elsewhere.token)).status).toBe(404)
  expect((await call(`DELETE /api/v1/runtimes/${ref()}`, undefined, reader)).status).toBe(403)
})
