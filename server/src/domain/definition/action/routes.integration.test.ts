import { beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { relink } from '../rule/queries.ts'
import { actionRoutes } from './routes.ts'

let pack: given.GivenPack
let runtime: { id: number; ref: string }

const api = await fixture(startApi(() => actionRoutes({ relink })))
const token = await api.token()

beforeEach(async () => {
  pack = await given.pack(api.db)
  runtime = await given.runtime(api.db, { pack: pack.id })
})

const ref = () => `${pack.ref}.greet`
const valid = () => ({ ref: ref(), pack_ref: pack.ref, label: 'Greet', entrypoint: 'greet.sh' })
const create = (body: JsonObject = {}, as = token) =>
  api.call('POST /api/v1/actions', { token: as, body: { ...valid(), ...body } })
const update = (body: JsonObject, as = token) => api.call(`PUT /api/v1/actions/${ref()}`, { token: as, body })
const remove = (as = token) => api.call(`DELETE /api/v1/actions/${ref()}`, { token: as })

test('an action is made with what is given and the defaults of what is not', async () => {
  const answer = await create({
    runtime_ref: runtime.ref,
    param_schema: { name: { type: 'string', required: true } },
    worker_selector: { zone: 'north' },
    required_worker_runtimes: { python: '>=3.11' },
    accepted_env_vars: ['DEBUG'],
    key_refs: ['mail.password'],
    success_exit_codes: [0, 2],
    log_retention_policy: 'days',
    log_retention_limit: 3,
  })

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ...valid(),
        pack: pack.id,
        is_adhoc: true,
        runtime: runtime.id,
        runtime_ref: runtime.ref,
        param_schema: { name: { type: 'string', required: true } },
        out_schema: null,
        worker_selector: { zone: 'north' },
        worker_tolerations: [],
        required_worker_runtimes: { python: '>=3.11' },
        parameter_delivery: 'stdin',
        output_format: 'text',
        log_retention_limit: 3,
        artifact_retention_policy: null,
        default_execution_permission_set_refs: [],
        accepted_env_vars: ['DEBUG'],
        key_refs: ['mail.password'],
        success_exit_codes: [0, 2],
      },
    },
  })
})

test('the runtime is named by id or by ref, and the id wins', async () => {
  const other = await given.runtime(api.db)

  expect((await create({ runtime: other.id, runtime_ref: runtime.ref })).body.data).toMatchObject({
    runtime_ref: other.ref,
  })
  expect(await update({ runtime_ref: runtime.ref })).toMatchObject({
    status: 200,
    body: { data: { runtime: runtime.id } },
  })
})

test.each<[number, string, JsonObject]>([
  [422, 'ref', { ref: 'Greet' }],
  [422, 'ref', { ref: 'demo.greet.again' }],
  [422, 'label', { label: '' }],
  [422, 'entrypoint', { entrypoint: 'x'.repeat(1025) }],
  [422, 'runtime', { runtime: 987_654_321 }],
  [404, 'runtime_ref', { runtime_ref: 'no.such' }],
  [404, 'pack_ref', { pack_ref: 'nowhere' }],
  [422, 'accepted_env_vars.1', { accepted_env_vars: ['DEBUG', 'PYTHONSTARTUP'] }],
  [422, 'success_exit_codes', { success_exit_codes: [] }],
  [422, 'success_exit_codes', { success_exit_codes: 2 }],
  [422, 'success_exit_codes', { success_exit_codes: [2, 2] }],
  [400, 'runtime_version_constraint', { runtime_version_constraint: 'newest' }],
  [400, 'required_worker_runtimes.python', { required_worker_runtimes: { python: 'newest' } }],
  [400, 'worker_affinity.required.0.match_expressions.0.operator', badAffinity()],
  [422, 'param_schema.name.type', { param_schema: { name: { type: 'word' } } }],
  [422, 'out_schema', { out_schema: 'text' }],
  [422, 'log_retention_limit', { log_retention_limit: 0 }],
  [422, 'colour', { colour: 'red' }],
])('%i: %s is refused by name', async (status, field, change) => {
  const answer = await create(change)

  expect(answer.status).toBe(status)
  expect(answer.body.details).toMatchObject([{ field }])
})

function badAffinity(): JsonObject {
  return { worker_affinity: { required: [{ match_expressions: [{ key: 'zone', operator: 'near' }] }] } }
}

test('a ref is taken once', async () => {
  await create()

  expect(await create()).toMatchObject({ status: 409, body: { details: [{ field: 'ref' }] } })
})

test('an update keeps what it does not give, sets and clears', async () => {
  await create({
    runtime_version_constraint: '>=1',
    timeout_seconds: 5,
    artifact_retention_limit: 4,
    param_schema: { name: { type: 'string' } },
  })

  const answer = await update({
    label: 'Salute',
    entrypoint: null,
    runtime_version_constraint: { op: 'clear' },
    timeout_seconds: { op: 'set', value: 9 },
    artifact_retention_limit: null,
    out_schema: { said: { type: 'string' } },
  })

  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: {
        label: 'Salute',
        entrypoint: 'greet.sh',
        runtime_version_constraint: null,
        timeout_seconds: 9,
        artifact_retention_limit: 4,
        param_schema: { name: { type: 'string' } },
        out_schema: { said: { type: 'string' } },
      },
    },
  })
  expect((await update({ ref: 'demo.other' })).status).toBe(422)
  expect((await update({ runtime_version_constraint: { op: 'set', value: 'x y' } })).status).toBe(400)
  expect((await api.call('PUT /api/v1/actions/no.such', { token, body: {} })).status).toBe(404)
})

