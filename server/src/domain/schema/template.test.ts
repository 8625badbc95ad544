import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../json.ts'
import { compileParameterSchema } from './compile.ts'
import { isTemplated, validateTemplated } from './template.ts'

function problemsOf(schema: Json, values: Json): string[] {
  return validateTemplated(compileParameterSchema(schema), values, 'action_params').map(
    ({ field, message }) => `${field} ${message}`,
  )
}

test.each<[Json, boolean]>([
  ['{{ event.payload.x }}', true],
  ['https://{{ host }}/x', true],
  ['{{\n x\n}}', true],
  ['{{}}', true],
  ['{{ open', false],
  ['}} {{', false],
  ['{ x }', false],
  ['{{}', false],
  [1, false],
  [['{{ x }}'], false],
])('%j is a template: %s', (value, expected) => {
  expect(isTemplated(value)).toBe(expected)
})

const t = '{{ event.payload.x }}'

describe('a template satisfies the schema at its place', () => {
  test.each<[string, Json, Json]>([
    [
      'whatever the type',
      { a: { type: 'integer' }, b: { type: 'array' }, c: { type: 'object' } },
      { a: t, b: t, c: t },
    ],
    [
      'whatever the restriction',
      { a: { pattern: '^x$', maxLength: 1 }, b: { enum: ['x'] }, c: { const: 1 } },
      { a: t, b: t, c: t },
    ],
    ['within text', { a: { type: 'string', format: 'uri' } }, { a: `x ${t}` }],
    ['inside a list', { a: { type: 'array', items: { type: 'integer' } } }, { a: [1, t] }],
    ['inside an object', { a: { properties: { b: { type: 'integer', required: true } } } }, { a: { b: t } }],
    ['as a required parameter', { a: { type: 'integer', required: true } }, { a: t }],
    ['in place of all parameters', { a: { required: true } }, t],
    [
      'inside one of several forms',
      { a: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'integer' } }] } },
      { a: [t] },
    ],
    ['inside a value that an enum lists', { a: { enum: [{ b: 1 }] } }, { a: { b: t } }],
    [
      'where two forms would fit',
      {
        a: { oneOf: [{ properties: { b: { type: 'string' } } }, { properties: { b: { type: 'integer' } } }] },
      },
      { a: { b: t } },
    ],
    ['twice in a list of unique items', { a: { uniqueItems: true } }, { a: [t, t] }],
    ['in a list that must contain something', { a: { contains: { type: 'integer' } } }, { a: [t] }],
    ['in what must not be', { a: { not: { properties: { b: { type: 'string' } } } } }, { a: { b: t } }],
    [
      'that decides a condition',
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      { type: 'object', properties: {}, if: { properties: { a: { const: 1 } } }, then: false },
      { a: t },
    ],
    ['in a place by position', { a: { prefixItems: [{ type: 'integer' }] } }, { a: [t] }],
    [
      'under a name of a pattern',
      { a: { patternProperties: { '^b': { type: 'integer' } } } },
      { a: { b: t } },
    ],
    ['under any other name', { a: { additionalProperties: { type: 'integer' } } }, { a: { b: t } }],
  ])('%s', (_, schema, values) => {
    expect(problemsOf(schema, values)).toEqual([])
  })
})

describe('everything around a template is checked', () => {
  test.each<[string, Json, Json, string]>([
    [
      'another parameter',
      { a: { type: 'integer' }, b: { type: 'integer' } },
      { a: t, b: 'x' },
      'action_params.b must be an integer, not a string',
    ],
    [
      'a missing parameter',
      { a: {}, b: { required: true } },
      { a: t },
      'action_params.b is required; give it a value',
    ],
    [
      'another item',
      { a: { items: { type: 'integer' } } },
      { a: [t, 'x'] },
      'action_params.a[1] must be an integer, not a string',
    ],
    ['the number of items', { a: { minItems: 2 } }, { a: [t] }, 'action_params.a must have at least 2 items'],
    [
      'a missing member',
      { a: { properties: { b: { required: true } } } },
      { a: { c: t } },
      'action_params.a.b is required; give it a value',
    ],
    [
      'an unknown name',
      { a: { properties: { b: {} }, additionalProperties: false } },
      { a: { c: t } },
      'action_params.a.c is not known and no other names are allowed; use "b"',
    ],
    [
      'the type of a container',
      { a: { type: 'string' } },
      { a: [t] },
      'action_params.a must be a string, not an array; string(…) in a template makes text of it',
    ],
    ['an enum elsewhere', { a: {}, b: { enum: [1] } }, { a: t, b: 2 }, 'action_params.b must be one of 1'],
    [
      'a choice elsewhere',
      { a: {}, b: { oneOf: [{ type: 'integer' }, { type: 'number' }] } },
      { a: t, b: 1 },
      'action_params.b must fit exactly one of the allowed forms, but fits forms 1 and 2',
    ],
    [
      'a condition elsewhere',
      { a: {}, b: { if: { type: 'string' }, else: { type: 'integer' } } },
      { a: t, b: true },
      'action_params.b must be an integer, not a boolean',
    ],
    [
      'every form of a choice',
      { a: { oneOf: [{ type: 'array', maxItems: 1 }, { type: 'string' }] } },
      { a: [t, 1] },
      'action_params.a fits none of the allowed forms: (1) must have at most 1 item; (2) must be a string, not an array',
    ],
    [
      'a name, which is never rendered',
      { a: { propertyNames: { maxLength: 3 } } },
      { a: { [t]: t } },
      `action_params.a has a name that is not allowed: "${t}"`,
    ],
  ])('%s', (_, schema, values, problem) => {
    expect(problemsOf(schema, values)).toEqual([problem])
  })
})

