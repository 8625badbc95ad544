import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../json.ts'
import { checkParameterSchema } from './check.ts'
import { compileParameterSchema } from './compile.ts'
import { assertions, dialect, shapes } from './keyword.ts'

/** `field: message` of each problem, for comparison. */
function problemsOf(schema: Json): string[] {
  return checkParameterSchema(schema, 'param_schema').map(({ field, message }) => `${field}: ${message}`)
}

function fieldsOf(schema: Json): string[] {
  return checkParameterSchema(schema, 'param_schema').map(({ field }) => field)
}

function nested(levels: number): JsonObject {
  let inner: JsonObject = { type: 'string' }
  for (let level = 0; level < levels; level += 1) inner = { type: 'array', items: inner }
  return inner
}

function many(count: number, one: Json): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, one]))
}

describe('a schema is accepted', () => {
  test.each<[string, Json]>([
    ['when there is none', null],
    ['when it is empty', {}],
    [
      'in the flat form',
      {
        url: { type: 'string', format: 'uri', required: true, position: 0, description: 'where' },
        token: { type: 'string', secret: true },
        mode: { type: 'string', enum: ['sum', 'mean'], default: 'sum' },
      },
    ],
    [
      'as JSON Schema',
      { type: 'object', properties: { a: { type: ['string', 'null'] } }, required: ['a'], title: 'x' },
    ],
    ['as JSON Schema without properties', { type: 'object' }],
    ['with a parameter named type', { type: { type: 'string' }, properties: { type: 'object' } }],
    [
      'with required inside a nested object',
      { db: { type: 'object', properties: { host: { required: true } } } },
    ],
    [
      'with true and false inside JSON Schema',
      { type: 'object', properties: { a: true }, additionalProperties: false },
    ],
    ['with keywords nobody knows', { a: { type: 'string', 'x-widget': { anything: [1] }, examples: ['b'] } }],
    ['with a format that is only a hint', { a: { type: 'string', format: 'password' } }],
    ['with a default of null, which is none', { a: { type: 'string', default: null } }],
    ['with a default that is a template', { a: { type: 'integer', default: '{{ config.a }}' } }],
    ['at the limit of depth', { a: nested(11) }],
  ])('%s', (_, schema) => {
    expect(problemsOf(schema)).toEqual([])
    expect(() => compileParameterSchema(schema)).not.toThrow()
  })
})

describe('a schema is refused with the place of the mistake', () => {
  test.each<[string, Json, string]>([
    ['that is no object', [], 'param_schema'],
    ['that is text', 'string', 'param_schema'],
    ['with a parameter that is no definition', { a: 'string' }, 'param_schema.a'],
    ['with a parameter that is just true', { a: true }, 'param_schema.a'],
    ['with an unknown type', { a: { type: 'text' } }, 'param_schema.a.type'],
    ['with an empty list of types', { a: { type: [] } }, 'param_schema.a.type'],
    ['with an unknown type inside items', { a: { items: { type: 'str' } } }, 'param_schema.a.items.type'],
    [
      'with an unknown type in a form',
      { a: { anyOf: [{}, { type: 'int' }] } },
      'param_schema.a.anyOf[1].type',
    ],
    ['with a wrong required', { a: { required: 'yes' } }, 'param_schema.a.required'],
    ['with a wrong secret', { a: { secret: 1 } }, 'param_schema.a.secret'],
    ['with a wrong position', { a: { position: 'first' } }, 'param_schema.a.position'],
    ['with a wrong minimum', { a: { minimum: '1' } }, 'param_schema.a.minimum'],
    ['with a negative length', { a: { minLength: -1 } }, 'param_schema.a.minLength'],
    [
      'with an exclusive minimum of old drafts',
      { a: { exclusiveMinimum: true } },
      'param_schema.a.exclusiveMinimum',
    ],
    ['with a multiple of nothing', { a: { multipleOf: 0 } }, 'param_schema.a.multipleOf'],
    ['with an empty enum', { a: { enum: [] } }, 'param_schema.a.enum'],
    ['with an enum that is no list', { a: { enum: 'x' } }, 'param_schema.a.enum'],
    ['with no forms to choose from', { a: { oneOf: [] } }, 'param_schema.a.oneOf'],
    ['with items of old drafts', { a: { items: [{}] } }, 'param_schema.a.items'],
    ['with a reference', { a: { $ref: '#/a' } }, 'param_schema.a.$ref'],
    [
      'with unevaluated properties',
      { a: { unevaluatedProperties: false } },
      'param_schema.a.unevaluatedProperties',
    ],
    ['with look-ahead', { a: { pattern: '^(?=x)' } }, 'param_schema.a.pattern'],
    ['with a back-reference', { a: { pattern: '(x)\\1' } }, 'param_schema.a.pattern'],
    ['with a pattern that does not end', { a: { pattern: '[' } }, 'param_schema.a.pattern'],
    ['with too long a pattern', { a: { pattern: 'x'.repeat(1025) } }, 'param_schema.a.pattern'],
    ['with a pattern that unrolls too far', { a: { pattern: '(abc){1000}' } }, 'param_schema.a.pattern'],
    [
      'with a bad pattern of names',
      { a: { patternProperties: { '(': {} } } },
      'param_schema.a.patternProperties.(',
    ],
    ['with a reserved name', JSON.parse('{"__proto__": {"type": "string"}}'), 'param_schema.__proto__'],
    ['with an empty name', { '': {} }, 'param_schema[""]'],
    ['with a quoted path where a name has a dot', { 'a.b': { type: 'x' } }, 'param_schema["a.b"].type'],
    ['with a default of the wrong type', { a: { type: 'integer', default: '5' } }, 'param_schema.a.default'],
    ['with a default outside its enum', { a: { enum: ['x'], default: 'y' } }, 'param_schema.a.default'],
    [
      'with a default that is wrong inside',
      { type: 'object', properties: { a: { items: { type: 'string' }, default: ['x', 1] } } },
      'param_schema.properties.a.default[1]',
    ],
    [
      'in JSON Schema form',
      { type: 'object', properties: { a: { type: 'x' } } },
      'param_schema.properties.a.type',
    ],
    ['with properties that are no object', { type: 'object', properties: [] }, 'param_schema.properties'],
    [
      'with a required list of numbers',
      { type: 'object', properties: {}, required: [1] },
      'param_schema.required',
    ],
    ['nested too deeply', { a: nested(12) }, `param_schema.a${'.items'.repeat(12)}`],
  ])('%s', (_, schema, field) => {
    expect(fieldsOf(schema)).toEqual([field])
  })
})

