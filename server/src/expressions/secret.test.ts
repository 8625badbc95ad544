import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import type { Context } from './frame.ts'
import type { Scope } from './scope.ts'
import { compileTemplates } from './template.ts'

const scope: Scope = { roots: ['parameters', 'vars', 'clean'], functions: ['result'], variables: 'vars' }
const context: Context = {
  roots: {
    parameters: { token: 'T', o: { k: 'S', p: 1 }, list: ['a', 'B', 'c'], pin: 2, 'a/b~c': 'X', flag: true },
    vars: { key: 'V', open: 'w' },
    clean: { list: [1, 2, 3], o: { k: 1, q: 2 } },
  },
  functions: { result: () => ({ out: 'R', code: 0 }) },
  secrets: {
    parameters: ['/token', '/o/k', '/list/1', '/pin', '/a~1b~0c', '/absent/x'],
    vars: ['/key'],
    'result()': ['/out'],
  },
  now: '',
}

function marks(document: Json): string[] {
  const { secret_paths } = compileTemplates({ d: document }, scope, { mode: 'strict' }).render(context)
  return secret_paths.toSorted()
}

/** Number of the contract's case (0: none), template, the places that carry a secret. */
const cases: readonly (readonly [number, Json, string[]])[] = [
  [101, '{{ parameters.token }}', ['/d']],
  [101, 'Bearer {{ parameters.token }}', ['/d']],
  [101, '{{ parameters["token"] }}', ['/d']],
  [101, '{{ parameters.o["k"] }}', ['/d']],
  [102, '{{ parameters.o }}', ['/d/k']],
  [102, '{{ parameters }}', ['/d/a~1b~0c', '/d/list/1', '/d/o/k', '/d/pin', '/d/token']],
  [103, 'o: {{ parameters.o }}', ['/d']],
  [103, '{{ parameters.o.p }}', []],
  [104, '{{ upper(parameters.token) }}', ['/d']],
  [104, '{{ "x" + parameters.token }}', ['/d']],
  [104, '{{ (parameters.token) }}', ['/d']],
  [104, '{{ parameters . token }}', ['/d']],
  [105, '{{ [parameters.token] }}', ['/d/0']],
  [105, '{{ merge(parameters.o, parameters.o) }}', ['/d/k']],
  [106, '{{ parameters.token == "T" }}', ['/d']],
  // operators
  [0, '{{ parameters.pin + 1 }}', ['/d']],
  [0, '{{ -parameters.pin }}', ['/d']],
  [0, '{{ not parameters.token }}', ['/d']],
  [0, '{{ parameters.token and true }}', ['/d']],
  [0, '{{ "T" in parameters.token }}', ['/d']],
  [0, '{{ parameters.list + clean.list }}', ['/d/1']],
  [0, '{{ clean.list + parameters.list }}', ['/d/4']],
  [0, '{{ clean.list + clean.list }}', []],
  // members
  [0, '{{ parameters.list[1] }}', ['/d']],
  [0, '{{ parameters.list[-2] }}', ['/d']],
  [0, '{{ parameters.list.1 }}', ['/d']],
  [0, '{{ parameters.list[0] }}', []],
  [0, '{{ parameters.token[0] }}', ['/d']],
  [0, '{{ clean.list[parameters.pin] }}', ['/d']],
  [0, '{{ parameters["a/b~c"] }}', ['/d']],
  // functions that only move elements keep the marks where the elements are
  [0, '{{ reversed(parameters.list) }}', ['/d/1']],
  [0, '{{ slice(parameters.list, 1) }}', ['/d/0']],
  [0, '{{ slice(parameters.list, 2) }}', []],
  [0, '{{ slice(clean.list, parameters.pin) }}', ['/d']],
  [0, '{{ zip(clean.list, parameters.list) }}', ['/d/1/1']],
  [0, '{{ chunks(parameters.list, 2) }}', ['/d/0/1']],
  [0, '{{ flat([clean.list, parameters.list, [parameters.token]]) }}', ['/d/4', '/d/6']],
  [0, '{{ values(parameters.o) }}', ['/d/0']],
  [0, '{{ merge(parameters.o, clean.o) }}', []],
  [0, '{{ merge(clean.o, parameters.o) }}', ['/d/k']],
  [0, '{{ reversed(parameters.token) }}', ['/d']],
  // the others make a secret of what they are given
  [0, '{{ sort(parameters.list) }}', ['/d']],
  [0, '{{ join(parameters.list, ",") }}', ['/d']],
  [0, '{{ split(parameters.token, "") }}', ['/d']],
  [0, '{{ to_json(parameters.o) }}', ['/d']],
  [0, '{{ from_json(to_json(parameters.o)) }}', ['/d']],
  [0, '{{ string(parameters.pin) }}', ['/d']],
  [0, '{{ min(parameters.pin, 1) }}', ['/d']],
  [0, '{{ keys(parameters.o) }}', []],
  // however little it says: asked often enough, it gives all of the secret away
  [0, '{{ index_of(parameters.token, "T") }}', ['/d']],
  [0, '{{ count(parameters.token, "T") }}', ['/d']],
  [0, '{{ contains(parameters.token, "T") }}', ['/d']],
  [0, '{{ bool(parameters.token) }}', ['/d']],
  [0, '{{ parameters.token < "U" }}', ['/d']],
  [0, '{{ parameters.token in ["T"] }}', ['/d']],
  [0, '{{ true and parameters.token }}', ['/d']],
  [0, '{{ false and parameters.token }}', []],
  [0, '{{ parameters.token or "x" }}', ['/d']],
  [0, '{{ clean.list[index_of("abT", parameters.token)] }}', ['/d']],
  [0, '{{ slice("abc", 0, index_of("abT", parameters.token)) }}', ['/d']],
  [0, '{{ default(clean.o[parameters.token], "none") }}', ['/d']],
  [0, '{{ has(clean.o[parameters.token]) }}', ['/d']],
  [0, '{{ length(range(count("aTT", parameters.token))) }}', ['/d']],
  [0, '{{ length(split("aTb", parameters.token)) }}', ['/d']],
  [0, '{{ [1, 2] == [1, parameters.pin] }}', ['/d']],
  [0, '{{ length(parameters.token) }}', ['/d']],
  [0, '{{ type_of(parameters.token) }}', ['/d']],
  [0, '{{ match("T", parameters.token) }}', ['/d']],
  [0, '{{ starts_with(parameters.token, "T") }}', ['/d']],
  [0, '{{ has(parameters.token) }}', ['/d']],
  // lazy functions
  [0, '{{ default(parameters.token, "x") }}', ['/d']],
  [0, '{{ default(parameters.nope, parameters.token) }}', ['/d']],
  [0, '{{ default(parameters.flag, parameters.token) }}', []],
  [0, '{{ default(parameters.list[9], "x") }}', []],
  // variables and functions of the context
  [0, '{{ vars.key }}', ['/d']],
  [0, '{{ key }}', ['/d']],
  [0, '{{ open }}', []],
  [0, '{{ result().out }}', ['/d']],
  [0, '{{ result() }}', ['/d/out']],
  [0, '{{ result().code }}', []],
  // several places, and places with names that pointers must escape
  [0, ['{{ vars.key }}', 'x', { 'a/b~': '{{ parameters.o }}' }], ['/d/0', '/d/2/a~1b~0/k']],
]

