import { beforeAll, expect, test } from 'vitest'
import { sql } from '../../../database/sql.ts'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { recordDecisions } from '../../flow/event/queries.ts'
import { ruleExplainRoutes } from './explain-routes.ts'
import type { Rule } from './rule.ts'

let rule: Rule

const api = await fixture(startApi((parts) => ruleExplainRoutes(parts)))
const token = await api.token()

beforeAll(async () => {
  const pack = await given.pack(api.db, {
    config: { token: 'very secret', plain: 'visible' },
    conf_schema: { token: { type: 'string', secret: true } },
  })
  const action = await given.action(api.db, {
    pack: pack.id,
    param_schema: { text: { type: 'string', required: true }, key: { type: 'string', secret: true } },
  })
  rule = await given.rule(api.db, {
    pack: pack.id,
    action: action.id,
    conditions: { expression: 'event.payload.n > 2' },
    action_params: { text: 'n is {{ event.payload.n }}', key: '{{ config.token }}' },
  })
  for (let n = 0; n < 6; n += 1) await decided(n, n > 2 ? 'matched' : 'not_matched')
})

/** An event of the rule's trigger about which this was recorded. */
async function decided(n: number, outcome: 'matched' | 'not_matched'): Promise<number> {
  const event = await given.event(api.db, { trigger: rule.trigger, payload: { n } })
  const decisions = [{ rule: rule.id, rule_ref: rule.ref, version: 1, outcome }]
  const record = { event: event.id, created: event.created, decisions, decided_at: new Date().toISOString() }
  await api.db.transaction((tx) => recordDecisions(tx, [record]))
  return event.id
}

async function dataOf(what: `${string} ${string}`, body?: JsonObject): Promise<JsonObject> {
  const answer = await api.call(what, body === undefined ? { token } : { token, body })
  if (!isJsonObject(answer.body.data)) throw new Error(JSON.stringify(answer.body))
  return answer.body.data
}

test('a plan names the enforcements that would appear and disappear, and counts them', async () => {
  const changed = { ref: rule.ref, conditions: { expression: 'event.payload.n < 4' } }

  const plan = await dataOf('POST /api/v1/rules/plan', { rule: changed, since: '1h' })

  expect(plan).toMatchObject({
    saved: true,
    events: 6,
    appear: 3,
    disappear: 2,
    stay: 1,
    unlisted: 0,
    next: null,
  })
  expect(plan.recorded).toMatchObject({ matched: 3, not_matched: 3 })
  expect(plan.planned).toMatchObject({ matched: 4, not_matched: 2 })
  expect(plan.changes).toMatchObject([
    {
      change: 'disappears',
      recorded: 'matched',
      planned: { clause: 'event.payload.n < 4', compared: { left: 5, right: 4 } },
    },
    { change: 'disappears', planned: { compared: { left: 4 } } },
    { change: 'appears', config: { text: 'n is 2', key: { $attune_secret: true } } },
    { change: 'appears' },
    { change: 'appears' },
  ])
})

test('a plan continues where it stopped', async () => {
  const first = await dataOf('POST /api/v1/rules/plan', { rule: { ref: rule.ref }, limit: 4 })
  const second = await dataOf('POST /api/v1/rules/plan', {
    rule: { ref: rule.ref },
    before: first.next ?? null,
  })

  expect(first).toMatchObject({ events: 4, stay: 3 })
  expect(second).toMatchObject({ events: 2, stay: 0, next: null })
})

test('what would fail says why, and is not an enforcement that appears', async () => {
  const plan = await dataOf('POST /api/v1/rules/plan', {
    rule: { ref: rule.ref, conditions: {}, action_params: { text: '{{ config.token }}' } },
  })

  expect(plan).toMatchObject({ appear: 0, disappear: 3, planned: { error: 6 } })
  expect(JSON.stringify(plan)).toContain('Secret value cannot be assigned')
  expect(JSON.stringify(plan)).not.toContain('very secret')
})

test('a rule moved to another trigger loses the enforcements of the old one', async () => {
  const other = await given.trigger(api.db)
  await given.event(api.db, { trigger: other.id, payload: { n: 9 } })

  const plan = await dataOf('POST /api/v1/rules/plan', { rule: { ref: rule.ref, trigger_ref: other.ref } })

  expect(plan).toMatchObject({
    events: 7,
    appear: 1,
    disappear: 3,
    stay: 0,
    planned: { none: 6, matched: 1 },
  })
})

test('a test of a payload gives the decision and the parameters without secrets', async () => {
  const matched = await dataOf(`POST /api/v1/rules/${rule.ref}/test`, { payload: { n: 3 } })
  const not = await dataOf(`POST /api/v1/rules/${rule.ref}/test`, { payload: { n: 1 } })

  expect(matched).toMatchObject({
    decision: { outcome: 'matched' },
    config: { text: 'n is 3', key: { $attune_secret: true, redacted: true } },
    parameter_problems: [],
  })
  expect(not).toMatchObject({
    decision: { outcome: 'not_matched', compared: { left: 1, right: 2 } },
    config: null,
  })
})

