import { describe, expect, test } from 'vitest'
import { compileTemplates } from '../../../expressions/template.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { compileConditions, evaluateConditions } from './conditions.ts'
import { ruleScope } from './scope.ts'
import { visibleEvent } from './visible-event.ts'

const now = '2030-01-01T00:00:00.000Z'

const config = {
  source: 'webhook',
  webhook_key: 'beef',
  received_at: '2030-01-01T00:00:00.500Z',
  headers: { 'x-github-event': 'push', 'X-Delivery': '7', 'ce-type': 'com.example', accept: ['a', 'b'] },
  query: { env: 'prod', tag: ['x', 'y'], 'a.b': '1' },
  source_ip: '192.0.2.1',
  user_agent: 'GitHub-Hookshot/1',
  hmac_verified: true,
}

const event = visibleEvent({
  id: 7 as Id<'event'>, // the brand of a row id
  trigger_ref: 'p.t',
  payload: { n: 1, headers: { a: 'b' } },
  created: now,
  rule: null,
  source_ref: 'webhook',
  config,
})

const judge = (conditions: Json, of = event) => evaluateConditions(compileConditions(conditions), of, { now })

/** What is kept, as an expression and as a template reach it. */
const kept: readonly (readonly [string, Json])[] = [
  ["event.headers['x-github-event']", 'push'],
  ["event.headers['x-delivery']", '7'],
  ["event.headers['ce-type']", 'com.example'],
  ['event.headers.accept[1]', 'b'],
  ["event.config.headers['x-github-event']", 'push'],
  ['event.config.source', 'webhook'],
  ['event.query.env', 'prod'],
  ['event.query.tag[0]', 'x'],
  ["event.query['a.b']", '1'],
  ['event.source', 'webhook'],
  ['event.source_ip', '192.0.2.1'],
  ['event.user_agent', 'GitHub-Hookshot/1'],
  ['event.received_at', '2030-01-01T00:00:00.500Z'],
  ['event.verified', true],
  ['event.trigger', 'p.t'],
  ['event.payload.headers.a', 'b'],
]

/** A minus sign in an expression subtracts, unless a path is all there is. */
const dashed = ['event.headers.x-github-event', 'push'] as const

describe('what is kept with an event', () => {
  test.each(kept)('is read by a condition: %s', (path, value) => {
    expect(judge({ expression: `${path} == ${JSON.stringify(value)}` })).toEqual({ kind: 'matched' })
    expect(judge({ expression: `${path} == 'other'` })).toMatchObject({ kind: 'not_matched' })
  })

  test.each([...kept, dashed])('is read by a template: %s', (path, value) => {
    const { compiled, render } = templates({ a: `{{ ${path} }}`, b: `<{{ ${path} }}>` })

    expect(compiled).toHaveLength(2)
    expect(render({ roots: { event }, now }).value).toEqual({
      a: value,
      b: `<${typeof value === 'string' ? value : JSON.stringify(value)}>`,
    })
  })

  test.each<[Json, boolean]>([
    [{ of: 'headers', field: 'X-GitHub-Event', operator: 'equals', value: 'push' }, true],
    [{ of: 'headers', field: 'x-github-event', operator: 'in', value: ['push', 'ping'] }, true],
    [{ of: 'headers', field: 'x-gitlab-event', operator: 'exists' }, false],
    [{ of: 'headers', field: 'ce-type', operator: 'starts_with', value: 'com.' }, true],
    [{ of: 'query', field: 'env', operator: 'equals', value: 'prod' }, true],
    [{ of: 'query', field: 'a.b', operator: 'equals', value: '1' }, true],
    [{ of: 'query', field: 'tag', operator: 'contains', value: 'y' }, true],
    [{ of: 'event', field: 'source_ip', operator: 'equals', value: '192.0.2.1' }, true],
    [{ of: 'event', field: 'config.webhook_key', operator: 'equals', value: 'beef' }, true],
    [{ of: 'event', field: 'verified', operator: 'equals', value: true }, true],
    [{ of: 'payload', field: 'headers.a', operator: 'equals', value: 'b' }, true],
    [{ field: 'headers.a', operator: 'equals', value: 'b' }, true],
    [{ field: 'headers.x-github-event', operator: 'exists' }, false],
  ])('is read by an element of an array: %j', (element, holds) => {
    expect(judge([element]).kind).toBe(holds ? 'matched' : 'not_matched')
  })

  test('is told of where it decides', () => {
    expect(judge([{ of: 'headers', field: 'X-GitHub-Event', operator: 'equals', value: 'ping' }])).toEqual({
      kind: 'not_matched',
      clause: 'headers.X-GitHub-Event equals "ping"',
      compared: { field: 'headers.X-GitHub-Event', operator: 'equals', value: 'ping', actual: 'push' },
    })
  })

  test.each<Json>([
    { of: 'header', field: 'a', operator: 'exists' },
    { of: 1, field: 'a', operator: 'exists' },
    { of: 'headers', field: '', operator: 'exists' },
    { of: 'query', operator: 'exists' },
    { of: 'event', field: 'a..b', operator: 'exists' },
  ])('is asked for by a name that there is: %j', (element) => {
    expect(judge([element]).kind).toBe('error')
  })
})

describe('an event that did not come by a webhook', () => {
  const emitted = (given: Json) =>
    visibleEvent({
      id: 7 as Id<'event'>, // the brand of a row id
      trigger_ref: 'p.t',
      payload: {},
      created: now,
      rule: null,
      source_ref: 'core.timer',
      config: given,
    })

  test.each<Json>([null, [], 'text', {}, { headers: 'x', query: [1] }])(
    'has neither headers nor query: %j',
    (given) => {
      expect(emitted(given)).toMatchObject({
        headers: {},
        query: {},
        source: 'core.timer',
        received_at: now,
        verified: false,
      })
    },
  )

  test('cannot say that it was signed', () => {
    expect(emitted({ hmac_verified: true })).toMatchObject({ verified: false })
  })

  test('has what it says in its config', () => {
    expect(judge({ expression: 'event.config.region == "eu"' }, emitted({ region: 'eu' })).kind).toBe(
      'matched',
    )
  })
})

function templates(params: Json) {
  return compileTemplates(params, ruleScope, { mode: 'lenient' })
}
