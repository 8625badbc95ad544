import { describe, expect, test } from 'vitest'
import type { Json } from '../../../json.ts'
import {
  checkConditions,
  compileConditions,
  type EvaluationOptions,
  evaluateConditions,
} from './conditions.ts'

function verdict(
  conditions: Json,
  payload: Json,
  options: Partial<EvaluationOptions> & { trigger?: string } = {},
) {
  const { trigger = 'core.alert', ...rest } = options
  const event = { id: 7, trigger, trigger_ref: trigger, payload, created: '2030-01-01T00:00:00Z' }
  return evaluateConditions(compileConditions(conditions), event, {
    now: '2029-12-31T00:00:00.000Z',
    ...rest,
  })
}

const expression = (text: string): Json => ({ expression: text })
const one = (field: string, operator: string, ...value: Json[]): Json => [
  value.length === 0 ? { field, operator } : { field, operator, value: value[0] ?? null },
]

/** Row of the contract's truth table (0: none), payload, conditions, verdict. */
const table: readonly (readonly [number, Json, Json, 'matched' | 'not_matched' | 'error'])[] = [
  [1, { s: 'any' }, {}, 'matched'],
  [1, { s: 'any' }, null, 'matched'],
  [2, { s: 'any' }, [], 'matched'],
  [3, null, expression('false'), 'not_matched'],
  [4, {}, { all: [] }, 'error'],
  [5, {}, 'event.id > 0', 'error'],
  [6, {}, { expression: true }, 'error'],
  [7, {}, expression(''), 'error'],
  [8, { s: 'a' }, one('s', 'equals', 'a'), 'matched'],
  [9, { s: 'a' }, one('s', 'equals', 'A'), 'not_matched'],
  [10, { n: 1 }, one('n', 'equals', 1.0), 'matched'],
  [11, { n: 1 }, one('n', 'equals', '1'), 'not_matched'],
  [12, { n: null }, one('n', 'equals'), 'matched'],
  [13, {}, one('n', 'equals', null), 'not_matched'],
  [14, {}, one('n', 'not_equals', 5), 'matched'],
  [15, { a: { b: 2 } }, one('a.b', 'equals', 2), 'matched'],
  [16, { a: [7] }, one('a.0', 'equals', 7), 'matched'],
  [17, { s: 'disk full' }, one('s', 'contains', 'full'), 'matched'],
  [18, { t: ['x'] }, one('t', 'contains', 'x'), 'matched'],
  [19, { n: 5 }, one('n', 'greater_than', 3), 'error'],
  [
    20,
    { s: 'a', n: 1 },
    [
      { field: 's', operator: 'equals', value: 'a' },
      { field: 'n', operator: 'equals', value: 2 },
    ],
    'not_matched',
  ],
  [21, { s: 'a' }, one('payload.s', 'equals', 'a'), 'not_matched'],
  [22, { s: 'a' }, expression("event.payload.s == 'a'"), 'matched'],
  [23, { s: 'a' }, expression('{{ event.payload.s == "a" }}'), 'matched'],
  [24, { s: 'a' }, expression("payload.s == 'a'"), 'error'],
  [25, { n: 150 }, expression('event.payload.n > 100'), 'matched'],
  [26, { n: '150' }, expression('event.payload.n > 100'), 'error'],
  [27, { n: '150' }, expression('int(event.payload.n) > 100'), 'matched'],
  [28, { n: 3 }, expression('event.payload.n == 3.0'), 'matched'],
  [29, { n: 3 }, expression("event.payload.n == '3'"), 'not_matched'],
  [30, {}, expression('event.payload.x == null'), 'error'],
  [31, { x: null }, expression('event.payload.x == null'), 'matched'],
  [32, {}, expression('not event.payload.x'), 'error'],
  [33, {}, expression("'x' in event.payload"), 'not_matched'],
  [34, {}, expression("not ('x' in event.payload)"), 'matched'],
  [35, {}, expression('event.payload.x or true'), 'error'],
  [36, {}, expression('true or event.payload.x'), 'matched'],
  [37, { e: 'prod' }, expression("event.payload.e in ['prod','staging']"), 'matched'],
  [38, { e: 'prod' }, expression("event.payload.e not in ['dev']"), 'matched'],
  [39, { t: [1, 2.0] }, expression('2 in event.payload.t'), 'matched'],
  [40, { s: 'disk full' }, expression("'full' in event.payload.s"), 'matched'],
  [41, { t: [] }, expression('event.payload.t'), 'not_matched'],
  [42, { s: '0' }, expression('event.payload.s'), 'matched'],
  [43, { n: 0 }, expression('event.payload.n'), 'not_matched'],
  [44, { l: [10, 20] }, expression('event.payload.l[-1] == 20'), 'matched'],
  [45, { l: [10] }, expression('event.payload.l[3] == 1'), 'error'],
  [46, { 'a-b': 1 }, expression("event.payload['a-b'] == 1"), 'matched'],
  [47, { 'a-b': 1 }, expression('event.payload.a-b == 1'), 'error'],
  [48, { s: 'Err42' }, expression("match('[0-9]+', event.payload.s)"), 'matched'],
  [
    49,
    { s: 'x' },
    expression("lower(event.payload.s) == 'x' and event.trigger == 'core.other'"),
    'not_matched',
  ],
  [50, { n: 7 }, expression('event.payload.n / 2 == 3.5'), 'matched'],
  [51, { n: 7 }, expression('event.payload.n / 0 > 1'), 'error'],
  [52, { n: 2 }, expression('1 < event.payload.n < 3'), 'error'],
  [53, 'text', expression("event.payload == 'text'"), 'matched'],
  [54, [1], one('0', 'equals', 1), 'matched'],
  [55, { b: true }, expression('event.payload.b == True'), 'error'],
  // the event
  [
    0,
    {},
    expression("event.id == 7 and event.trigger_ref == event.trigger and event.created < '2031'"),
    'matched',
  ],
  [0, null, expression('event.payload == null'), 'matched'],
  [0, {}, expression('result()'), 'error'],
  [0, {}, expression('pack.config.x'), 'error'],
  [0, {}, expression('{{ true }} and {{ true }}'), 'error'],
  [0, {}, { expression: 'true', other: 1 }, 'matched'],
  // operators of the array form
  [0, { n: 5 }, one('n', 'gt', 4.5), 'matched'],
  [0, { n: 5 }, one('n', 'gt', 5), 'not_matched'],
  [0, { n: 5 }, one('n', 'gte', 5), 'matched'],
  [0, { n: 5 }, one('n', 'lt', 6), 'matched'],
  [0, { n: 5 }, one('n', 'lte', 4), 'not_matched'],
  [0, { s: 'b' }, one('s', 'gt', 'a'), 'matched'],
  [0, { n: '5' }, one('n', 'gt', 4), 'error'],
  [0, { n: null }, one('n', 'lt', 4), 'error'],
  [0, { e: 'prod' }, one('e', 'in', ['prod', 'staging']), 'matched'],
  [0, { e: 'dev' }, one('e', 'in', ['prod', 'staging']), 'not_matched'],
  [0, { e: [1] }, one('e', 'in', [[1.0]]), 'matched'],
  [0, { e: 'dev' }, one('e', 'not_in', ['prod']), 'matched'],
  [0, { e: 'prod' }, one('e', 'not_in', ['prod']), 'not_matched'],
  [0, { s: 'abc' }, one('s', 'starts_with', 'ab'), 'matched'],
  [0, { s: 'abc' }, one('s', 'ends_with', 'ab'), 'not_matched'],
  [0, { s: 5 }, one('s', 'starts_with', 'a'), 'error'],
  [0, { s: 'Err42' }, one('s', 'matches', '[0-9]{2}$'), 'matched'],
  [0, { s: 'Err' }, one('s', 'matches', '\\d'), 'not_matched'],
  [0, { o: { k: 1 } }, one('o', 'contains', 'k'), 'matched'],
  [0, { n: 5 }, one('n', 'contains', 5), 'error'],
  [0, { o: { b: 1, a: [2] } }, one('o', 'equals', { a: [2.0], b: 1 }), 'matched'],
  [0, { x: null }, one('x', 'exists'), 'matched'],
  [0, { x: null }, one('x', 'exists', true), 'matched'],
  [0, { x: 1 }, one('x', 'exists', false), 'not_matched'],
  [0, {}, one('x', 'exists'), 'not_matched'],
  [0, {}, one('x', 'exists', false), 'matched'],
  // a missing field
  [0, {}, one('x', 'contains', 'a'), 'not_matched'],
  [0, {}, one('x', 'gt', 1), 'not_matched'],
  [0, {}, one('x', 'in', [null]), 'not_matched'],
  [0, {}, one('x', 'not_in', [1]), 'matched'],
  [0, {}, one('x', 'matches', ''), 'not_matched'],
  [0, { s: 'a' }, one('s.x', 'equals', null), 'not_matched'],
  [0, { a: [7] }, one('a.1', 'not_equals', 7), 'matched'],
  [0, { a: [7] }, one('a.length', 'equals', 1), 'not_matched'],
  [0, null, one('x', 'equals', null), 'not_matched'],
  [0, {}, one('toString', 'exists'), 'not_matched'],
  // the first clause that fails decides
  [
    0,
    { a: 1 },
    [
      { field: 'a', operator: 'equals', value: 2 },
      { field: 'a', operator: 'gt', value: 'x' },
    ],
    'not_matched',
  ],
  [
    0,
    { a: 1 },
    [
      { field: 'a', operator: 'gt', value: 'x' },
      { field: 'a', operator: 'equals', value: 2 },
    ],
    'error',
  ],
]