test('a test of an unsaved rule says what would keep the execution from running', async () => {
  const draft = {
    ref: 'demo.new',
    pack_ref: rule.pack_ref,
    trigger_ref: rule.trigger_ref,
    action_ref: rule.action_ref,
  }

  const tested = await dataOf('POST /api/v1/rules/test', { rule: draft, payload: {} })

  expect(tested).toMatchObject({ decision: { outcome: 'matched', rule: 0 } })
  expect(tested.parameter_problems).toMatchObject([{ field: 'text' }])
})

test.each([
  ['POST /api/v1/rules/demo.nothing/test', { payload: {} }, 404],
  ['POST /api/v1/rules/test', { rule: { ref: 'demo.new', label: 'x' }, payload: {} }, 422],
  [
    'POST /api/v1/rules/test',
    { rule: { ref: 'demo.new', pack_ref: 'no', trigger_ref: 'no.no', action_ref: 'no.no' }, payload: {} },
    404,
  ],
  ['POST /api/v1/rules/plan', { rule: { ref: 'demo.nothing' } }, 404],
  ['GET /api/v1/rules/demo.nothing/explain', undefined, 404],
] as const)('%s with %j is refused with %i', async (what, body, status) => {
  const answer = await api.call(
    what,
    body === undefined ? { token } : { token, body: structuredClone<JsonObject>(body) },
  )

  expect(answer.status).toBe(status)
})

test('a test needs one sample, of the trigger of the rule', async () => {
  const other = await given.event(api.db)
  const path = `POST /api/v1/rules/${rule.ref}/test` as const

  expect((await api.call(path, { token, body: {} })).status).toBe(422)
  expect((await api.call(path, { token, body: { payload: {}, event: other.id } })).status).toBe(422)
  expect((await api.call(path, { token, body: { event: other.id } })).status).toBe(422)
  expect(
    (await api.call('POST /api/v1/rules/plan', { token, body: { rule: { ref: rule.ref }, since: 'soon' } }))
      .status,
  ).toBe(422)
})

test('who may not write rules may not try changed ones, and events are read by who may read them', async () => {
  const reader = await api.token('rules:read')
  const changed = { rule: { ref: rule.ref, conditions: {} }, payload: {} }

  const statuses = await Promise.all([
    api.call('POST /api/v1/rules/test', { token: reader, body: changed }),
    api.call('POST /api/v1/rules/test', { token: reader, body: { rule: { ref: rule.ref }, payload: {} } }),
    api.call('POST /api/v1/rules/plan', { token: reader, body: { rule: { ref: rule.ref } } }),
    api.call(`GET /api/v1/rules/${rule.ref}/explain`, { token: reader }),
  ])

  expect(statuses.map(({ status }) => status)).toEqual([403, 200, 403, 403])
})

test('explain tells the state of the rule, the last decisions and how often there was which', async () => {
  const account = await dataOf(`GET /api/v1/rules/${rule.ref}/explain?limit=2`)

  expect(account).toMatchObject({
    rule: { ref: rule.ref, enabled: true, last_error: null },
    trigger: { exists: true, enabled: true },
    action: { exists: true },
    problems: [],
    verdict: [],
    period: { events: 6, matched: 3, not_matched: 3, error: 0, undecided: 0, capped: false },
    last: [{ recorded: { outcome: 'matched' } }, { recorded: { outcome: 'matched' } }],
  })
})

test('explain names everything that keeps a rule from firing', async () => {
  const broken = await given.rule(api.db, {
    enabled: false,
    conditions: { expression: 'event.payload.' },
    action_params: { x: '{{ nobody.knows }}' },
  })
  await api.db.run(sql`update trigger set enabled = false where id = ${broken.trigger}`)
  await api.db.run(sql`delete from action where id = ${broken.action}`)

  const { verdict, problems } = await dataOf(`GET /api/v1/rules/${broken.ref}/explain`)

  expect(problems).toMatchObject([{ field: 'conditions.expression' }, { field: 'action_params.x' }])
  expect(verdict).toEqual([
    expect.stringContaining('The rule is disabled'),
    `The trigger ${broken.trigger_ref} is disabled.`,
    expect.stringContaining(`The action ${broken.action_ref} does not exist`),
    expect.stringContaining('conditions.expression'),
    expect.stringContaining('action_params.x'),
    expect.stringContaining('No event of'),
  ])
})

test('the events of a plan come from the index of their trigger', async () => {
  const plan = await api.db.transaction(async (tx) => {
    await tx.run(sql`set local enable_seqscan = off`)
    return tx.many<{ 'QUERY PLAN': string }>(sql`
      explain select id from event where trigger_ref = 'a.b' and created >= now() - interval '7 days' and id < 5
      order by id desc limit 10`)
  })

  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/event_\w*trigger_ref\w*/)
})
