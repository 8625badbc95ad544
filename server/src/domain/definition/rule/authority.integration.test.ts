import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { enforcementCreated } from '../../../../test/said.ts'
import { sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { JsonObject } from '../../../json.ts'
import { enforcementsToExecutions } from '../../../pipeline/2-enforcement-to-execution.ts'
import { traceRoutes } from '../../watch/trace/routes.ts'
import { ruleExplainRoutes } from './explain-routes.ts'
import { ruleRoutes } from './routes.ts'
import type { Rule } from './rule.ts'

const api = await fixture(
  startApi((parts) => [...ruleRoutes(parts), ...ruleExplainRoutes(parts), ...traceRoutes()]),
)

/** Lets the rule fire once and answers what became of it. */
async function fire(rule: Rule) {
  const enforcement = await given.enforcement(api.db, { rule: rule.id })
  await api.db.transaction((tx) => enforcementsToExecutions(tx, [enforcementCreated(enforcement)]))
  return api.db.one<{
    event: number
    status: string
    disabled_reason: string | null
    executions: number
  }>(sql`
    select e.event, e.status, e.disabled_reason,
      (select count(*)::int from execution x where x.enforcement = e.id) as executions
    from enforcement e where e.id = ${enforcement.id}`)
}

async function ownedRule(...grants: Grant[]) {
  const { identity } = await api.granted(...grants)
  return { identity, rule: await given.rule(api.db, { owner_identity: identity }) }
}

const mayExecute: Grant = { resource: 'actions', actions: ['execute'] }
const started = { status: 'processed', disabled_reason: null, executions: 1 }
const stopped = (reason: string) => ({
  status: 'disabled',
  disabled_reason: expect.stringContaining(reason),
  executions: 0,
})

test('a rule runs its action while its owner may run it', async () => {
  const { rule, identity } = await ownedRule(mayExecute)

  expect(await fire(rule)).toMatchObject(started)
  await api.db.run(sql`delete from permission_assignment where identity = ${identity}`)
  expect(await fire(rule)).toMatchObject(stopped('lacks actions:execute'))
})

test('a grant for some actions is one for those', async () => {
  const { rule } = await ownedRule({ ...mayExecute, constraints: { pack_refs: ['elsewhere'] } })
  expect(await fire(rule)).toMatchObject(stopped('lacks actions:execute'))

  const own = await api.granted({ ...mayExecute, constraints: { pack_refs: [rule.pack_ref] } })
  await api.db.run(sql`update rule set owner_identity = ${own.identity} where id = ${rule.id}`)
  expect(await fire(rule)).toMatchObject(started)
})

test('a frozen account starts nothing', async () => {
  const { rule, identity } = await ownedRule(mayExecute)
  await api.db.run(sql`update identity set frozen = true where id = ${identity}`)

  expect(await fire(rule)).toMatchObject(stopped('is frozen'))
})

test('an account that is gone starts nothing, until somebody takes the rule over', async () => {
  const { rule, identity } = await ownedRule(mayExecute)
  const heir = await api.granted(mayExecute)
  await api.db.run(sql`delete from identity where id = ${identity}`)

  expect(await fire(rule)).toMatchObject(stopped('is gone'))
  await api.db.run(sql`update rule set owner_identity = ${heir.identity} where id = ${rule.id}`)
  expect(await fire(rule)).toMatchObject(started)
})

test('a rule that nobody ever owned acts for the platform', async () => {
  expect(await fire(await given.rule(api.db))).toMatchObject(started)
})

test('the permission sets that a rule hands on must be held by its owner still', async () => {
  const set = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read'] }] })
  const { rule, identity } = await ownedRule(mayExecute)
  await api.db.run(sql`update rule set permission_set_refs = array[${set.ref}] where id = ${rule.id}`)

  expect(await fire(rule)).toMatchObject(stopped('it grants keys:read'))
  const more = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read'] }] })
  await given.permissionAssignment(api.db, { identity, permset: more.id })
  expect(await fire(rule)).toMatchObject(started)
  await api.db.run(sql`delete from permission_set where id = ${set.id}`)
  expect(await fire(rule)).toMatchObject(stopped('it does not exist'))
})

test('the sets that an action brings count too', async () => {
  const set = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read'] }] })
  const { rule } = await ownedRule(mayExecute)
  await api.db.run(sql`
    update action set default_execution_permission_set_refs = array[${set.ref}] where id = ${rule.action}`)

  expect(await fire(rule)).toMatchObject(stopped('it grants keys:read'))
  await api.db.run(sql`update rule set permission_set_refs = '{}' where id = ${rule.id}`)
  expect(await fire(rule)).toMatchObject(started)
})

test('the trace and the account of the rule tell the reason', async () => {
  const { rule } = await ownedRule()
  const { event, disabled_reason } = await fire(rule)
  const token = await api.token()

  const trace = await api.call(`GET /api/v1/events/${event}/trace`, { token })
  const account = await api.call(`GET /api/v1/rules/${rule.ref}/explain`, { token })

  expect(trace.body.data).toMatchObject({ enforcements: [{ status: 'disabled', why: disabled_reason }] })
  expect(account.body.data).toMatchObject({ verdict: expect.arrayContaining([disabled_reason]) })
})

test('whoever makes a rule must be allowed to run its action, and whoever changes what it runs too', async () => {
  const trigger = await given.trigger(api.db)
  const action = await given.action(api.db)
  const pack = await given.pack(api.db)
  const body: JsonObject = {
    ref: `${pack.ref}.one`,
    pack_ref: pack.ref,
    label: 'One',
    trigger_ref: trigger.ref,
    action_ref: action.ref,
  }
  const writer = await api.token('rules:create', 'rules:update', 'actions:read', 'triggers:read')
  const editor = await api.token(
    'rules:create',
    'rules:update',
    'actions:read',
    'actions:execute',
    'triggers:read',
  )
  const update = (change: JsonObject, token: string) =>
    api.call(`PUT /api/v1/rules/${pack.ref}.one`, { token, body: change })

  expect(await api.call('POST /api/v1/rules', { token: writer, body })).toMatchObject({
    status: 403,
    body: { error: expect.stringContaining('actions:execute') },
  })
  expect((await api.call('POST /api/v1/rules', { token: editor, body })).status).toBe(201)
  expect((await update({ label: 'Other' }, writer)).status).toBe(200)
  expect((await update({ action_params: { a: 1 } }, writer)).status).toBe(403)
  expect((await update({ action_params: { a: 1 } }, editor)).status).toBe(200)
})

test('who takes a rule over takes over the permissions that it hands on', async () => {
  const set = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read'] }] })
  const rule = await given.rule(api.db, { permission_set_refs: [set.ref] })
  const token = await api.token('rules:update', 'actions:execute', 'actions:read', 'triggers:read')

  const answer = await api.call(`PUT /api/v1/rules/${rule.ref}`, { token, body: { action_params: { a: 1 } } })

  expect(answer).toMatchObject({ status: 403, body: { details: [{ field: 'permission_set_refs' }] } })
})
