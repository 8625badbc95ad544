import { describe, expect, test } from 'vitest'
import { compileCondition } from './condition.ts'
import { ExpressionError } from './error.ts'
import type { Context } from './frame.ts'
import type { Scope } from './scope.ts'

const scope: Scope = {
  roots: ['parameters', 'vars'],
  functions: ['result', 'succeeded', 'failed'],
  variables: 'vars',
}

function contextOf(succeeded: boolean): Context {
  return {
    roots: { parameters: { flag: true, none: null, word: ' No ' }, vars: { n: 5, empty: [], obj: { a: 1 } } },
    functions: { result: () => ({}), succeeded: () => succeeded, failed: () => !succeeded },
    now: '',
  }
}

function outcome(text: string, succeeded = true): unknown {
  try {
    return compileCondition(text, scope).holds(contextOf(succeeded))
  } catch (error) {
    if (error instanceof ExpressionError) return `error: ${error.kind}`
    throw error
  }
}

const missing = 'error: missing'
const parse = 'error: parse'

/** Number of the contract's case (0: none), text, whether it holds. */
const conditions: readonly (readonly [number, string, unknown])[] = [
  [81, 'n > 3', true],
  [81, '{{ n > 3 }}', true],
  [81, '{{ parameters.flag }}', true],
  [82, '{{ not parameters.flag }}', false],
  [82, '{{ parameters.none }}', false],
  [82, '{{ 0 }}', false],
  [82, '{{ "no" }}', true],
  [83, 'empty', false],
  [83, '{{ empty }}', false],
  [84, '{{ 0.0 }}', false],
  [85, '"no"', true],
  [85, '{{ "off" }}', true],
  [86, '{{ n > 3 }} and {{ n < 2 }}', parse],
  [87, 'missing', missing],
  [87, 'garbage here', parse],
  [87, 'n > 3 and', parse],
  [88, '{{ missing }}', missing],
  [88, '{{ result().nope }}', missing],
  [89, '{{ succeeded() and n > 100 }}', false],
  [90, '{{ not failed() }}', true],
  [0, '  {{ n > 3 }}\n', true],
  [0, '{{ obj }}', true],
  [0, '{{ "TRUE" }}', true],
  [0, '{{ "False" }}', true],
  [0, '{{ "0" }}', true],
  [0, '{{ "" }}', false],
  [0, 'parameters.word', true],
  [0, '"{{ n }}" == "x"', false],
  [0, '{{ "}}" == "}}" }}', true],
  [0, 'n > 3 and {{ n }}', parse],
  [0, '{{ n > 3', parse],
  [0, '', parse],
  [0, '{{ }}', parse],
]

describe('a condition, bare or as one template', () => {
  test.each(conditions)('%i: %s', (_number, text, expected) => {
    expect(outcome(text)).toBe(expected)
  })

  test('90: looks at the outcome it is told', () => {
    expect(outcome('{{ not failed() }}', false)).toBe(false)
  })
})

describe('the condition of a rule', () => {
  test.each([
    ['n > 3', true],
    [' {{ n > 3 }} ', true],
    ['"no"', true],
    ['{{ "false" }}', true],
    ['""', false],
    ['empty', false],
    ['{{ n > 3 }} and {{ n < 2 }}', parse],
    ['{{ n }} {{ n }}', parse],
    ['', parse],
  ])('%s', (text, expected) => {
    expect(outcome(text)).toBe(expected)
  })
})
