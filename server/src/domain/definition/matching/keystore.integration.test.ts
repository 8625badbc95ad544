import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { eventsToEnforcements } from '../../../pipeline/1-event-to-enforcement.ts'
import { reveal } from '../../secret/queries.ts'
import { ruleExplainRoutes } from '../rule/explain-routes.ts'
import type { Rule } from '../rule/rule.ts'
import { ruleRoutes } from '../rule/routes.ts'
import { noDebts } from '../../../../test/evaluator.ts'
let owner: Id<'identity'>
let action: Awaited<ReturnType<typeof given.action>>

const api = await fixture(startApi((parts) => [...ruleRoutes(parts), ...ruleExplainRoutes(parts)]))
beforeEach(async () => {
  await api.db.run(sql`truncate key`)
  owner = await identityWith({ resource: 'keys', actions: ['read', 'decrypt'] })
  const param_schema = { token: { type: 'string', secret: true }, note: { type: 'string' } }
  action = await given.action(api.db, { param_schema })
})

async function identityWith(...grants: Grant[]): Promise<Id<'identity'>> {
  const { id } = await given.identity(api.db)
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: id, permset: set.id })
  return id
}

const key = (name: string, value: string, columns: JsonObject = {}) =>
  given.key(api.db, {
    name,
    encrypted: true,
    value: api.cipher.encrypt(value),
    encryption_key_hash: api.cipher.key_hash,
    ...columns,
  })

const rule = (action_params: JsonObject, owner_identity: Id<'identity'> | null = owner): Promise<Rule> =>
  given.rule(api.db, { action: action.id, pack: action.pack, action_params, owner_identity })

/** Lets the rule decide about one event: what it made, or why it made nothing. */
async function fire({ trigger, trigger_ref, ref }: Rule) {
  const event = await given.event(api.db, { trigger })
  const heard = {
    event_id: event.id,
    event_created: event.created,
    trigger_id: event.trigger,
    trigger_ref,
    sensor_id: null,
    sensor_ref: null,
    rule_id: null,
    payload: {},
    config: null,
    correlation_id: null,
  }
  const { cipher, log, db, evaluator } = api
  await db.transaction(async (tx) => {
    await eventsToEnforcements({ evaluator, ledger: noDebts(), cipher, log })(tx, [heard])
  })
  const enforcement = await db.maybe<{ id: number; config: JsonObject }>(
    sql`select id, config from enforcement where event = ${event.id} and rule_ref = ${ref}`,
  )
  const { reason } = await db.one<{ reason: string | null }>(
    sql`select decisions -> 0 ->> 'reason' as reason from event_decision where event = ${event.id}`,
  )
  const secrets =
    enforcement === undefined
      ? []
      : ((await reveal(db, cipher, 'enforcement_config', [enforcement.id])).get(enforcement.id) ?? [])
  return { reason, config: enforcement?.config, secrets }
}

const marker = { $attune_secret: true, redacted: true }

describe('a rule', () => {
  test('gets the key of its action, else of its pack, else of its owner, else of the system', async () => {
    const fired = async () => (await fire(await rule({ token: '{{ keystore.one }}' }))).secrets

    await key('one', 'of the system')
    expect(await fired()).toEqual([{ pointer: '/token', value: 'of the system' }])
    await key('one', 'of the owner', { owner_type: 'identity', owner_identity: owner })
    expect(await fired()).toMatchObject([{ value: 'of the owner' }])
    await key('one', 'of the pack', { owner_type: 'pack', owner_pack: action.pack })
    expect(await fired()).toMatchObject([{ value: 'of the pack' }])
    await key('one', 'of the action', { owner_type: 'action', owner_action: action.id })
    expect(await fired()).toMatchObject([{ value: 'of the action' }])
  })

  test('keeps with what it made of a secret the secret itself, to be hidden too', async () => {
    await key('one', 's3cret')

    const { config, secrets } = await fire(await rule({ token: 'Bearer {{ keystore.one }}' }))

    expect(config).toEqual({ token: marker })
    expect(secrets).toEqual(
      expect.arrayContaining([
        { pointer: '/token', value: 'Bearer s3cret' },
        { pointer: 'source:keystore/one', value: 's3cret' },
      ]),
    )
  })

  test('does not fire where the value would not be a secret any more', async () => {
    await key('one', 's3cret')

    const { config, reason } = await fire(await rule({ note: '{{ keystore.one }}' }))

    expect(config).toBeUndefined()
    expect(reason).toContain('cannot be assigned to non-secret parameter path(s): /note')
  })

  test.each<[string, Grant[]]>([
    ['may only read', [{ resource: 'keys', actions: ['read'] }]],
    [
      'may decrypt others',
      [{ resource: 'keys', actions: ['read', 'decrypt'], constraints: { refs: ['x'] } }],
    ],
    ['may nothing', []],
  ])('whose owner %s does not get it, and says so', async (_what, grants) => {
    await key('one', 's3cret')

    const { config, reason } = await fire(
      await rule({ token: '{{ keystore.one }}' }, await identityWith(...grants)),
    )

    expect(config).toBeUndefined()
    expect(reason).toContain("There is no key 'one' that the owner of the rule may decrypt")
  })

  test('without an owner gets none', async () => {
    await key('one', 's3cret')

    expect((await fire(await rule({ token: '{{ keystore.one }}' }, null))).config).toBeUndefined()
  })

  test('that computes which key it wants is refused when it is saved', async () => {
    const trigger = await given.trigger(api.db)
    const body = {
      ref: `${action.pack_ref}.computes`,
      pack_ref: action.pack_ref,
      label: 'Computes',
      trigger_ref: trigger.ref,
      action_ref: action.ref,
      action_params: { token: '{{ keystore[event.payload.name] }}' },
    }

    const answer = await api.call('POST /api/v1/rules', { token: await api.token(), body })

    expect(answer).toMatchObject({ status: 422 })
    expect(JSON.stringify(answer.body)).toContain('keystore is asked by name')
  })
})

test('whoever tries a rule needs the key themselves, and sees a marker', async () => {
  await key('one', 's3cret')
  const { ref } = await rule({ token: '{{ keystore.one }}' })
  const attempt = async (token: string) =>
    (await api.call(`POST /api/v1/rules/${ref}/test`, { token, body: { payload: {} } })).body.data

  expect(await attempt(await api.token())).toMatchObject({
    decision: { outcome: 'matched' },
    config: { token: marker },
  })
  expect(await attempt(await api.token('rules:read', 'keys:read'))).toMatchObject({
    decision: { outcome: 'error' },
    config: null,
  })
})
