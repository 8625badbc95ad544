import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../json.ts'
import { keyWarnings, languageWarnings, pathWarnings } from './language-warnings.ts'

const none = { conditions: {}, action_params: {} }
const params = (action_params: JsonObject) => ({ ...none, action_params })
const when = (expression: string) => ({ ...none, conditions: { expression } })

describe('what is written, but hardly as it is meant', () => {
  test.each<[string, JsonObject]>([
    ['a fallback by or', { m: "{{ event.payload.team or 'nobody' }}" }],
    ['a fallback by or between paths', { m: '{{ event.payload.title or event.payload.name }}' }],
    ['a fallback by or in text', { m: 'for {{ event.payload.team or 3 }}' }],
    ['a fallback by or in an argument', { m: "{{ upper(event.payload.team or 'x') }}" }],
    ['a fallback by or that is compared', { m: "{{ (event.payload.team or 'x') == 'x' }}" }],
    ['a fallback by or for each element', { m: "{{ map(a in event.payload.l, a.x or 'y') }}" }],
    ['a statement', { m: '{% if event.payload.x %}yes{% endif %}' }],
    ['a template in a key', { o: { '{{ event.payload.x }}': 1 } }],
    ['a template in a key of an array', { o: [{ 'x-{{ event.id }}': 1 }] }],
  ])('is told: %s', (_, action_params) => {
    expect(languageWarnings(params(action_params))).toHaveLength(1)
  })

  test('names the field and the remedy', () => {
    expect(languageWarnings(params({ a: [{ b: "{{ event.payload.x or 'd' }}" }] }))).toEqual([
      { field: 'action_params.a[0].b', message: expect.stringContaining('default(value, fallback)') },
    ])
    expect(languageWarnings(when("event.payload.x == 'a' or 'b'"))).toEqual([
      { field: 'conditions.expression', message: expect.stringContaining('default(value, fallback)') },
    ])
  })

  test.each<[string, JsonObject]>([
    ['a question with or', { m: '{{ event.payload.a == 1 or event.payload.b == 2 }}' }],
    ['a question with or and not', { m: '{{ event.payload.a or not event.payload.b }}' }],
    ['a question with any', { m: '{{ event.payload.a or any(x in event.payload.l, x) }}' }],
    ['a condition on elements', { m: '{{ filter(x in event.payload.l, x.a or x.b) }}' }],
    ['text without templates', { m: 'this or that, 100 %' }],
    ['default', { m: "{{ default(event.payload.x, 'd') }}" }],
  ])('is not seen in %s', (_, action_params) => {
    expect(languageWarnings(params(action_params))).toEqual([])
  })

  test.each(['event.payload.a or event.payload.b', "event.payload.a in ['x'] or event.payload.b > 1"])(
    'is not seen in the condition %s',
    (expression) => {
      expect(languageWarnings(when(expression))).toEqual([])
    },
  )
})

describe('a path that leads nowhere', () => {
  const out_schema: Json = {
    user: { type: 'object', properties: { name: { type: 'string' }, mail: { type: 'string' } } },
    alerts: { type: 'array', items: { type: 'object', properties: { severity: { type: 'string' } } } },
    free: { type: 'object' },
  }
  const samples: Json[] = [
    { action: 'opened', sender: { login: 'a' }, labels: [{ name: 'bug' }] },
    { action: 'closed', sender: { login: 'b', id: 1 }, labels: [] },
  ]
  const bySchema = (rule: { conditions: Json; action_params: JsonObject }) =>
    pathWarnings(rule, { out_schema, samples: [] }).map(({ message }) => message)
  const byEvents = (rule: { conditions: Json; action_params: JsonObject }) =>
    pathWarnings(rule, { out_schema: null, samples }).map(({ message }) => message)

  test.each([
    ['event.payload.user.nmae', "no 'event.payload.user.nmae'; did you mean 'name'?"],
    ['event.payload.usr.name', "no 'event.payload.usr'; did you mean 'user'?"],
    ['event.payload.alerts[0].severty', "no 'event.payload.alerts[0].severty'; did you mean 'severity'?"],
    [
      'any(a in event.payload.alerts, a.severty == "x")',
      "no 'event.payload.alerts[].severty'; did you mean 'severity'?",
    ],
    ['event.payload.something', "no 'event.payload.something'"],
  ])('is told by the schema: %s', (text, message) => {
    expect(bySchema(params({ m: `{{ ${text} }}` }))).toEqual([expect.stringContaining(message)])
    expect(bySchema(when(text))).toEqual([expect.stringContaining(message)])
  })

  test('is told of the array form', () => {
    const conditions = [{ field: 'alerts.*.severty', operator: 'equals', value: 1 }]
    expect(pathWarnings({ ...none, conditions }, { out_schema, samples: [] })).toEqual([
      { field: 'conditions[0].field', message: expect.stringContaining("did you mean 'severity'?") },
    ])
  })

  test.each([
    'event.payload.user.name',
    'event.payload.free.anything.goes',
    'event.payload.alerts',
    'event.id',
  ])('is none by the schema: %s', (text) => {
    expect(bySchema(params({ m: `{{ ${text} }}` }))).toEqual([])
  })

  test.each([
    ['event.payload.acton', "did you mean 'action'?"],
    ['event.payload.sender.logn', "did you mean 'login'?"],
    ['event.payload.labels[0].nam', "did you mean 'name'?"],
  ])('is told by events if it is nearly right: %s', (text, message) => {
    expect(byEvents(params({ m: `{{ ${text} }}` }))).toEqual([expect.stringContaining(message)])
  })

  test.each([
    'event.payload.assignee',
    'event.payload.sender.id',
    'event.payload.labels',
    'event.payload.action',
  ])('may just be missing in events: %s', (text) => {
    expect(byEvents(params({ m: `{{ ${text} }}` }))).toEqual([])
  })

  test('is there if it came, whatever the schema says', () => {
    expect(pathWarnings(params({ m: '{{ event.payload.action }}' }), { out_schema, samples })).toEqual([])
  })
})

test('a key that does not exist is told', () => {
  const rule = params({ t: '{{ keystore.tokn }}', u: '{{ keystore["url"] }}' })
  expect(keyWarnings(rule, new Set(['token', 'url']))).toEqual([
    { field: 'action_params.t', message: expect.stringContaining("no key 'tokn'") },
  ])
})