describe('the truth table', () => {
  test.each(table)('%i: %j | %j', (_row, payload, conditions, expected) => {
    expect(verdict(conditions, payload).kind).toBe(expected)
  })
})

describe('checking conditions', () => {
  test('finds nothing wrong with those that can be evaluated', () => {
    for (const [, , conditions, expected] of table) {
      if (expected !== 'error') expect(checkConditions(conditions)).toEqual([])
    }
  })

  test.each<[string, Json, string[]]>([
    ['a bare text', 'event.id > 0', ['conditions']],
    ['an object of another shape', { all: [] }, ['conditions']],
    ['an expression that is no text', { expression: 1 }, ['conditions']],
    ['an empty expression', { expression: ' ' }, ['conditions.expression']],
    ['a syntax error', { expression: 'event.id >' }, ['conditions.expression']],
    ['an unknown name', { expression: 'payload.x' }, ['conditions.expression']],
    ['an unknown function', { expression: 'env("x")' }, ['conditions.expression']],
    ['a wrong number of arguments', { expression: 'lower()' }, ['conditions.expression']],
    ['a pattern that is none', { expression: "match('(', event.trigger)" }, ['conditions.expression']],
    ['text with templates', { expression: '{{ event.id }} {{ event.id }}' }, ['conditions.expression']],
    ['an element that is no object', [1], ['conditions[0]']],
    ['an element without field and operator', [{}], ['conditions[0].field', 'conditions[0].operator']],
    ['an unknown operator', one('n', 'greater_than', 1), ['conditions[0].operator']],
    ['an operator of the host', one('n', 'constructor', 1), ['conditions[0].operator']],
    ['a refused name', one('a.__proto__', 'exists'), ['conditions[0].field']],
    ['an empty name', one('a..b', 'exists'), ['conditions[0].field']],
    ['no value to compare with', one('n', 'gt'), ['conditions[0].value']],
    ['no list to look in', one('n', 'in', 1), ['conditions[0].value']],
    ['no text to look for', one('n', 'starts_with', 1), ['conditions[0].value']],
    ['no regular expression', one('n', 'matches', '('), ['conditions[0].value']],
    ['no bool', one('n', 'exists', 'yes'), ['conditions[0].value']],
  ])('reports %s', (_name, conditions, fields) => {
    expect(checkConditions(conditions).map(({ field }) => field)).toEqual(fields)
    expect(verdict(conditions, {}).kind).toBe('error')
  })

  test('reports every element that is wrong', () => {
    const conditions = [{ field: 'a', operator: 'exists' }, { field: 'a', operator: 'is' }, null]
    expect(checkConditions(conditions).map(({ field }) => field)).toEqual([
      'conditions[1].operator',
      'conditions[2]',
    ])
  })

  test('names the operators that there are', () => {
    expect(checkConditions(one('a', 'is', 1))[0]?.message).toContain('equals, not_equals, contains, gt')
  })
})