test('what is deleted leaves its ref in rules, which find it again when it is back', async () => {
  await create()
  const action = await api.db.one<{ id: number }>(sql`select id from action where ref = ${ref()}`)
  const rule = await given.rule(api.db, { action: action.id })
  const linked = () => api.db.one<JsonObject>(sql`select action, action_ref from rule where id = ${rule.id}`)

  expect(await remove()).toMatchObject({ status: 200, body: { data: { success: true } } })
  expect(await linked()).toEqual({ action: null, action_ref: ref() })
  expect((await remove()).status).toBe(404)
  await create()
  expect((await linked()).action).not.toBeNull()
})

test('who did it is written down', async () => {
  await create()
  await update({ label: 'Salute' })
  await remove()

  const events = await api.db.many<{ event_type: string }>(
    sql`select event_type from audit_event where resource_ref = ${ref()} order by id`,
  )
  expect(events.map(({ event_type }) => event_type)).toEqual([
    'action.created',
    'action.updated',
    'action.deleted',
  ])
})

describe('authority', () => {
  test('each change needs its permission, in the pack of the action', async () => {
    const reader = await api.token('actions:read')
    const foreign = await api.granted({
      resource: 'actions',
      actions: ['read', 'create', 'update', 'delete'],
      constraints: { pack_refs: ['elsewhere'] },
    })
    const own = await api.granted({
      resource: 'actions',
      actions: ['read', 'create', 'update', 'delete'],
      constraints: { pack_refs: [pack.ref] },
    })

    expect((await create({}, reader)).status).toBe(403)
    expect((await create({}, foreign.token)).status).toBe(403)
    expect((await create({}, own.token)).status).toBe(201)
    expect((await update({ label: 'x' }, reader)).status).toBe(403)
    expect((await update({ label: 'x' }, foreign.token)).status).toBe(404)
    expect((await remove(foreign.token)).status).toBe(404)
    expect((await update({ label: 'x' }, own.token)).status).toBe(200)
    expect((await remove(own.token)).status).toBe(200)
  })

  test('a name in the namespace of another pack needs that pack too', async () => {
    const own = await api.granted({
      resource: 'actions',
      actions: ['create'],
      constraints: { pack_refs: [pack.ref] },
    })

    expect((await create({ ref: 'core.greet' }, own.token)).status).toBe(403)
  })

  test('nobody makes or changes the program of an action that may do more than they', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read'] }] })
    const author = await api.token('actions:create', 'actions:update', 'actions:read')
    const powerful = { default_execution_permission_set_refs: [set.ref] }

    expect((await create(powerful, author)).status).toBe(403)
    expect((await create(powerful)).status).toBe(201)
    expect((await update({ entrypoint: 'other.sh' }, author)).status).toBe(403)
    expect((await update({ label: 'Other' }, author)).status).toBe(200)
    expect((await update({ default_execution_permission_set_refs: [] }, author)).status).toBe(200)
    expect((await update({ entrypoint: 'other.sh' }, author)).status).toBe(200)
  })

  test('nobody names a key that they may not decrypt, or changes an action that gets one', async () => {
    const { ref: secret } = await given.key(api.db, { ref: `mail.${pack.ref}` })
    const ofPack = await given.key(api.db, { owner_type: 'pack', owner_pack: pack.id })
    const actions = { resource: 'actions', actions: ['create', 'update', 'read'] }
    const may = (verb: string, refs: string[]) => ({
      resource: 'keys',
      actions: [verb],
      constraints: { refs },
    })
    const { token: reader } = await api.granted(actions, may('read', [secret, ofPack.ref]))
    const { token: keeper } = await api.granted(actions, may('decrypt', [secret, ofPack.ref]))
    const naming = { key_refs: [secret] }

    expect(await create(naming, reader)).toMatchObject({
      status: 403,
      body: { details: [{ field: 'key_refs' }] },
    })
    expect((await create({ key_refs: ['not.there.yet'] }, keeper)).status).toBe(403)
    expect((await create({ key_refs: [ofPack.ref] }, keeper)).status).toBe(422)
    expect((await create({}, reader)).status).toBe(201)
    expect((await update(naming, reader)).status).toBe(403)
    expect((await update(naming, keeper)).status).toBe(200)
    for (const change of [
      { entrypoint: 'mine.sh' },
      { worker_selector: { mine: 'yes' } },
      { output_format: 'json' },
    ])
      expect([change, (await update(change, reader)).status]).toEqual([change, 403])
    expect((await update({ entrypoint: 'other.sh' }, keeper)).status).toBe(200)
    expect((await update({ key_refs: [], entrypoint: 'mine.sh' }, reader)).status).toBe(200)
  })

  test('a runtime that is not for the caller is not there', async () => {
    const author = await api.token('actions:create')

    expect((await create({ runtime_ref: runtime.ref }, author)).status).toBe(404)
    expect((await create({ runtime: runtime.id }, author)).status).toBe(422)
  })
})