test('a required parameter with a default is satisfied, and null counts as not given', () => {
  const schema = { a: { type: 'integer', required: true, default: 1 }, b: { type: 'string' } }

  expect(problemsOf(schema, { c: t })).toEqual([])
  expect(problemsOf(schema, { a: null, b: null, c: t })).toEqual([])
})

test('other values can be unknown too, such as redacted secrets', () => {
  const marker = { $attune_secret: true, redacted: true }
  const schema = compileParameterSchema({
    token: { type: 'string', secret: true, required: true },
    n: { type: 'integer' },
  })

  expect(schema.validate({ token: marker, n: 1 }, 'p', (value) => value === marker)).toEqual([])
  expect(schema.validate({ token: marker, n: 'x' }, 'p', (value) => value === marker)).toHaveLength(1)
  expect(schema.validate({ token: marker, n: 1 }, 'p')).toHaveLength(1)
})

test('choices within choices are decided at every level', () => {
  let schema: Json = { type: 'array', items: { type: 'integer' } }
  for (let level = 0; level < 9; level += 1) schema = { oneOf: [schema, { type: 'null' }] }

  expect(problemsOf({ a: schema }, { a: [t, 1] })).toEqual([])
  expect(problemsOf({ a: schema }, { a: [t, 'x'] })).toHaveLength(1)
})

const { schema: definition, value } = fc.letrec<{ schema: Json; value: Json }>((tie) => ({
  schema: fc.oneof<[fc.Arbitrary<Json>, ...fc.Arbitrary<Json>[]]>(
    { maxDepth: 3 },
    fc.constantFrom<Json>(
      { type: 'integer' },
      { type: 'string' },
      { enum: [1, 'a', [1]] },
      { minLength: 2 },
      {},
    ),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({
      properties: fc.record({ a: tie('schema'), b: tie('schema') }),
      required: fc.constant<Json>(['a']),
    }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('schema') }),
    fc.record({ if: tie('schema'), else: tie('schema') }),
    fc.record({ contains: tie('schema') }),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(1, 'a', 'abc', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }),
  ),
}))

/** Replaces some leaves by templates, chosen by a list of coin flips. */
function veil(plain: Json, flips: boolean[]): Json {
  if (Array.isArray(plain)) return plain.map((inner) => veil(inner, flips))
  if (typeof plain !== 'object' || plain === null) return flips.pop() === true ? t : plain
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, veil(inner, flips)]))
}

/** Each run compiles schemas, which takes long on a busy machine. */
const patience = { timeout: 60_000 }

test('values that satisfy a schema still do when some of them become templates', patience, () => {
  fc.assert(
    fc.property(definition, value, fc.array(fc.boolean(), { maxLength: 20 }), (x, given, flips) => {
      const schema = { type: 'object', properties: { x } }
      fc.pre(compileParameterSchema(schema).validate({ x: given }, 'p').length === 0)
      expect(problemsOf(schema, { x: veil(given, [...flips]) })).toEqual([])
    }),
    { numRuns: 40 },
  )
})

test('without a template the check is exact', patience, () => {
  fc.assert(
    fc.property(definition, value, (x, given) => {
      const compiled = compileParameterSchema({ type: 'object', properties: { x } })
      const other = compileParameterSchema({ type: 'object', properties: { x } })
      const withTemplateElsewhere = validateTemplated(compiled, { x: given, other: t }, 'p')
      expect(withTemplateElsewhere).toEqual(other.validate({ x: given }, 'p'))
    }),
    { numRuns: 40 },
  )
})
