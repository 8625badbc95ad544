import { beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { listenToLifecycle } from '../../../../test/lifecycle.ts'
import { sql } from '../../../database/sql.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { ruleRoutes } from './routes.ts'

/** A valid rule. */
type Body = {
  ref: string
  pack_ref: string
  label: string
  trigger_ref: string
  action_ref: string
  conditions: JsonObject
  action_params: JsonObject
  trigger_params: JsonObject
}

const REQUEST = '8c3f0a4e-4a0c-4f6a-9a51-2f6d1f0b7c11'
let token: string
let body: Body

const api = await fixture(startApi(ruleRoutes))
const lifecycle = await listenToLifecycle(api.db)

/** A pack with a trigger and an action of its own for every test. */
beforeEach(async () => {
  token = await api.token()
  const pack = await given.pack(api.db)
  const trigger = await given.trigger(api.db, {
    pack: pack.id,
    param_schema: { branch: { type: 'string', default: 'main' }, depth: { type: 'integer' } },
  })
  const action = await given.action(api.db, { pack: pack.id, param_schema: { message: { type: 'string' } } })
  body = {
    ref: `${pack.ref}.on_push`,
    pack_ref: pack.ref,
    label: 'On push',
    trigger_ref: trigger.ref,
    action_ref: action.ref,
    conditions: { expression: 'event.payload.n > 1' },
    action_params: { message: '{{ event.payload.n }}' },
    trigger_params: { depth: 2 },
  }
  await lifecycle.said()
})

const path = () => `/api/v1/rules/${body.ref}`
const create = (change: JsonObject = {}) =>
  api.call('POST /api/v1/rules', { token, body: { ...body, ...change } })
const update = (change: JsonObject, by = token) => api.call(`PUT ${path()}`, { token: by, body: change })
const stored = () => api.db.one<JsonObject>(sql`select * from rule where ref = ${body.ref}`)

test('a created rule is answered as it is stored, belongs to the caller, and is told', async () => {
  const answer = await api.call('POST /api/v1/rules', { token, body, headers: { 'x-request-id': REQUEST } })

  const rule = await stored()
  expect(answer).toMatchObject({
    status: 201,
    body: { data: { ...body, enabled: true, is_adhoc: true, last_error: null } },
  })
  expect(answer.body.data).toMatchObject({
    id: rule.id,
    owner_identity: rule.owner_identity,
    created: rule.created,
  })
  expect(rule.owner_identity).not.toBeNull()
  expect((await api.call(`GET ${path()}`, { token })).body.data).toEqual(answer.body.data)
  expect(await lifecycle.said()).toEqual([
    {
      type: 'RuleCreated',
      correlation_id: REQUEST,
      payload: {
        rule_id: rule.id,
        rule_ref: rule.ref,
        trigger_id: rule.trigger,
        trigger_ref: rule.trigger_ref,
        action_id: rule.action,
        action_ref: rule.action_ref,
        trigger_params: { branch: 'main', depth: 2 },
        enabled: true,
      },
    },
  ])
})

test('what is not given has a default, and null is not given', async () => {
  const { ref, pack_ref, label, trigger_ref, action_ref } = body

  const answer = await api.call('POST /api/v1/rules', {
    token,
    body: {
      ref,
      pack_ref,
      label,
      trigger_ref,
      action_ref,
      description: null,
      enabled: null,
      action_params: null,
    },
  })

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        conditions: {},
        action_params: {},
        trigger_params: {},
        permission_set_refs: null,
        enabled: true,
      },
    },
  })
})

