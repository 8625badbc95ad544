import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Permitted, startApi } from '../../../../test/api.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { eventsToEnforcements } from '../../../pipeline/1-event-to-enforcement.ts'
import { createEventIntake } from '../../flow/event/intake.ts'
import { ruleExplainRoutes } from '../rule/explain-routes.ts'
import { ruleRoutes } from '../rule/routes.ts'
import { noDebts } from '../../../../test/evaluator.ts'

const writing: Permitted[] = [
  'rules:read',
  'rules:create',
  'rules:update',
  'actions:execute',
  'actions:read',
  'triggers:read',
]

const api = await fixture(startApi((parts) => [...ruleRoutes(parts), ...ruleExplainRoutes(parts)]))
const pack = await given.pack(api.db, {
  conf_schema: { token: { type: 'string', secret: true }, region: { type: 'string' } },
  config: { token: 'sesame', region: 'north' },
})
const secret = { type: 'string', secret: true }
const trigger = await given.trigger(api.db, {
  pack: pack.id,
  out_schema: { pin: secret, name: { type: 'string' } },
})
const action = await given.action(api.db, {
  pack: pack.id,
  param_schema: { token: secret, text: { type: 'string' } },
})
const author = await api.token(...writing)

const draft = (content: JsonObject) => ({
  ref: `${pack.ref}.draft_${Math.random().toString(36).slice(2)}`,
  pack_ref: pack.ref,
  trigger_ref: trigger.ref,
  action_ref: action.ref,
  ...content,
})

/** Each tells something about the secret to whoever chooses what it is asked. */
const curious: readonly [string, JsonObject][] = [
  ['a place', { action_params: { text: '{{ index_of(config.token, event.payload.guess) }}' } }],
  ['a count', { action_params: { text: '{{ count(pack.config.token, event.payload.guess) }}' } }],
  ['a length', { action_params: { text: '{{ length(config.token) }}' } }],
  ['a match', { action_params: { text: '{{ match(event.payload.guess, config.token) }}' } }],
  ['a beginning', { action_params: { text: '{{ starts_with(config.token, event.payload.guess) }}' } }],
  ['a comparison', { action_params: { text: '{{ config.token < event.payload.guess }}' } }],
  ['an error', { action_params: { token: '{{ 1 / index_of(config.token, event.payload.guess) }}' } }],
  ['an index', { action_params: { text: '{{ [1, 2, 3][length(config.token)] }}' } }],
  ['a key', { action_params: { text: '{{ default(event.payload[config.token], "none") }}' } }],
  ['a computed name', { action_params: { token: '{{ lower(config[event.payload.name]) }}' } }],
  ['a condition', { conditions: { expression: "starts_with(event.payload.pin, '1')" } }],
  ['a clause', { conditions: [{ field: 'pin', operator: 'equals', value: '1' }] }],
  [
    'a condition on its length',
    { conditions: { expression: 'length(event.payload) > 0 and event.payload.pin > "5"' } },
  ],
]

describe('whoever may not see a secret', () => {
  test.each(curious)('neither saves nor tries a rule that makes %s of it', async (_, content) => {
    const body = draft(content)

    const saved = await api.call('POST /api/v1/rules', { token: author, body: { ...body, label: 'Draft' } })
    const tried = await api.call('POST /api/v1/rules/test', {
      token: author,
      body: { rule: body, payload: { guess: 's', name: 'token' } },
    })

    expect([saved.status, tried.status]).toEqual([403, 403])
    expect(saved.body['error']).toMatch(/(packs:configure|keys:decrypt)/)
  })

  test('hands it on to where the action declares a secret, unseen', async () => {
    const rule = draft({ action_params: { token: '{{ config.token }}', text: 'in {{ config.region }}' } })

    const { status, body } = await api.call('POST /api/v1/rules/test', {
      token: author,
      body: { rule, payload: {} },
    })

    expect([status, body['data']]).toMatchObject([
      200,
      { config: { text: 'in north', token: { redacted: true } } },
    ])
  })

  test('does not try a rule of somebody else that makes something of it', async () => {
    const stored = await given.rule(api.db, {
      pack: pack.id,
      trigger: trigger.id,
      action: action.id,
      action_params: { token: '{{ index_of(config.token, event.payload.guess) }}' },
    })

    const { status } = await api.call(`POST /api/v1/rules/${stored.ref}/test`, {
      token: author,
      body: { payload: { guess: 's' } },
    })

    expect(status).toBe(403)
  })
})

