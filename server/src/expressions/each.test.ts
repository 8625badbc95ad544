import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileExpression } from './compile.ts'
import { compileCondition } from './condition.ts'
import { ExpressionError } from './error.ts'
import { explain } from './explain.ts'
import type { Context } from './frame.ts'
import type { Scope } from './scope.ts'
import { compileTemplates } from './template.ts'

const scope: Scope = { roots: ['event', 'x'] }
const alerts: Json = [
  { name: 'disk', labels: { severity: 'warning' }, values: [1, 2] },
  { name: 'load', labels: { severity: 'critical' }, values: [] },
  { name: 'cpu', labels: { severity: 'critical', team: 'ops' }, values: [5] },
]
const context: Context = {
  roots: { event: { payload: { alerts, none: [], n: [1, 2, 3, 4], o: { a: 1 }, limit: 2 } } },
  now: '2030-01-01T00:00:00.000Z',
}

function evaluate(text: string, of: Context = context): Json {
  return compileExpression(text, scope).evaluate(of).value
}

function failure(text: string, of: Context = context): ExpressionError {
  try {
    evaluate(text, of)
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`${text} was expected to fail`)
}

describe('each element of an array', () => {
  test.each<[string, Json]>([
    ["any(a in event.payload.alerts, a.labels.severity == 'critical')", true],
    ["any(a in event.payload.alerts, a.labels.severity == 'info')", false],
    ['any(a in event.payload.none, true)', false],
    ["all(a in event.payload.alerts, a.labels.severity != 'info')", true],
    ["all(a in event.payload.alerts, a.labels.severity == 'critical')", false],
    ['all(a in event.payload.none, false)', true],
    ['map(a in filter(a2 in event.payload.alerts, length(a2.values) > 0), a.name)', ['disk', 'cpu']],
    ['filter(n in event.payload.n, n % 2 == 0)', [2, 4]],
    ['map(n in event.payload.n, n * n)', [1, 4, 9, 16]],
    ['first(n in event.payload.n, n > 2)', 3],
    ['first(n in event.payload.n, n > 9)', null],
    ["default(first(n in event.payload.n, n > 9), 'none')", 'none'],
    ["first(a in event.payload.alerts, a.labels.severity == 'critical').name", 'load'],
    ['count(n in event.payload.n, n > 1)', 3],
    ['count(event.payload.n, 1)', 1],
    ['filter(n in event.payload.n, n > event.payload.limit)', [3, 4]],
    ['any(a in event.payload.alerts, has(a.labels.team))', true],
    ["map(a in event.payload.alerts, default(a.labels.team, 'nobody'))", ['nobody', 'nobody', 'ops']],
    ['any(a in event.payload.alerts, any(v in a.values, v > 4))', true],
    [
      'map(a in event.payload.alerts, map(v in a.values, [a.name, v]))',
      [
        [
          ['disk', 1],
          ['disk', 2],
        ],
        [],
        [['cpu', 5]],
      ],
    ],
    ['map(n in filter(n in event.payload.n, n > 2), n + 1)', [4, 5]],
    ['any(k in keys(event.payload.o), k == "a")', true],
    ['all(n in event.payload.n, n > 0) and not any(n in event.payload.n, n > 4)', true],
    ["'cpu' in map(a in event.payload.alerts, a.name)", true],
    ["filter(a in event.payload.alerts, match('^[cd]', a.name))[0].name", 'disk'],
    ['sum(map(a in event.payload.alerts, length(a.values)))', 3],
    ['map(in_ in [1], in_)', [1]],
    ['any(n in [1, 2], [3, 4][n - 1] == 4)', true],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toEqual(value)
  })

  test('can be asked in a template', () => {
    const document = {
      names: '{{ map(a in event.payload.alerts, a.name) }}',
      text: 'n={{ count(n in event.payload.n, n > 2) }}',
    }
    expect(compileTemplates(document, scope, { mode: 'strict' }).render(context).value).toEqual({
      names: ['disk', 'load', 'cpu'],
      text: 'n=2',
    })
  })

  test.each([
    ['any(event in event.payload.n, true)', "'event' means something here already"],
    ['any(a in event.payload.n, any(a in [1], true))', "'a' means something here already"],
    ['any(constructor in event.payload.n, true)', "'constructor' cannot be a name"],
    ['any(a in event.payload.n, b > 1)', "There is no 'b' here"],
    ['any(a in event.payload.n, a > 1) and a > 1', "There is no 'a' here"],
    ['any(a in a, true)', "There is no 'a' here"],
    ['any(a in event.payload.n)', 'write what to ask of each element'],
    ['any(event.payload.n, true)', 'any(x in'],
    ['map(event.payload.n)', 'map(x in'],
    ['any(a in event.payload.n, a > 1, 2)', "write ')' here"],
    ['any(a in event.payload.o, true)', 'keys(…) and values(…)'],
    ['any(a in event.payload.nothing, true)', "There is no 'event.payload.nothing'"],
    ["any(a in 'text', true)", 'not of a string'],
    ['any(and in event.payload.n, true)', "'and' is not expected here"],
  ])('is refused: %s', (text, message) => {
    expect(failure(text).message).toContain(message)
  })

  test('an error names the element', () => {
    expect(failure("all(a in event.payload.alerts, a.labels.team == 'ops')").message).toContain(
      'where a is event.payload.alerts[0]',
    )
    expect(failure('any(a in event.payload.alerts, all(v in a.values, v.x))').message).toContain(
      'where a is event.payload.alerts[0], where v is a.values[0]',
    )
  })

  test('a variable that exists may not be hidden', () => {
    const open: Scope = { roots: ['vars'], variables: 'vars' }
    const of = { roots: { vars: { list: [1], y: 2 } }, now: '' }
    const run = (text: string) => compileExpression(text, open).evaluate(of).value
    expect(run('any(z in list, z == 1)')).toBe(true)
    expect(() => run('any(y in list, y == 1)')).toThrow("'y' means something here already")
  })

  test.each([
    ['map(a in range(100000), map(b in range(100000), a))', 'steps'],
    ['map(a in range(100000), event.payload.long + event.payload.long)', 'steps'],
    ['length(map(a in range(60000), map(b in range(60000), 1)))', 'steps'],
  ])('costs: %s', (text, limit) => {
    const long = 'x'.repeat(500_000)
    const of = { ...context, roots: { event: { payload: { long } } } }
    expect(failure(text, of).message).toContain(limit)
  })
})