test('refusals come in order: the fields, the ref, the targets, the parameters, the permissions', async () => {
  await create()
  const all = {
    action_params: { message: '{{ oh' },
    pack_ref: 'nowhere',
    trigger_ref: 'no.where',
    trigger_params: { depth: 'x' },
    permission_set_refs: ['no.set'],
  }
  const other = `${body.pack_ref}.other`

  expect(await create(all)).toMatchObject({ status: 422 })
  expect(await create({ ...all, action_params: { message: 1 } })).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT' },
  })
  const rest = { ...all, ref: other, action_params: { message: 1 } }
  expect(await create(rest)).toMatchObject({ status: 404, body: { details: [{ field: 'pack_ref' }] } })
  expect(await create({ ...rest, pack_ref: body.pack_ref })).toMatchObject({
    status: 404,
    body: { details: [{ field: 'trigger_ref' }] },
  })
  const targets = { pack_ref: body.pack_ref, trigger_ref: body.trigger_ref }
  expect(await create({ ...rest, ...targets, action_ref: 'no.where' })).toMatchObject({
    status: 404,
    body: { details: [{ field: 'action_ref' }] },
  })
  expect(await create({ ...rest, ...targets })).toMatchObject({
    status: 422,
    body: { details: [{ field: 'trigger_params.depth' }, { field: 'action_params.message' }] },
  })
  expect(await create({ ref: other, permission_set_refs: ['no.set'] })).toMatchObject({ status: 403 })
  expect(await create({ ref: other })).toMatchObject({ status: 201 })
})

test('of two creations of one rule at the same time one is refused', async () => {
  const answers = await Promise.all([create(), create(), create()])

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
})

test('nobody hands on permissions that they do not hold', async () => {
  const set = await given.permissionSet(api.db, {
    grants: [{ resource: 'packs', actions: ['read', 'delete'] }],
  })
  token = await api.token('rules:create', 'rules:update', 'packs:read', 'actions:execute', 'triggers:read')

  const refused = await create({ permission_set_refs: [set.ref] })
  const blank = await create({ permission_set_refs: ['standard', ' ', 'standard'] })
  const later = await update({ permission_set_refs: [set.ref] })

  expect(refused).toMatchObject({ status: 403, body: { details: [{ field: 'permission_set_refs' }] } })
  expect(refused.body.error).toContain('packs:delete')
  expect(blank).toMatchObject({ status: 201, body: { data: { permission_set_refs: ['standard'] } } })
  expect(later.status).toBe(403)
  token = await api.token()
  expect((await update({ permission_set_refs: [set.ref] })).status).toBe(200)
})

test('the permissions that an action brings are handed on too', async () => {
  const set = await given.permissionSet(api.db, { grants: [{ resource: 'packs', actions: ['delete'] }] })
  await api.db.run(sql`
    update action set default_execution_permission_set_refs = array[${set.ref}] where ref = ${body.action_ref}`)
  token = await api.token('rules:create', 'actions:execute', 'triggers:read')

  expect((await create()).status).toBe(403)
  expect((await create({ permission_set_refs: [] })).status).toBe(201)
})

test('an update keeps what it does not give, and null gives nothing except for permissions', async () => {
  await create({ permission_set_refs: [] })

  const answer = await update({
    label: 'New',
    description: null,
    conditions: null,
    permission_set_refs: null,
  })

  expect(answer).toMatchObject({
    status: 200,
    body: { data: { ...body, label: 'New', permission_set_refs: null } },
  })
})