const sighted = () =>
  api.granted(
    ...['rules', 'actions', 'triggers'].map((resource) => ({
      resource,
      actions: ['read', 'create', 'execute'],
    })),
    { resource: 'packs', actions: ['configure'] },
  )

test('whoever tries such a rule is on record, whatever it answers', async () => {
  const { token, identity } = await sighted()
  const rule = draft({ action_params: { token: '{{ upper(config.token) }}' } })

  const { status } = await api.call('POST /api/v1/rules/test', { token, body: { rule, payload: {} } })

  expect(status).toBe(200)
  expect(
    await api.db.many(
      sql`select event_type, actor_identity, details from audit_event where resource_ref = ${rule.ref}`,
    ),
  ).toEqual([
    {
      event_type: 'secret.rule.tried',
      actor_identity: identity,
      details: { decides_on_secrets_of: ['config'] },
    },
  ])
})

test('to switch such a rule on is to decide with it', async () => {
  const stored = await given.rule(api.db, {
    pack: pack.id,
    trigger: trigger.id,
    action: action.id,
    enabled: false,
    action_params: { token: '{{ upper(config.token) }}' },
  })

  const { status, body } = await api.call(`POST /api/v1/rules/${stored.ref}/enable`, { token: author })

  expect([status, body['error']]).toEqual([403, expect.stringContaining('packs:configure')])
})

test('whoever may see it saves such a rule, and that is on record', async () => {
  const { token } = await sighted()
  const body = draft({ label: 'Length', action_params: { token: '{{ upper(config.token) }}' } })

  const { status } = await api.call('POST /api/v1/rules', { token, body })

  expect(status).toBe(201)
  expect(
    await api.db.one(
      sql`select details from audit_event where event_type = 'rule.created' and resource_ref = ${body.ref}`,
    ),
  ).toEqual({ details: { decides_on_secrets_of: ['config'] } })
})

async function decisionOf(owner: Id<'identity'>, content: JsonObject) {
  const rule = await given.rule(api.db, {
    pack: pack.id,
    trigger: trigger.id,
    action: action.id,
    owner_identity: owner,
    ...content,
  })
  const { event } = await createEventIntake(api.database, api.cipher).accept({
    trigger: { ref: trigger.ref },
    payload: { pin: '1234', name: 'Ada' },
    config: null,
    correlation_id: randomUUID(),
    rule: rule.id,
    refusal: () => undefined,
  })
  const heard = {
    event_id: event.id,
    event_created: event.created,
    trigger_id: event.trigger,
    trigger_ref: event.trigger_ref,
    sensor_id: null,
    sensor_ref: null,
    rule_id: rule.id,
  }
  await api.db.transaction((tx) => eventsToEnforcements({ ...api, ledger: noDebts() })(tx, [heard]))
  return api.db.one<{ decision: JsonObject }>(
    sql`select decisions -> 0 as decision from event_decision where event = ${event.id}`,
  )
}

describe('the engine asks the rights of the owner again', () => {
  test.each([
    ['event', { conditions: { expression: "starts_with(event.payload.pin, '1')" } }],
    ['event', { conditions: [{ field: 'pin', operator: 'equals', value: '9' }] }],
    ['config', { action_params: { token: '{{ 1 / length(config.token) }}' } }],
  ])('and decides on no secret of the %s without them', async (_, content) => {
    const blind = await api.granted({ resource: 'rules', actions: ['create'] })

    const { decision } = await decisionOf(blind.identity, content)

    expect(decision).toMatchObject({ outcome: 'error', reason: expect.stringContaining('secret') })
    expect(JSON.stringify(decision)).not.toMatch(/1234|sesame/)
  })

  test('and decides with them, showing no value and no part of the condition', async () => {
    const seeing = await api.granted({ resource: 'keys', actions: ['decrypt'] })
    const expression = "event.payload.pin == '1234' and event.payload.name == 'Bob'"

    const { decision } = await decisionOf(seeing.identity, { conditions: { expression } })

    expect(decision).toMatchObject({ outcome: 'not_matched', clause: expression, compared: {} })
  })
})