describe('what is read', () => {
  test.each<[string, unknown]>([
    [
      'any(a in event.payload.alerts, a.labels.x == event.id)',
      [
        ['event', 'payload', 'alerts'],
        ['event', 'payload', 'alerts', -1, 'labels', 'x'],
        ['event', 'id'],
      ],
    ],
    [
      'any(a in event.l, any(b in a.m, b.c))',
      [
        ['event', 'l'],
        ['event', 'l', -1, 'm'],
        ['event', 'l', -1, 'm', -1, 'c'],
      ],
    ],
    [
      'map(a in filter(b in event.l, b.k), a.z)',
      [
        ['event', 'l'],
        ['event', 'l', -1, 'k'],
      ],
    ],
  ])('is seen through names: %s', (text, paths) => {
    expect(compileExpression(text, scope).references.paths).toEqual(paths)
  })
})

describe('a secret element', () => {
  const secret: Context = { ...context, secrets: { event: ['/payload/alerts/1/labels/severity'] } }
  const decide = (text: string) => compileCondition(text, scope).decide(secret)
  const paths = (text: string) => compileExpression(text, scope).evaluate(secret).secret_paths

  test.each<[string, boolean]>([
    ["any(a in event.payload.alerts, a.labels.severity == 'critical')", true],
    ["all(a in event.payload.alerts, a.labels.severity == 'info')", false],
    ["any(a in event.payload.alerts, a.name == 'cpu')", false],
    ['map(a in event.payload.alerts, a.name)', false],
    ['first(a in event.payload.alerts, a.labels.severity == "critical")', true],
    ['filter(a in event.payload.alerts, a.labels.severity == "critical")', true],
    ['count(a in event.payload.alerts, a.labels.severity == "critical") > 5', true],
  ])('decides: %s', (text, on_secret) => {
    expect(decide(text).on_secret).toBe(on_secret)
  })

  test('keeps its mark where it is only moved', () => {
    expect(paths("filter(a in event.payload.alerts, a.name != 'disk')")).toEqual(['/0/labels/severity'])
    expect(paths('map(a in event.payload.alerts, a.labels.severity)')).toEqual(['/1'])
    expect(paths("first(a in event.payload.alerts, a.name == 'load')")).toEqual(['/labels/severity'])
    expect(paths('map(a in event.payload.alerts, upper(a.labels.severity))')).toEqual(['/1'])
    expect(paths("filter(a in event.payload.alerts, a.labels.severity == 'critical')")).toEqual([''])
  })

  test('is not told by how many a wholly secret list has', () => {
    const all: Context = { ...context, secrets: { event: ['/payload/none'] } }
    expect(compileCondition('any(a in event.payload.none, true)', scope).decide(all).on_secret).toBe(true)
    expect(compileExpression('map(a in event.payload.none, 1)', scope).evaluate(all).secret_paths).toEqual([
      '',
    ])
  })
})