describe('a rule of somebody else', () => {
  let owner: Json | undefined
  beforeEach(async () => {
    await create()
    owner = (await stored()).owner_identity
  })
  /** Whose it is after a change by somebody who may do everything, and who may only change rules. */
  const ownerAfter = async (change: JsonObject) => {
    expect((await update(change, await api.token())).status).toBe(200)
    return (await stored()).owner_identity
  }
  const refused = async (change: JsonObject) => {
    const mere = await api.token('rules:update', 'actions:read', 'triggers:read')
    expect((await update(change, mere)).status).toBe(403)
    expect((await stored()).owner_identity).toBe(owner)
  }
  const switched = async (verb: 'enable' | 'disable', by: string) =>
    (await api.call(`POST /api/v1/rules/${body.ref}/${verb}`, { token: by })).status

  test.each([
    ['its name', { label: 'Other', description: 'Else' }],
    [
      'nothing',
      { trigger_params: { depth: 2 }, conditions: { expression: 'event.payload.n > 1' }, enabled: true },
    ],
    ['that it is on', { enabled: false }],
  ])('stays theirs when somebody changes %s', async (_, change) => {
    expect(await ownerAfter(change)).toBe(owner)
  })

  test.each([
    ['its conditions', { conditions: { expression: 'true' } }],
    ['the parameters of its trigger', { trigger_params: { branch: 'dev' } }],
    ['the parameters of its action', { action_params: { message: 'other' } }],
    ['the permissions that it hands on', { permission_set_refs: [] }],
    ['its name and its conditions', { label: 'Other', conditions: { expression: 'true' } }],
  ])('is of whoever changes %s, who must be allowed what it does', async (_, change) => {
    await refused(change)

    expect(await ownerAfter(change)).not.toBe(owner)
  })

  test('is of whoever turns it to another trigger or action', async () => {
    const [action, trigger] = [await given.action(api.db), await given.trigger(api.db)]
    for (const change of [{ trigger_ref: trigger.ref }, { action_ref: action.ref }]) {
      await refused(change)
      expect(await ownerAfter(change)).not.toBe(owner)
      await api.db.run(sql`update rule set owner_identity = ${Number(owner)}`)
    }
  })

  test('is of whoever switches it on, by either way, and not of who switches it off', async () => {
    const mere = await api.token('rules:update', 'actions:read', 'triggers:read')
    expect(await switched('disable', mere)).toBe(200)
    expect(await switched('enable', mere)).toBe(403)
    await refused({ enabled: true })
    expect(await stored()).toMatchObject({ enabled: false, owner_identity: owner })

    expect(await switched('enable', await api.token())).toBe(200)
    const second = (await stored()).owner_identity
    expect(second).not.toBe(owner)
    expect(await switched('enable', mere)).toBe(200)
    expect((await stored()).owner_identity).toBe(second)
    await update({ enabled: false })
    expect(await ownerAfter({ enabled: true })).not.toBe(second)
  })

  test('is not taken over by who may not know its trigger, whose events it shows', async () => {
    const blind = await api.token('rules:update', 'actions:read', 'actions:execute')

    expect((await update({ action_params: { message: '{{ event.payload }}' } }, blind)).status).toBe(404)
    expect((await stored()).owner_identity).toBe(owner)
  })

  test('is compiled anew for its new owner, also where nothing else changes', async () => {
    const { version } = await stored()
    await ownerAfter({ trigger_params: { branch: 'dev' } })

    expect((await stored()).version).toBeGreaterThan(Number(version))
  })
})

test('an update is told as far as sensors work with it', async () => {
  await create()
  const other = await given.trigger(api.db)
  const { id: rule_id } = await stored()
  const identified = { rule_id, rule_ref: body.ref, trigger_ref: body.trigger_ref }
  await lifecycle.said()
  const saidAfter = async (change: JsonObject) => {
    expect((await update(change)).status).toBe(200)
    return (await lifecycle.said()).map(({ type, payload }) => [type, payload])
  }

  expect(await saidAfter({ label: 'Other', action_params: {}, conditions: [] })).toEqual([])
  expect(await saidAfter({ trigger_params: { branch: 'dev' } })).toEqual([
    ['RuleEnabled', { ...identified, trigger_params: { branch: 'dev' } }],
  ])
  expect(await saidAfter({ trigger_ref: other.ref })).toEqual([
    ['RuleDisabled', identified],
    ['RuleEnabled', { ...identified, trigger_ref: other.ref, trigger_params: { branch: 'dev' } }],
  ])
  expect(await saidAfter({ trigger_ref: body.trigger_ref, enabled: false })).toEqual([
    ['RuleDisabled', { ...identified, trigger_ref: other.ref }],
  ])
})

