import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { functionNames, arityOf } from './builtin.ts'
import { type Compiled, compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import {
  binding,
  type BinaryOperator,
  eachNames,
  type Expression,
  isKeyword,
  parseExpression,
} from './expression.ts'
import { type Context, createFrame } from './frame.ts'
import { createPatterns } from './patterns.ts'
import { printExpression } from './print.ts'
import type { Scope } from './scope.ts'
import { positions } from './search.ts'
import { checkTemplates, compileTemplates } from './template.ts'
import { compareText } from './text.ts'

const span = { start: 0, end: 0 }
const runs = { numRuns: 300 }

/** Names that lead out of the data in the host language. */
const hostNames = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
]
const arrayNames = ['length', 'map', 'filter', 'join', 'at']
const dataNames = ['a', 'b', 'event', 'payload', 'x', 'y', 'z', 'item']

const variableName = fc.oneof(
  fc.constantFrom(...dataNames),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((name) => !isKeyword(name)),
)
const memberName = fc.oneof(
  variableName,
  fc.constantFrom('and', 'in', 'null', '0', '12', ...hostNames, ...arrayNames),
)
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"', "'", '\\', '\n', '{{', ...hostNames),
)
const number = fc.oneof(
  fc.nat(20),
  fc.maxSafeNat(),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
)
const operators = Object.keys(binding).filter((name): name is BinaryOperator => Object.hasOwn(binding, name))

/** A call of a known function with the right number of arguments, mostly. */
function callOf(argument: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const known = fc.constantFrom(...functionNames).chain((name) => {
    const [least, most] = arityOf(name) ?? [0, 0]
    return fc.array(argument, { minLength: least, maxLength: most }).map((args) => ({ name, args }))
  })
  const any = fc.record({ name: variableName, args: fc.array(argument, { maxLength: 3 }) })
  return fc
    .oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: any })
    .map((call) => ({ kind: 'call', ...call, span }))
}

function names(...all: string[]): Expression[] {
  return all.map((name) => ({ kind: 'name', name, span }))
}

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const part = tie('expression')
  return {
    expression: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.record({
        kind: fc.constant('literal'),
        value: fc.oneof(number, text, fc.constantFrom(true, false, null)),
        span: fc.constant(span),
      }),
      fc.record({ kind: fc.constant('name'), name: variableName, span: fc.constant(span) }),
      fc.record({
        kind: fc.constant('list'),
        items: fc.array(part, { maxLength: 4 }),
        span: fc.constant(span),
      }),
      fc.record({ kind: fc.constant('member'), object: part, name: memberName, span: fc.constant(span) }),
      fc.record({ kind: fc.constant('index'), object: part, index: part, span: fc.constant(span) }),
      fc.record({
        kind: fc.constant('unary'),
        operator: fc.constantFrom('not', '-'),
        operand: part,
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('binary'),
        operator: fc.constantFrom(...operators),
        left: part,
        right: part,
        span: fc.constant(span),
      }),
      callOf(part),
      fc.record({
        kind: fc.constant('each'),
        name: fc.constantFrom(...eachNames),
        variable: fc.constantFrom('y', 'z', 'item'),
        source: fc.oneof(fc.constant<Expression>({ kind: 'name', name: 'x', span }), part),
        body: fc.oneof(fc.constantFrom<Expression>(...names('y', 'z', 'item')), part),
        span: fc.constant(span),
      }),
    ),
  }
})

/** Text made of the pieces of the language in any order. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '(',
        ')',
        '[',
        ']',
        ',',
        '.',
        '"',
        "'",
        '\\',
        '{{',
        '}}',
        ' ',
        'not',
        'in',
        'any(',
        'map(y in ',
        'filter(',
        '-',
        '==',
        '1',
        '1.5e3',
        'null',
      ),
      fc.constantFrom(...operators, ...functionNames),
      variableName,
      fc.string({ maxLength: 3 }),
    ),
  )
  .map((pieces) => pieces.join(''))
const garbage = fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 60 }), expression.map(printExpression))

const data = fc
  .oneof(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('aaa', '[1]', '', 0, null))
  .map((value): Json => JSON.parse(JSON.stringify(value)))
const event = fc.record({ payload: data, a: data, b: data, x: fc.array(data, { maxLength: 4 }) })

const closed: Scope = { roots: ['event', 'a', 'b', 'x'] }
const open: Scope = { roots: ['event'], functions: ['result'], variables: 'event' }

function contextOf(roots: { [name: string]: Json }, secrets?: Context['secrets']): Context {
  const context = {
    roots: { event: roots, ...roots },
    functions: { result: () => roots },
    now: '2030-01-01T00:00:00.000Z',
  }
  return secrets === undefined ? context : { ...context, secrets }
}

function withoutSpans(tree: Expression): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value)))
}

/** The value, or the kind of the language's own error. Anything else that is thrown fails the test. */
function attempt(work: () => unknown): unknown {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.kind }
    throw error
  }
}