describe('explaining', () => {
  test.each<[string, unknown]>([
    [
      "all(a in event.payload.alerts, a.labels.severity == 'warning')",
      { element: 'event.payload.alerts[1]', left: 'critical', right: 'warning' },
    ],
    [
      "not any(a in event.payload.alerts, a.labels.severity == 'critical')",
      { element: 'event.payload.alerts[1]', left: 'critical', right: 'critical' },
    ],
    ['any(n in event.payload.n, n > 7)', { values: { 'event.payload.n': [1, 2, 3, 4] } }],
    [
      'event.payload.limit == 2 and all(n in event.payload.n, n < 3)',
      { element: 'event.payload.n[2]', left: 3, right: 3 },
    ],
  ])('names the element that decided: %s', (text, compared) => {
    expect(explain(compileExpression(text, scope), context).compared).toEqual(compared)
  })
})

describe('laws', () => {
  const list = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 8 })
  const bound = fc.integer({ min: -5, max: 5 })
  const of = (l: Json, b: number): Context => ({ roots: { event: { l, b } }, now: '' })

  test.each([
    ['not any(a in event.l, a > event.b) == all(a in event.l, not a > event.b)'],
    ['any(a in event.l, a > event.b) == (length(filter(a in event.l, a > event.b)) > 0)'],
    ['count(a in event.l, a > event.b) == length(filter(a in event.l, a > event.b))'],
    [
      'filter(c in map(a in event.l, a + 1), c > event.b) == map(a in filter(c in event.l, c + 1 > event.b), a + 1)',
    ],
    ['first(a in event.l, a > event.b) == default(filter(a in event.l, a > event.b)[0], null)'],
    ['map(c in map(a in event.l, a + 1), c * 2) == map(a in event.l, (a + 1) * 2)'],
    ['filter(c in filter(a in event.l, a > event.b), c > 0) == filter(a in event.l, a > event.b and a > 0)'],
  ])('%s', (law) => {
    const text = law.startsWith('not any')
      ? law.replace('not any(a in event.l, a > event.b)', '(not any(a in event.l, a > event.b))')
      : law
    const compiled = compileExpression(text, scope)
    fc.assert(fc.property(list, bound, (l, b) => compiled.evaluate(of(l, b)).value === true))
  })
})