test('a rule that a change would break stays as it is', async () => {
  await create()
  const before = await stored()
  const strict = await given.action(api.db, { param_schema: { text: { type: 'string', required: true } } })

  for (const change of [
    { conditions: { expression: 'oh no' } },
    { action_params: { message: 7 } },
    { action_ref: strict.ref },
    { trigger_params: { depth: 'deep' } },
  ]) {
    expect(await update(change)).toMatchObject({ status: 422, body: { code: 'VALIDATION_ERROR' } })
  }
  expect(await update({ action_ref: 'no.where' })).toMatchObject({ status: 404 })
  expect(await stored()).toEqual(before)
  expect(await lifecycle.said()).toHaveLength(1)
})

test('the version moves when the meaning does', async () => {
  await create()

  await update({ label: 'Other', enabled: false })
  expect((await stored()).version).toBe(1)
  await update({ conditions: [] })
  expect((await stored()).version).toBe(2)
})

test('a rule is disabled and enabled as often as one likes, and every time it is told', async () => {
  await create()
  const { id: rule_id } = await stored()
  const identified = { rule_id, rule_ref: body.ref, trigger_ref: body.trigger_ref }
  await lifecycle.said()

  for (const verb of ['disable', 'disable', 'enable', 'enable']) {
    const answer = await api.call(`POST ${path()}/${verb}`, { token })
    expect(answer).toMatchObject({ status: 200, body: { data: { enabled: verb === 'enable' } } })
  }

  const enabled = { ...identified, trigger_params: { branch: 'main', depth: 2 } }
  expect((await lifecycle.said()).map(({ type, payload }) => [type, payload])).toEqual([
    ['RuleDisabled', identified],
    ['RuleDisabled', identified],
    ['RuleEnabled', enabled],
    ['RuleEnabled', enabled],
  ])
  expect((await api.call('POST /api/v1/rules/no.where/enable', { token })).status).toBe(404)
})

test('a deleted rule is gone and told', async () => {
  await create()
  const { id: rule_id } = await stored()
  await lifecycle.said()

  const answer = await api.call(`DELETE ${path()}`, { token })

  expect(answer).toMatchObject({ status: 200, body: { data: { success: true } } })
  expect(await lifecycle.said()).toMatchObject([{ type: 'RuleDeleted', payload: { rule_id } }])
  expect((await api.call(`GET ${path()}`, { token })).status).toBe(404)
  expect((await api.call(`DELETE ${path()}`, { token })).status).toBe(404)
})

test('each verb has a permission of its own', async () => {
  await create()
  const reader = await api.token('rules:read')
  const calls = [
    ['POST /api/v1/rules', body],
    [`PUT ${path()}`, {}],
    [`DELETE ${path()}`, undefined],
    [`POST ${path()}/enable`, undefined],
    [`POST ${path()}/disable`, undefined],
  ] as const

  for (const [what, content] of calls) {
    const request = { token: reader, ...(content === undefined ? {} : { body: content }) }
    expect((await api.call(what, request)).status).toBe(403)
  }
  expect((await api.call(`GET ${path()}`, { token: reader })).status).toBe(200)
})

test('rules are listed by pack, trigger, action and whether they are enabled', async () => {
  const { id: pack } = await api.db.one<{ id: number }>(sql`select id from pack where ref = ${body.pack_ref}`)
  await create()
  const off = await given.rule(api.db, { pack, enabled: false })
  const query = (text: string) => api.call(`GET /api/v1/rules?${text}`, { token })
  const refs = async (text: string) => refsOf(await query(`pack_ref=${body.pack_ref}&${text}`))

  expect(await refs('')).toEqual([body.ref, off.ref].toSorted())
  expect(await refs('enabled=true')).toEqual([body.ref])
  expect(await refs('enabled=false')).toEqual([off.ref])
  expect(await refs(`trigger_ref=${off.trigger_ref}`)).toEqual([off.ref])
  expect(await refs(`action_ref=${body.action_ref}&enabled=true`)).toEqual([body.ref])
  expect(await refs(`action_ref=${body.action_ref}&enabled=false`)).toEqual([])
  expect(refsOf(await query('pack_ref=nowhere'))).toEqual([])
  expect((await query('enabled=yes')).status).toBe(400)
})