describe('a verdict explains', () => {
  test('which clause of the array form failed, and on what', () => {
    expect(
      verdict(
        [
          { field: 'a', operator: 'exists' },
          { field: 'n.0', operator: 'gt', value: 3 },
        ],
        { a: 1, n: [2] },
      ),
    ).toEqual({
      kind: 'not_matched',
      clause: 'n.0 gt 3',
      compared: { field: 'n.0', operator: 'gt', value: 3, actual: 2 },
    })
  })

  test('that a field is missing, by not giving its value', () => {
    expect(verdict(one('x', 'equals', null), {})).toEqual({
      kind: 'not_matched',
      clause: 'x equals null',
      compared: { field: 'x', operator: 'equals', value: null },
    })
  })

  test.each<[string, string, Json]>([
    [
      'event.id > 1 and event.payload.n > 100 and event.payload.nope',
      'event.payload.n > 100',
      { left: 5, right: 100 },
    ],
    ["'x' in event.payload", "'x' in event.payload", { left: 'x', right: { n: 5, s: 'ab', o: null } }],
    [
      'event.payload.n == 1 or event.payload.s == "b"',
      'event.payload.n == 1 or event.payload.s == "b"',
      { values: { 'event.payload.n': 5, 'event.payload.s': 'ab' } },
    ],
    ['true and (event.id == 7 and not event.payload.n)', 'not event.payload.n', { value: 5 }],
    ['not (event.payload.n == 5)', 'not (event.payload.n == 5)', { left: 5, right: 5 }],
    ['match("^b", event.payload.s)', 'match("^b", event.payload.s)', { arguments: ['^b', 'ab'] }],
    ['has(event.payload.nope) and event.payload.nope.x', 'has(event.payload.nope)', { values: {} }],
    [
      'default(event.payload.nope, event.payload.o)',
      'default(event.payload.nope, event.payload.o)',
      { values: { 'event.payload.o': null } },
    ],
    ['event.payload.o', 'event.payload.o', { value: null }],
    ['{{ event.payload.n < 1 }}', 'event.payload.n < 1', { left: 5, right: 1 }],
    ['false', 'false', { value: false }],
  ])('the smallest part of an expression that failed: %s', (text, clause, compared) => {
    expect(verdict(expression(text), { n: 5, s: 'ab', o: null })).toEqual({
      kind: 'not_matched',
      clause,
      compared,
    })
  })

  test('an error with the sentence about it and the part it arose in', () => {
    const result = verdict(expression('event.id == 7 and event.payload.x == 1'), {})
    expect(result).toEqual({
      kind: 'error',
      message: expect.stringContaining("There is no 'event.payload.x' (position 19"),
      clause: 'event.payload.x',
    })
    expect(verdict(one('n', 'gt', 1), { n: 'a' })).toEqual({
      kind: 'error',
      message: expect.stringContaining('a string and a number have no order'),
      clause: 'n gt 1',
    })
    expect(verdict(one('n', 'is', 1), {})).toEqual({
      kind: 'error',
      message: expect.stringContaining('conditions[0].operator'),
    })
  })

  test('with long values cut', () => {
    const long = { s: 'x'.repeat(1000), l: Array.from({ length: 1000 }, () => ({ k: 'v' })) }
    const text = verdict(expression('event.payload.s == event.payload.l'), long)
    expect(text).toEqual({
      kind: 'not_matched',
      clause: 'event.payload.s == event.payload.l',
      compared: { left: `${'x'.repeat(200)}…`, right: expect.stringMatching(/^\[\{"k":"v"\},.{1,200}…$/) },
    })
    expect(verdict(one('s', 'equals', 'y'.repeat(500)), long)).toMatchObject({
      compared: { actual: `${'x'.repeat(200)}…`, value: `${'y'.repeat(200)}…` },
    })
  })

  test('with secret values masked', () => {
    const payload = { token: 's3cret', list: ['a', 's3cret'], o: { k: 's3cret', p: 1 } }
    const secrets = ['/payload/token', '/payload/list/1', '/payload/o/k']
    const conditions = [
      expression("event.payload.token == 'x'"),
      expression("upper(event.payload.token) == 'x' or event.payload.o == 1"),
      expression('event.payload.o == event.payload.list'),
      expression("match('^x', event.payload.token)"),
      expression('event == 1'),
      one('token', 'equals', 'x'),
      one('list.1', 'equals', 'x'),
      one('o', 'equals', 'x'),
      one('list', 'equals', 'x'),
    ]
    for (const each of conditions) {
      const result = verdict(each, payload, { secrets })
      expect(result.kind).toBe('not_matched')
      expect(JSON.stringify(result).toLowerCase()).not.toContain('s3cret')
    }
    expect(verdict(one('o', 'equals', 'x'), payload, { secrets })).toMatchObject({
      compared: { actual: { k: { $attune_secret: true, redacted: true }, p: 1 } },
    })
  })

  test('even where explaining takes more than evaluating may', () => {
    const big = Array(90_000).fill('x')
    const text = `${Array(10).fill('"x" in event.payload').join(' and ')} and count(event.payload, 1) > 1`
    expect(verdict(expression(text), big)).toEqual({ kind: 'not_matched', clause: text, compared: {} })
  })
})

test('now() is what it is said to be', () => {
  const now = '2030-05-05T00:00:00.000Z'
  expect(verdict(expression(`now() == parse_time('${now}')`), {}, { now }).kind).toBe('matched')
  expect(verdict(expression(`string(now()) == '${now}'`), {}, { now }).kind).toBe('matched')
  expect(verdict(expression("string(now()) > '2020' and now() == now()"), {}).kind).toBe('matched')
})

test('a time and a text that looks like one are not compared in silence', () => {
  const created_at = '2029-01-01T01:00:00+01:00'
  for (const text of [
    "event.payload.created_at + '1h' < now()",
    "now() == '2030-05-05T00:00:00.000Z'",
    "now() > '2020'",
    'event.payload.created_at != now()',
  ]) {
    expect(verdict(expression(text), { created_at })).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('parse_time(text)'),
    })
  }
  const said = "parse_time(event.payload.created_at) + duration('1h') < now()"
  expect(verdict(expression(said), { created_at }).kind).toBe('matched')
})