describe('printing and parsing', { timeout: 60_000 }, () => {
  test('give the same tree', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(withoutSpans(parseExpression(printExpression(tree)))).toEqual(withoutSpans(tree))
      }),
      runs,
    )
  })

  test('give the same text the second time', () => {
    fc.assert(
      fc.property(garbage, (source) => {
        const first = attempt(() => printExpression(parseExpression(source)))
        if (typeof first !== 'object' || first === null || !('value' in first)) return
        expect(printExpression(parseExpression(String(first.value)))).toBe(first.value)
      }),
      runs,
    )
  })

  test('agree with a text in which every part is in parentheses', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(withoutSpans(parseExpression(printExpression(tree)))).toEqual(
          withoutSpans(parseExpression(parenthesize(tree))),
        )
      }),
      runs,
    )
  })

  test('know where every part stands', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const source = printExpression(tree)
        const parsed = parseExpression(source)
        for (const node of partsOf(parsed)) {
          expect(withoutSpans(parseExpression(source.slice(node.span.start, node.span.end)))).toEqual(
            withoutSpans(node),
          )
        }
      }),
      runs,
    )
  })
})

function parenthesize(node: Expression): string {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return `(${printExpression(node)})`
    case 'list':
      return `([${node.items.map(parenthesize).join(',')}])`
    case 'member':
      return `(${parenthesize(node.object)}.${node.name})`
    case 'index':
      return `(${parenthesize(node.object)}[${parenthesize(node.index)}])`
    case 'call':
      return `(${node.name}(${node.args.map(parenthesize).join(',')}))`
    case 'each':
      return `(${node.name}(${node.variable} in ${parenthesize(node.source)}, ${parenthesize(node.body)}))`
    case 'unary':
      return `(${node.operator} ${parenthesize(node.operand)})`
    case 'binary':
      return `(${parenthesize(node.left)} ${node.operator} ${parenthesize(node.right)})`
  }
}

function partsOf(node: Expression): Expression[] {
  const children = Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
  return [node, ...children.flatMap(partsOf)]
}

function isNode(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'kind' in value
}