test('a rule keeps the ref of an action that is gone and is still found by it', async () => {
  await create()
  await api.db.run(sql`delete from action where ref = ${body.action_ref}`)

  const listed = await api.call(`GET /api/v1/rules?action_ref=${body.action_ref}`, { token })

  expect(refsOf(listed)).toEqual([body.ref])
  expect((await stored()).action).toBeNull()
  expect(await update({ label: 'Other' })).toMatchObject({
    status: 404,
    body: { details: [{ field: 'action_ref' }] },
  })
})

test('a sensor reads the rules of its own triggers only, with the defaults filled in', async () => {
  await create()
  const sensor = await api.sensorToken('demo.watch', [body.trigger_ref])
  const other = await given.trigger(api.db)
  const rulesOf = (ref: unknown) => api.call(`GET /api/v1/triggers/${String(ref)}/rules`, { token: sensor })

  const own = await rulesOf(body.trigger_ref)

  expect(own).toMatchObject({
    status: 200,
    body: { data: [{ ref: body.ref, enabled: true, trigger_params: { branch: 'main', depth: 2 } }] },
  })
  expect((await rulesOf(other.ref)).status).toBe(403)
  expect((await api.call('GET /api/v1/rules', { token: sensor })).status).toBe(403)
  expect((await api.call(`DELETE ${path()}`, { token: sensor })).status).toBe(403)
})

test('text that cannot be stored is replaced in parameters', async () => {
  const answer = await create({ action_params: { message: 'a\u0000b' } })

  expect(answer).toMatchObject({ status: 201, body: { data: { action_params: { message: 'a\ufffdb' } } } })
})

function refsOf({ body: answer }: { body: JsonObject }): unknown[] {
  return Array.isArray(answer.data)
    ? answer.data.map((row) => (typeof row === 'object' && row && 'ref' in row ? row.ref : null))
    : []
}

describe('what is odd about a rule', () => {
  test('is answered with it, made or changed', async () => {
    const made = await create({
      conditions: [{ field: 'n', operator: 'gt', value: 1 }],
      action_params: { message: "{{ event.payload.team or 'x' }} {{ keystore.nothing }}" },
    })

    expect(made).toMatchObject({
      status: 201,
      body: {
        warnings: [
          expect.stringContaining("action_params.message: 'or' gives true or false"),
          expect.stringContaining("there is no key 'nothing'"),
        ],
      },
    })
    expect((await update({ action_params: { message: '{{ event.payload.n }}' } })).body).not.toHaveProperty(
      'warnings',
    )
  })

  test('is seen by the schema of the trigger and by its last events', async () => {
    await api.db.run(sql`
      update trigger set out_schema = ${{ branch: { type: 'string' } }}::jsonb where ref = ${body.trigger_ref}`)
    expect(
      await create({ conditions: {}, action_params: { message: '{{ event.payload.brnach }}' } }),
    ).toMatchObject({
      status: 201,
      body: {
        warnings: [
          "action_params.message: events of the trigger have no 'event.payload.brnach'; did you mean 'branch'?",
        ],
      },
    })
    const [{ id: trigger } = { id: 0 }] = await api.db.many<{ id: number }>(
      sql`select id from trigger where ref = ${body.trigger_ref}`,
    )
    await api.db.run(sql`
      insert into event (trigger, trigger_ref, payload)
      values (${trigger}, ${body.trigger_ref}, ${{ commit: 'x' }}::jsonb)`)
    expect(
      (await update({ action_params: { message: '{{ event.payload.commit }}' } })).body,
    ).not.toHaveProperty('warnings')
  })
})