test('compiled conditions can be used for many events', () => {
  const compiled = compileConditions(one('n', 'gt', 1))
  const verdicts = [0, 2, 1, 3].map((n) => {
    const event = { id: n, trigger: 'a.b', trigger_ref: 'a.b', payload: { n }, created: '' }
    return evaluateConditions(compiled, event, { now: '' }).kind
  })
  expect(verdicts).toEqual(['not_matched', 'matched', 'not_matched', 'matched'])
})

describe('the field of the array form', () => {
  const labels = { 'app.kubernetes.io/name': 'api', team: 'ops', '*': 'star', "it's": 1, 'a[0]': 'odd' }
  const payload: Json = {
    labels,
    alerts: [
      { status: 'firing', labels: { severity: 'warning' }, tags: ['a', 'b'] },
      { status: 'resolved', labels: { severity: 'critical', team: 'db' }, tags: [] },
    ],
    none: [],
    n: [1, 2, 3],
  }

  test.each<[string, string, Json, 'matched' | 'not_matched' | 'error']>([
    ['labels."app.kubernetes.io/name"', 'equals', 'api', 'matched'],
    ["labels.'app.kubernetes.io/name'", 'equals', 'api', 'matched'],
    ['labels["app.kubernetes.io/name"]', 'equals', 'api', 'matched'],
    ["labels['app.kubernetes.io/name']", 'starts_with', 'a', 'matched'],
    ['"labels".team', 'equals', 'ops', 'matched'],
    ['labels."it\'s"', 'equals', 1, 'matched'],
    ['labels.*', 'equals', 'star', 'matched'],
    ['labels."*"', 'equals', 'star', 'matched'],
    ['labels."a[0]"', 'equals', 'odd', 'matched'],
    ['labels.app.kubernetes.io/name', 'exists', true, 'not_matched'],
    ['alerts[0].status', 'equals', 'firing', 'matched'],
    ['alerts[-1].status', 'equals', 'resolved', 'matched'],
    ['alerts.0.status', 'equals', 'firing', 'matched'],
    ['alerts[7].status', 'exists', false, 'matched'],
    ['alerts.*.labels.severity', 'equals', 'critical', 'matched'],
    ['alerts[*].labels.severity', 'equals', 'critical', 'matched'],
    ['alerts.*.labels["severity"]', 'in', ['critical', 'page'], 'matched'],
    ['alerts.*.labels.severity', 'equals', 'info', 'not_matched'],
    ['alerts.*.labels.severity', 'not_equals', 'info', 'matched'],
    ['alerts.*.labels.severity', 'not_equals', 'critical', 'not_matched'],
    ['alerts.*.labels.severity', 'not_in', ['critical'], 'not_matched'],
    ['alerts.*.labels.team', 'exists', true, 'matched'],
    ['alerts.*.labels.team', 'exists', false, 'not_matched'],
    ['alerts.*.tags.*', 'equals', 'b', 'matched'],
    ['alerts.*.tags', 'contains', 'a', 'matched'],
    ['n.*', 'gt', 2, 'matched'],
    ['n.*', 'gt', 3, 'not_matched'],
    ['n.*', 'starts_with', 'a', 'error'],
    ['none.*', 'equals', 1, 'not_matched'],
    ['none.*', 'not_equals', 1, 'matched'],
    ['none.*.x', 'exists', true, 'not_matched'],
  ])('%s %s %j', (field, operator, value, kind) => {
    expect(verdict(one(field, operator, value), payload).kind).toBe(kind)
  })

  test.each(['a.', '.a', 'a..b', '', 'a."b".', 'a."__proto__"', 'a["constructor"]'])(
    'is refused: %s',
    (field) => {
      expect(checkConditions(one(field, 'exists'))).toEqual([
        { field: 'conditions[0].field', message: expect.any(String) },
      ])
    },
  )

  test('names the element that decided', () => {
    expect(verdict(one('alerts.*.labels.severity', 'not_equals', 'critical'), payload)).toMatchObject({
      compared: { actual: 'critical', element: 'alerts[1].labels.severity' },
    })
    expect(verdict(one('alerts.*.labels.severity', 'equals', 'info'), payload)).toMatchObject({
      compared: { actual: ['warning', 'critical'] },
    })
  })

  test('keeps account of secret elements', () => {
    const secrets = ['/payload/alerts/1/labels/severity']
    const conditions = one('alerts.*.labels.severity', 'equals', 'info')
    expect(verdict(conditions, payload, { secrets, on_secrets: false }).kind).toBe('secret')
    expect(JSON.stringify(verdict(conditions, payload, { secrets }))).not.toContain('critical')
    expect(verdict(one('alerts.*.status', 'equals', 'x'), payload, { secrets, on_secrets: false }).kind).toBe(
      'not_matched',
    )
  })
})