describe('whatever is written', { timeout: 60_000 }, () => {
  test('compiling and evaluating it gives a JSON value or an error of the language', () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom(closed, open), event, (source, scope, roots) => {
        const result = attempt(() => compileExpression(source, scope).evaluate(contextOf(roots)).value)
        if (typeof result === 'object' && result !== null && 'value' in result) {
          expect(result.value).toEqual(JSON.parse(JSON.stringify(result.value)))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('it does not change the data', () => {
    fc.assert(
      fc.property(expression, event, (tree, roots) => {
        const before = JSON.stringify(roots)
        attempt(() => compileExpression(printExpression(tree), open).evaluate(contextOf(roots)))
        expect(JSON.stringify(roots)).toBe(before)
      }),
      runs,
    )
  })

  test('keeping account of secrets gives the same value or error', () => {
    fc.assert(
      fc.property(expression, event, fc.boolean(), (tree, roots, lenient) => {
        const source = printExpression(tree)
        if (source.includes('uuid()')) return
        const compiled = attemptCompile(source)
        if (compiled === undefined) return
        const frame = () => createFrame(contextOf(roots), createPatterns(), lenient)
        expect(attempt(() => compiled.trace(frame()).value)).toEqual(attempt(() => compiled.run(frame())))
      }),
      { numRuns: 1000 },
    )
  })

  test('whatever depends on a secret is secret: two secrets give the same result wherever it is not marked', () => {
    const withoutChance = (names: readonly string[]) => !names.includes('uuid')
    fc.assert(
      fc.property(expression, event, data, data, (tree, roots, one, other) => {
        const compiled = attemptCompile(printExpression(tree))
        if (compiled === undefined || !withoutChance(compiled.references.functions)) return
        const evaluate = (a: Json) => {
          const of = { ...roots, a }
          const secrets = { a: [''], event: ['/a'], 'result()': ['/a'] }
          return attempt(() => compiled.evaluate(contextOf(of, secrets)))
        }
        const results = [evaluate(one), evaluate(other)]
        const isOpen = (result: unknown) =>
          /^\{"value":.*"secret_paths":\[\]\}\}$/.test(JSON.stringify(result))
        if (results.every(isOpen)) expect(results[0]).toEqual(results[1])
        // An error of any other kind says nothing about the secret, so it comes with both.
        for (const result of results) {
          if (!isOpen(result) && !/"secret"|"secret_paths"/.test(JSON.stringify(result)))
            expect(results[0]).toEqual(results[1])
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('a document renders to JSON or an error of the language, and checking it never throws', () => {
    const string = fc.oneof(
      garbage,
      garbage.map((source) => `a{{ ${source} }}b`),
      expression.map((tree) => `{{ ${printExpression(tree)} }}`),
    )
    const document = fc.oneof(
      string,
      fc.array(string, { maxLength: 3 }),
      fc.dictionary(fc.oneof(memberName, fc.string()), string, { maxKeys: 3 }),
    )
    fc.assert(
      fc.property(document, event, fc.constantFrom('strict', 'lenient'), (given, roots, mode) => {
        checkTemplates(given, closed)
        const result = attempt(() => compileTemplates(given, open, { mode }).render(contextOf(roots)).value)
        if (typeof result === 'object' && result !== null && 'value' in result) {
          expect(JSON.stringify(result.value)).toBe(JSON.stringify(JSON.parse(JSON.stringify(result.value))))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('a document without templates stays as it is, and what a template yields is not a template', () => {
    fc.assert(
      fc.property(data, (value) => {
        if (!JSON.stringify(value).includes('{{')) {
          expect(compileTemplates(value, closed, { mode: 'strict' }).render(contextOf({})).value).toEqual(
            value,
          )
        }
        const rendered = compileTemplates(['{{ a }}', 'x{{ b }}'], closed, { mode: 'strict' })
        expect(rendered.render(contextOf({ a: value, b: '{{ a }}' })).value).toEqual([value, 'x{{ a }}'])
      }),
      runs,
    )
  })
})

function attemptCompile(source: string): Compiled | undefined {
  try {
    return compileExpression(source, open)
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

describe('the host language', () => {
  const values: Json[] = [null, true, 1, 'text', [], [1, 'a'], {}, { a: 1 }]

  test.each([...hostNames, ...arrayNames, 'name', 'size', '__lookupGetter__', 'isPrototypeOf'])(
    'cannot be reached by the name %s',
    (name) => {
      for (const value of values) {
        const context = contextOf({ a: value, b: name })
        for (const source of [
          `a.${name}`,
          `a["${name}"]`,
          'a[b]',
          `[a][0].${name}`,
          `default(a, 1).${name}`,
          'a[b + ""]',
        ]) {
          expect(attempt(() => compileExpression(source, closed).evaluate(context))).toHaveProperty('error')
        }
        const lenient = compileTemplates('{{ a[b] }}', closed, { mode: 'lenient' })
        const result = attempt(() => lenient.render(context).value)
        expect([{ value: null }, { error: 'type' }]).toContainEqual(result)
      }
    },
  )

  test.each(hostNames)('has no variable %s', (name) => {
    expect(attempt(() => compileExpression(name, open).evaluate(contextOf({})))).toEqual({ error: 'missing' })
    expect(attempt(() => compileExpression(`${name}()`, open).evaluate(contextOf({})))).toEqual({
      error: 'function',
    })
    expect(attempt(() => compileExpression(`has(${name})`, open).evaluate(contextOf({})).value)).toEqual({
      value: false,
    })
  })

  test.each(['__proto__', 'constructor', 'prototype'])('keeps %s closed even where data has it', (name) => {
    const value: Json = JSON.parse(`{"a": {"${name}": {"x": 1}}}`)
    const context: Context = { roots: { event: value }, now: '' }
    for (const source of [
      `event.a.${name}`,
      `event.a["${name}"]`,
      `event.a["${name.slice(0, 3)}" + "${name.slice(3)}"].x`,
    ]) {
      expect(attempt(() => compileExpression(source, { roots: ['event'] }).evaluate(context))).toEqual({
        error: 'type',
      })
    }
  })

  test('is not changed by merging keys of its own', () => {
    const value: Json = JSON.parse('{"__proto__": {"polluted": true}, "k": 1}')
    const { value: merged } = compileExpression('merge(a, b)', closed).evaluate(
      contextOf({ a: value, b: { z: 1 } }),
    )

    expect(JSON.stringify(merged)).toBe('{"__proto__":{"polluted":true},"k":1,"z":1}')
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })
})

describe('text', { timeout: 60_000 }, () => {
  test('is ordered by code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const points = (value: string) => Array.from(value, (char) => char.codePointAt(0) ?? 0)
        const [a, b] = [points(left), points(right)]
        const first = a.findIndex((point, i) => point !== b[i])
        const expected = first === -1 ? a.length - b.length : (a[first] ?? 0) - (b[first] ?? -1)
        expect(Math.sign(compareText(left, right))).toBe(Math.sign(expected))
      }),
      runs,
    )
  })

  test('is searched as the host does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 300 })
    const part = fc
      .string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 })
      .chain((unit) => fc.nat(40).map((n) => unit.repeat(n + 1)))
    fc.assert(
      fc.property(letters, part, fc.nat(5), (around, searched, times) => {
        const haystack = `${around}${`${searched}${around.slice(0, 7)}`.repeat(times)}`
        const frame = createFrame(contextOf({}), createPatterns())
        const found = positions(frame, haystack, searched)
        expect(found).toHaveLength(haystack.split(searched).length - 1)
        for (const position of found) expect(haystack.startsWith(searched, position)).toBe(true)
        expect(found[0] ?? -1).toBe(haystack.indexOf(searched))
      }),
      runs,
    )
  })
})