describe('a rendered document reports where it carries a secret', () => {
  test.each(cases)('%i: %j', (_number, document, expected) => {
    expect(marks(document)).toEqual(expected)
  })

  test('and renders the same values as without secrets', () => {
    const { secrets: _, ...open } = context
    for (const [, document] of cases) {
      const templates = compileTemplates(document, scope, { mode: 'strict' })
      expect(templates.render(context).value).toEqual(templates.render(open).value)
      expect(templates.render(open).secret_paths).toEqual([])
    }
  })

  test('a root may be secret as a whole', () => {
    const compiled = compileExpression('clean.o', scope)
    expect(compiled.evaluate({ ...context, secrets: { clean: [''] } }).secret_paths).toEqual([''])
    expect(compiled.evaluate({ ...context, secrets: { parameters: [''] } }).secret_paths).toEqual([])
  })

  test('what fails on a secret does not say how', () => {
    const failing = [
      'from_json(parameters.token)',
      'int(parameters.token)',
      '1 / (parameters.pin - 2)',
      'clean.list[parameters.pin + 9]',
      'match(parameters.token + "(", "x")',
      'parameters.token - 1',
      'split(parameters.token, parameters.pin)',
    ]
    for (const text of failing) {
      const fail = () => compileExpression(text, scope).evaluate(context)
      expect(fail).toThrow('The expression fails on a secret value')
    }
    expect(() => compileExpression('clean.list[9]', scope).evaluate(context)).toThrow('out of range')
  })

  test('handing a secret on is no computation, everything else is', () => {
    const computed = (document: Json) =>
      compileTemplates(document, scope, { mode: 'strict' }).render(context).computed

    expect(computed(['{{ parameters.token }}', 'Bearer {{ key }}', '{{ [parameters.o] }}'])).toBe(false)
    expect(computed('{{ upper(parameters.token) }}')).toBe(true)
    expect(computed('{{ has(parameters.token) }}')).toBe(true)
    expect(computed('{{ clean.list[parameters.pin] }}')).toBe(true)
  })

  test('lenient mode keeps account too', () => {
    const templates = compileTemplates(['{{ parameters.nope.x }}', 'a{{ parameters.token }}'], scope, {
      mode: 'lenient',
    })
    expect(templates.render(context)).toMatchObject({ value: [null, 'aT'], secret_paths: ['/1'] })
  })
})

test('a fault behind a secret does not tell that there was none in it', () => {
  const kindOf = (text: string, token: Json) => {
    const of = { roots: { parameters: { token } }, secrets: { parameters: ['/token'] }, now: '' }
    try {
      compileExpression(text, { roots: ['parameters'] }).evaluate(of)
    } catch (error) {
      return error instanceof ExpressionError ? error.kind : error
    }
    return 'none'
  }
  for (const text of [
    'parameters.token[0] < -"x"',
    'merge(parameters.token[0], -"x")',
    '[parameters.token[0], -"x"]',
  ]) {
    expect([kindOf(text, []), kindOf(text, [1])]).toEqual(['secret', 'secret'])
  }
})
