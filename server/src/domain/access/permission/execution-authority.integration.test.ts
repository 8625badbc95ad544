import { beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import { sessionSettings } from '../../../../test/session.ts'
import * as given from '../../../../test/given.ts'
import { enforcementCreated } from '../../../../test/said.ts'
import { sql } from '../../../database/sql.ts'
import { type Grant, resources } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { enforcementsToExecutions } from '../../../pipeline/2-enforcement-to-execution.ts'
import { createReplays, createRetries } from '../../flow/execution/create.ts'
import { executionRoutes } from '../../flow/execution/routes.ts'
import { identityAdminRoutes } from '../administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { integrationTokenRoutes } from '../integration-token/routes.ts'
import { keyRoutes } from '../../definition/key/routes.ts'
import { assignKeys } from '../../definition/key/delivery.ts'
import { authorityOfRule } from '../../definition/matching/keystore.ts'
import { allowsKey } from '../../definition/key/access.ts'
import type { Rule } from '../../definition/rule/rule.ts'
import { ruleRoutes } from '../../definition/rule/routes.ts'

/*
 * What an execution may, in whose name it acts and what follows from it: ada holds everything, and an execution that
 * runs as her holds what a test says.
 */

let ada: Id<'identity'>

const api = await fixture(
  startApi((parts) => [
    ...ruleRoutes(parts),
    ...executionRoutes(parts),
    ...identityAdminRoutes(endOfAccount),
    ...keyRoutes(parts),
    ...integrationTokenRoutes({ session: sessionSettings(parts.tokens) }),
  ]),
)
beforeEach(async () => {
  const grants = Object.entries(resources).map(([resource, actions]) => ({ resource, actions: [...actions] }))
  ada = (await api.granted(...grants)).identity
})

/** A running execution that runs as ada with these grants, its set and its token. */
async function running(...grants: Grant[]) {
  const set = await given.permissionSet(api.db, { grants })
  const execution = await given.execution(api.db, {
    status: 'running',
    executor: ada,
    permission_set_refs: [set.ref],
  })
  return { ...execution, set, token: await api.executionToken(execution, ada) }
}

const grant = (resource: string, ...actions: string[]): Grant => ({ resource, actions })
const building = [
  grant('rules', 'create', 'update'),
  grant('actions', 'read', 'execute'),
  grant('triggers', 'read'),
]

async function ruleBody(): Promise<JsonObject & { ref: string }> {
  const pack = await given.pack(api.db)
  const action = await given.action(api.db)
  const trigger = await given.trigger(api.db)
  return {
    ref: `${pack.ref}.made`,
    pack_ref: pack.ref,
    label: 'Made',
    action_ref: action.ref,
    trigger_ref: trigger.ref,
  }
}
const ruleOf = (ref: string) => api.db.one<Rule>(sql`select * from rule where ref = ${ref}`)

/** Lets a rule fire once, and answers the reason why nothing came of it, or the execution. */
async function fire(rule: Rule, columns: object = {}) {
  const enforcement = await given.enforcement(api.db, { rule: rule.id, ...columns })
  await api.db.transaction((tx) => enforcementsToExecutions(tx, [enforcementCreated(enforcement)]))
  return api.db.one<{ disabled_reason: string | null; executor: number | null; bound: string[] | null }>(sql`
    select n.disabled_reason, e.executor, e.authority_set_refs as bound
    from enforcement n left join execution e on e.enforcement = n.id
    where n.id = ${enforcement.id}`)
}

describe('an execution is not the account that it runs as', () => {
  const all = Object.entries(resources).map(([resource, actions]) => grant(resource, ...actions))
  const withoutManaging = all.filter(({ resource }) => resource !== 'permissions')

  test.each([
    ['make it an integration token', 'POST', '/integration-tokens', { label: 'mine' }],
    ['set its password', 'PUT', '', { password: 'another-password' }],
    ['change its attributes', 'PUT', '', { attributes: { team: 'red' } }],
    ['freeze it', 'POST', '/freeze', {}],
  ])('it cannot %s', async (_, method, under, body) => {
    const { token } = await running(...withoutManaging)

    const answer = await api.call(`${method} /api/v1/identities/${ada}${under}`, { token, body })

    expect([400, 403]).toContain(answer.status)
    expect(await api.db.many(sql`select id from integration_token where identity = ${ada}`)).toEqual([])
  })

  test('nor of an account that holds no more than it now: that one may hold more tomorrow', async () => {
    const { token } = await running(grant('identities', 'read', 'update'))
    const { id } = await given.identity(api.db)
    const path = `POST /api/v1/identities/${id}/integration-tokens` as const

    expect((await api.call(path, { token, body: { label: 'x' } })).status).toBe(403)
  })

  test('with a set that manages permissions it can, as whoever has that set', async () => {
    const { token } = await running(grant('identities', 'read', 'update'), grant('permissions', 'manage'))
    const path = `POST /api/v1/identities/${ada}/integration-tokens` as const

    expect((await api.call(path, { token, body: { label: 'x' } })).status).toBe(201)
  })

  test('keys of the account are not its own', async () => {
    const { ref } = await given.key(api.db, { owner_type: 'identity', owner_identity: ada })
    const self = { resource: 'keys', actions: ['read', 'decrypt'], constraints: { owner: 'self' as const } }
    const { token } = await running(self)
    const plain = await running(grant('keys', 'read', 'decrypt'))

    expect((await api.call(`GET /api/v1/keys/${ref}`, { token })).status).toBe(404)
    expect((await api.call(`GET /api/v1/keys/${ref}`, { token: plain.token })).status).toBe(404)
    expect((await api.call('GET /api/v1/keys', { token })).body.data).toEqual([])
  })

  test('executions of the account are not its own; those that it started are', async () => {
    const scope = (execution_scope: 'self' | 'descendants'): Grant => ({
      ...grant('executions', 'read'),
      constraints: { execution_scope },
    })
    const { id, token } = await running(scope('descendants'))
    const foreign = await given.execution(api.db, { executor: ada })
    const child = await given.execution(api.db, { executor: ada, parent: id })
    const grandchild = await given.execution(api.db, { executor: ada, parent: child.id })
    const narrow = await running(scope('self'))

    const { body } = await api.call('GET /api/v1/executions', { token })
    const ids = Array.isArray(body.data) ? body.data.map((row) => Object(row).id) : []

    expect(ids).toEqual([grandchild.id, child.id, id])
    expect((await api.call(`GET /api/v1/executions/${foreign.id}`, { token })).status).toBe(404)
    expect((await api.call(`GET /api/v1/executions/${foreign.id}`, { token: narrow.token })).status).toBe(404)
  })

  test('its token dies with the account', async () => {
    const { token, id } = await running(grant('executions', 'read'))
    expect((await api.call(`GET /api/v1/executions/${id}`, { token })).status).toBe(200)
    await api.db.run(sql`delete from identity where id = ${ada}`)

    expect((await api.call(`GET /api/v1/executions/${id}`, { token })).status).toBe(403)
  })

  test('what its token says of account, action and sets counts for nothing: the row does', async () => {
    const { id: action, ref: action_ref, pack } = await given.action(api.db)
    const { ref } = await given.key(api.db, { owner_type: 'pack', owner_pack: pack })
    const readBy = async (columns: object) => {
      const { id } = await given.execution(api.db, { status: 'running', executor: ada, ...columns })
      const token = await api.tokens.mint({
        sub: '1',
        login: `execution:${id}`,
        token_type: 'execution',
        metadata: { execution_id: id, action_ref, permission_set_refs: ['standard'] },
        ttl_seconds: 60,
      })
      return (await api.call(`GET /api/v1/keys/${ref}`, { token })).status
    }

    expect(await readBy({ action, permission_set_refs: ['standard'] })).toBe(200)
    expect(await readBy({ action, permission_set_refs: [] })).toBe(404)
    expect(await readBy({ permission_set_refs: ['standard'] })).toBe(404)
  })
})

describe('a rule that an execution makes', () => {
  test('is of the account that it runs as, within its sets, now and when it fires', async () => {
    const { token, set } = await running(...building)
    const body = await ruleBody()

    expect((await api.call('POST /api/v1/rules', { token, body })).status).toBe(201)

    const rule = await ruleOf(body.ref)
    expect(rule).toMatchObject({ owner_identity: ada, authority_set_refs: [set.ref] })
    expect(await fire(rule)).toEqual({ disabled_reason: null, executor: ada, bound: [set.ref] })
    await api.db.run(sql`update permission_set set grants = '[]' where id = ${set.id}`)
    expect(await fire(rule)).toMatchObject({
      disabled_reason: expect.stringContaining(`permission sets ${set.ref} of the execution`),
      executor: null,
    })
  })

  test('ends with the authority of the account too', async () => {
    const { token } = await running(...building)
    const body = await ruleBody()
    await api.call('POST /api/v1/rules', { token, body })
    await api.db.run(sql`delete from permission_assignment where identity = ${ada}`)

    expect(await fire(await ruleOf(body.ref))).toMatchObject({
      disabled_reason: expect.stringContaining('lacks actions:execute'),
    })
  })

  test('hands on no set that the execution does not hold, whatever the account holds', async () => {
    const { token } = await running(...building)
    const more = await given.permissionSet(api.db, { grants: [grant('keys', 'read')] })
    const body = { ...(await ruleBody()), permission_set_refs: [more.ref] }
    expect((await api.call('POST /api/v1/rules', { token, body })).status).toBe(403)

    const plain = await ruleBody()
    await api.call('POST /api/v1/rules', { token, body: plain })
    await api.db.run(sql`update rule set permission_set_refs = array[${more.ref}] where ref = ${plain.ref}`)
    expect(await fire(await ruleOf(plain.ref))).toMatchObject({
      disabled_reason: expect.stringContaining('it grants keys:read'),
    })
  })

  test('reads no keys of the system that the execution may not read', async () => {
    const { token } = await running(...building)
    const reader = await running(...building, grant('keys', 'read', 'decrypt'))
    const [one, other] = [await ruleBody(), await ruleBody()]
    await api.call('POST /api/v1/rules', { token, body: one })
    await api.call('POST /api/v1/rules', { token: reader.token, body: other })
    const key = {
      ref: 'demo.x',
      owner_type: 'system',
      owner_identity: null,
      owner_ref: null,
      encrypted: true,
    } as const
    const reads = async (ref: string) => {
      const authority = await authorityOfRule(api.db, await ruleOf(ref))
      return authority.every((bearer) => allowsKey(bearer, 'decrypt', key))
    }

    expect([await reads(one.ref), await reads(other.ref)]).toEqual([false, true])
  })

  test('is free of the bound when a person takes it over, and bound when an execution takes over a person’s', async () => {
    const { token, set } = await running(...building)
    const body = await ruleBody()
    await api.call('POST /api/v1/rules', { token, body })
    const person = await api.granted(...building)
    const change = (by: string, conditions: JsonObject) =>
      api.call(`PUT /api/v1/rules/${body.ref}`, { token: by, body: { conditions } })

    expect((await change(person.token, { expression: 'true' })).status).toBe(200)
    expect(await ruleOf(body.ref)).toMatchObject({
      owner_identity: person.identity,
      authority_set_refs: null,
    })
    expect((await change(token, { expression: '1 < 2' })).status).toBe(200)
    expect(await ruleOf(body.ref)).toMatchObject({ owner_identity: ada, authority_set_refs: [set.ref] })
  })
})

test('parameters that were rendered for one owner run in the name of no other', async () => {
  const { token } = await running(...building)
  const body = await ruleBody()
  const { token: person } = await api.granted(...building)
  await api.call('POST /api/v1/rules', { token: person, body })
  const before = await ruleOf(body.ref)
  const rendered = { owner_identity: before.owner_identity, authority_set_refs: null }
  expect(await fire(before, rendered)).toMatchObject({ disabled_reason: null })

  const other = await given.action(api.db)
  await api.call(`PUT /api/v1/rules/${body.ref}`, { token, body: { action_ref: other.ref } })

  expect(await fire(await ruleOf(body.ref), rendered)).toMatchObject({
    disabled_reason: expect.stringContaining('has another owner than when it fired'),
    executor: null,
  })
})

test('what an execution starts lies within its sets, and so does every further attempt', async () => {
  const { token, set, id } = await running(grant('actions', 'read', 'execute'), grant('executions', 'read'))
  const action = await given.action(api.db)
  const asked = await api.call('POST /api/v1/executions/execute', { token, body: { action_ref: action.ref } })
  expect(asked).toMatchObject({ status: 201, body: { data: { parent: id, authority_set_refs: [set.ref] } } })
  const child = Object(asked.body.data).id
  await api.db.run(sql`update execution set status = 'failed', max_retries = 3 where id = ${child}`)

  const [retry] = await api.db.transaction((tx) => createRetries(tx, [{ id: child, delay_ms: 0 }]))
  const replayed = await api.db.transaction((tx) => createReplays(tx, retry === undefined ? [] : [retry.id]))

  expect(retry).toMatchObject({ executor: ada, authority_set_refs: [set.ref] })
  expect(
    await api.db.many(
      sql`select executor, authority_set_refs from execution where id = any(${[...replayed.values()]})`,
    ),
  ).toEqual([{ executor: ada, authority_set_refs: [set.ref] }])
})

test('a run within a bound gets the keys of the system only by that, never by the account', async () => {
  await api.db.run(sql`truncate key`)
  const names = ['read', 'decrypt']
  const [blind, sighted] = [
    await given.permissionSet(api.db),
    await given.permissionSet(api.db, { grants: [grant('keys', ...names)] }),
  ]
  const action = await given.action(api.db)
  const { ref } = await given.key(api.db, { name: 'one' })
  const { id: execution } = await given.execution(api.db, { action: action.id })
  const delivered = async (authority_set_refs: string[] | null) => {
    const to = {
      execution,
      correlation_id: null,
      action: action.id,
      action_ref: action.ref,
      pack: action.pack,
      key_refs: [ref],
      executor: ada,
      permission_set_refs: [],
      authority_set_refs,
    }
    const assigned = await api.db.transaction((tx) => assignKeys(tx, [to], { inject_system_keys: true }))
    const assignment = assigned.get(execution)
    return assignment?.kind === 'assigned' ? assignment.keys.map(({ name }) => name) : []
  }

  expect(await delivered(null)).toEqual(['one'])
  expect(await delivered([sighted.ref])).toEqual(['one'])
  expect(await delivered([blind.ref])).toEqual([])
  expect(await delivered([])).toEqual([])
  expect(await delivered(['gone.set'])).toEqual([])
})
