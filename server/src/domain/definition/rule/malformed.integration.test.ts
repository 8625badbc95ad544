import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { ruleRoutes } from './routes.ts'

const api = await fixture(startApi(ruleRoutes))
const token = await api.token()
const pack = await given.pack(api.db, { ref: 'demo' })
await given.pack(api.db, { ref: 'core' })
await given.trigger(api.db, {
  pack: pack.id,
  ref: 'demo.pushed',
  param_schema: { branch: { type: 'string', required: true }, depth: { type: 'integer' } },
})
await given.trigger(api.db, { pack: pack.id, ref: 'core.intervaltimer' })
await given.action(api.db, {
  pack: pack.id,
  ref: 'demo.notify',
  param_schema: {
    message: { type: 'string', required: true },
    urgency: { type: 'string', enum: ['low', 'high'] },
    retries: { type: 'integer', minimum: 0 },
    to: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string', required: true } } },
    },
  },
})
const valid = {
  ref: 'demo.on_push',
  pack_ref: 'demo',
  label: 'On push',
  trigger_ref: 'demo.pushed',
  action_ref: 'demo.notify',
  trigger_params: { branch: 'main' },
  action_params: { message: 'hello {{ event.payload.name }}' },
}

/** Takes the place of a field that is left out. */
const absent = 'absent'
const message = { message: 'm' }
const timer = { trigger_ref: 'core.intervaltimer' }

/** What is changed in a valid body, and the fields that the answer must name. */
test.each<[change: JsonObject, ...fields: string[]]>([
  [{ ref: absent }, 'ref'],
  [{ pack_ref: absent }, 'pack_ref'],
  [{ label: absent }, 'label'],
  [{ trigger_ref: absent }, 'trigger_ref'],
  [{ action_ref: absent }, 'action_ref'],
  [{ ref: '' }, 'ref'],
  [{ ref: 'on_push' }, 'ref'],
  [{ ref: 'Demo.on_push' }, 'ref'],
  [{ ref: 'demo.on.push' }, 'ref'],
  [{ ref: 'demo.on push' }, 'ref'],
  [{ ref: 'demo.on/push' }, 'ref'],
  [{ ref: 'demo.\u0000' }, 'ref'],
  [{ ref: `demo.${'x'.repeat(255)}` }, 'ref'],
  [{ ref: 7 }, 'ref'],
  [{ ref: null }, 'ref'],
  [{ label: '' }, 'label'],
  [{ label: 'l'.repeat(256) }, 'label'],
  [{ label: ['On push'] }, 'label'],
  [{ label: 'half a \ud800 pair' }, 'label'],
  [{ description: 5 }, 'description'],
  [{ pack_ref: {} }, 'pack_ref'],
  [{ enabled: 'true' }, 'enabled'],
  [{ enabled: 1 }, 'enabled'],
  [{ permission_set_refs: 'core.admin' }, 'permission_set_refs'],
  [{ permission_set_refs: ['core.viewer', 3] }, 'permission_set_refs.1'],
  [{ action_params: [] }, 'action_params'],
  [{ action_params: 'message=m' }, 'action_params'],
  [{ trigger_params: 3 }, 'trigger_params'],
  [{ conditions: 'event.id > 0' }, 'conditions'],
  [{ conditions: 4 }, 'conditions'],
  [{ conditions: { all: [] } }, 'conditions'],
  [{ conditions: { expression: true } }, 'conditions'],
  [{ conditions: { expression: '' } }, 'conditions.expression'],
  [{ conditions: { expression: 'event.id >' } }, 'conditions.expression'],
  [{ conditions: { expression: 'payload.x == 1' } }, 'conditions.expression'],
  [{ conditions: { expression: 'succeeded()' } }, 'conditions.expression'],
  [{ conditions: { expression: '{{ event.id }} and {{ event.id }}' } }, 'conditions.expression'],
  [{ conditions: ['x'] }, 'conditions.0'],
  [{ conditions: [{ operator: 'equals', value: 1 }] }, 'conditions.0.field'],
  [{ conditions: [{ field: 'x', value: 1 }] }, 'conditions.0.operator'],
  [{ conditions: [{ field: 'x', operator: 'greater_than', value: 1 }] }, 'conditions.0.operator'],
  [
    {
      conditions: [
        { field: 'x', operator: 'equals', value: 1 },
        { field: 'y', operator: 'matches', value: '(' },
      ],
    },
    'conditions.1.value',
  ],
  [{ action_params: { message: '{{ event.payload.' } }, 'action_params.message'],
  [{ action_params: { message: '{{ }}' } }, 'action_params.message'],
  [{ action_params: { message: '{{ nope.x }}' } }, 'action_params.message'],
  [{ action_params: { message: '{{ result().x }}' } }, 'action_params.message'],
  [{ action_params: { message: 'm', to: [{ name: '{{ event. }}' }] } }, 'action_params.to.0.name'],
  [
    { action_params: { message: '{{ event.x | upper }}', urgency: '{{ x }}' } },
    'action_params.message',
    'action_params.urgency',
  ],
  [{ action_params: {} }, 'action_params.message'],
  [{ action_params: { message: 5 } }, 'action_params.message'],
  [{ action_params: { ...message, urgency: 'medium' } }, 'action_params.urgency'],
  [{ action_params: { ...message, retries: -1 } }, 'action_params.retries'],
  [{ action_params: { ...message, to: [{}] } }, 'action_params.to.0.name'],
  [{ trigger_params: {} }, 'trigger_params.branch'],
  [{ trigger_params: { branch: 'main', depth: 'deep' } }, 'trigger_params.depth'],
  [
    { trigger_params: { branch: null }, action_params: { message: false } },
    'trigger_params.branch',
    'action_params.message',
  ],
  [{ ...timer, trigger_params: { interval: 0 } }, 'trigger_params.interval'],
  [{ ...timer, trigger_params: { interval: 5, unit: 'weeks' } }, 'trigger_params.unit'],
  [{ ...timer, trigger_params: { interval: '{{ config.every }}' } }, 'trigger_params.interval'],
])('%j is refused', async (change, ...fields) => {
  const given = Object.entries({ ...valid, ...change }).filter(([, value]) => value !== absent)
  const body = Object.fromEntries(given)

  const answer = await api.call('POST /api/v1/rules', { token, body })

  expect(answer).toMatchObject({ status: 422, body: { code: 'VALIDATION_ERROR' } })
  expect(fieldsOf(answer.body)).toEqual(fields)
  expect(await api.db.many(sql`select ref from rule`)).toEqual([])
})

test.each<[what: string, body: string]>([
  ['no JSON', '{"ref": '],
  ['a list', '[]'],
  ['a text', '"rule"'],
  ['nothing', ''],
])('%s as the body is refused', async (_, payload) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  const answer = await api.server.inject({ method: 'POST', url: '/api/v1/rules', headers, payload })

  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'BAD_REQUEST' })
  expect(await api.db.many(sql`select ref from rule`)).toEqual([])
})

function fieldsOf({ details }: JsonObject): Json[] {
  return Array.isArray(details) ? details.map((one) => (isNamed(one) ? one.field : null)) : []
}

function isNamed(value: Json): value is { field: Json } {
  return typeof value === 'object' && value !== null && 'field' in value
}