test('all mistakes are listed at once', () => {
  expect(fieldsOf({ a: { type: 'x', minLength: -1 }, b: { pattern: '(' } })).toEqual([
    'param_schema.a.type',
    'param_schema.a.minLength',
    'param_schema.b.pattern',
  ])
})

test('messages say what to write instead', () => {
  expect(problemsOf({ a: { type: 'text' }, b: { pattern: '(?!x)' } })).toEqual([
    'param_schema.a.type: must be one of string, integer, number, boolean, array, object, null; leave it out to accept any value',
    expect.stringContaining('use RE2 syntax, which has no look-around and no back-references'),
  ])
})

describe('size is limited', () => {
  test.each<[string, Json, string]>([
    ['bytes', { a: { description: 'x'.repeat(65_536) } }, 'at most 65536 bytes'],
    ['properties', many(301, {}), 'at most 300 are allowed'],
    ['definitions', { a: { anyOf: Array.from({ length: 501 }, () => ({})) } }, 'at most 500 are allowed'],
    ['patterns', many(31, { pattern: 'x' }), 'at most 30 are allowed'],
    [
      'levels of a value in it',
      { a: { const: JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`) } },
      'at most 64 levels',
    ],
  ])('in %s', (_, schema, message) => {
    expect(problemsOf(schema)).toEqual([expect.stringContaining(message)])
  })

  test('so that a schema nested beyond the stack is refused, not fatal', () => {
    const deep: Json = JSON.parse(`${'{"items":'.repeat(100_000)}{}${'}'.repeat(100_000)}`)

    expect(problemsOf({ a: deep })).toEqual([expect.stringContaining('nested too deeply')])
  })

  test('and what is within the limits compiles and validates', () => {
    const schema = many(200, { type: 'object', required: true, properties: { x: { type: 'string' } } })

    expect(problemsOf(many(299, { type: 'string', required: true }))).toEqual([])
    expect(
      compileParameterSchema(many(299, { type: 'string', required: true })).validate({}, 'p'),
    ).toHaveLength(101)
    expect(problemsOf(schema)).toEqual([expect.stringContaining('properties')])
  })
})

const keywords = [...assertions.keys(), ...shapes.keys(), ...dialect.keys(), 'default']
const { schema: anySchema } = fc.letrec<{ schema: Json; value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      'a',
      '(',
      '^a+$',
      'string',
      'object',
      'integer',
      'uri',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('schema'),
  ),
  schema: fc.dictionary(fc.constantFrom(...keywords, 'a', 'b'), tie('value'), { maxKeys: 4 }),
}))

test('whatever passes the check compiles and validates anything without throwing', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(anySchema, fc.jsonValue(), (schema, given) => {
      const value: Json = JSON.parse(JSON.stringify(given))
      fc.pre(checkParameterSchema(schema, '').length === 0)
      const compiled = compileParameterSchema(schema)
      const problems = compiled.validate({ a: value, b: [value] }, 'parameters')
      expect(problems.every(({ field }) => field.startsWith('parameters'))).toBe(true)
      compiled.validate({ a: value }, 'parameters', (one) => one === value)
    }),
    { numRuns: 60 },
  )
})
