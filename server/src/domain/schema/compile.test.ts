import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { createSchemaCache } from './cache.ts'
import { compileParameterSchema } from './compile.ts'

function problemsOf(schema: Json, values: Json): string[] {
  return compileParameterSchema(schema)
    .validate(values, 'parameters')
    .map(({ field, message }) => `${field} ${message}`)
}

describe('validation', () => {
  test('accepts anything without a schema, but asks for an object if there is one', () => {
    expect(problemsOf(null, 'text')).toEqual([])
    expect(problemsOf({}, {})).toEqual([])
    expect(problemsOf({}, [])).toEqual(['parameters must be an object, not an array'])
    expect(problemsOf({}, null)).toEqual(['parameters must be an object, not null'])
  })

  test('allows names that the schema does not mention', () => {
    expect(problemsOf({ a: { type: 'string' } }, { a: 'x', b: 1, constructor: 2 })).toEqual([])
  })

  test('reports everything that is wrong, with a path and a remedy', () => {
    const schema = {
      name: { type: 'string', required: true },
      count: { type: 'integer', minimum: 1 },
      tags: { type: 'array', items: { type: 'string' } },
      db: {
        type: 'object',
        properties: { host: { type: 'string', required: true }, port: { type: 'integer' } },
      },
      mode: { type: 'string', enum: ['sum', 'mean'] },
    }

    expect(problemsOf(schema, { count: 0, tags: ['a', 1], db: { port: '80' }, mode: 'max' })).toEqual([
      'parameters.name is required; give it a value',
      'parameters.count must be at least 1',
      'parameters.tags[1] must be a string, not a number; put it in quotes',
      'parameters.db.host is required; give it a value',
      'parameters.db.port must be an integer, not a string',
      'parameters.mode must be one of "sum", "mean"',
    ])
  })

  test.each<[Json, Json, string]>([
    [{ const: 1 }, 2, 'must be 1'],
    [{ type: ['string', 'null'] }, 1, 'must be a string or null, not a number; put it in quotes'],
    [{ maximum: 5 }, 6, 'must be at most 5'],
    [{ exclusiveMinimum: 5 }, 5, 'must be greater than 5'],
    [{ exclusiveMaximum: 5 }, 5, 'must be less than 5'],
    [{ multipleOf: 5 }, 6, 'must be a multiple of 5'],
    [{ minLength: 1 }, '', 'must have at least 1 character'],
    [{ maxLength: 2 }, 'abc', 'must have at most 2 characters'],
    [{ minItems: 2 }, [], 'must have at least 2 items'],
    [{ maxItems: 1 }, [1, 2], 'must have at most 1 item'],
    [{ minProperties: 1 }, {}, 'must have at least 1 member'],
    [{ maxProperties: 0 }, { a: 1 }, 'must have at most 0 members'],
    [{ pattern: '^a+$' }, 'ab', 'must match the pattern ^a+$'],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      'must not contain the same item twice',
    ],
    [{ contains: { type: 'string' } }, [1], 'must contain at least 1 items of the demanded form'],
    [
      { contains: {}, maxContains: 1 },
      [1, 2],
      'must contain at least 1 and at most 1 items of the demanded form',
    ],
    [{ propertyNames: { pattern: '^a' } }, { b: 1 }, 'has a name that is not allowed: "b"'],
    [{ not: { type: 'string' } }, 'a', 'has a form that the schema forbids'],
    [
      { enum: Array.from({ length: 22 }, (_, n) => n) },
      'x',
      `must be one of ${Array.from({ length: 20 }, (_, n) => n).join(', ')} and 2 more`,
    ],
  ])('explains %j', (definition, value, message) => {
    expect(problemsOf({ x: definition }, { x: value })).toEqual([`parameters.x ${message}`])
  })

  test('points at the member that is missing or too many', () => {
    const schema = {
      x: {
        properties: { a: {}, b: {} },
        additionalProperties: false,
        dependentRequired: { a: ['b'] },
      },
    }

    expect(problemsOf(schema, { x: { a: 1, c: 2 } })).toEqual([
      'parameters.x.c is not known and no other names are allowed; use "a", "b"',
      'parameters.x.b is required when "a" is given',
    ])
    expect(problemsOf({ type: 'object', properties: { a: false } }, { a: 1 })).toEqual([
      'parameters.a is not allowed here; leave it out',
    ])
  })

  test('sums a choice up in one sentence that says why each form does not fit', () => {
    const schema = {
      anyOf: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'string' } }] },
      one: { oneOf: [{ type: 'object', properties: { a: { required: true } } }, { type: 'string' }] },
      two: { oneOf: [{ type: 'integer' }, { type: 'number' }] },
    }

    expect(problemsOf(schema, { anyOf: ['x', 2], one: {}, two: 1 })).toEqual([
      'parameters.anyOf fits none of the allowed forms: (1) must be an integer, not an array; (2) "1" must be a string, not a number',
      'parameters.one fits none of the allowed forms: (1) "a" is required; give it a value; (2) must be a string, not an object',
      'parameters.two must fit exactly one of the allowed forms, but fits forms 1 and 2',
    ])
  })

  test('explains a choice within a choice once', () => {
    const inner = { anyOf: [{ type: 'integer' }, { type: 'boolean' }] }

    expect(problemsOf({ x: { anyOf: [{ type: 'string' }, inner] } }, { x: [] })).toEqual([
      'parameters.x fits none of the allowed forms: (1) must be a string, not an array; ' +
        '(2) fits none of the allowed forms: (1) must be an integer, not an array; (2) must be a boolean, not an array',
    ])
  })

  test('follows a condition of the schema', () => {
    const schema = {
      type: 'object',
      properties: { kind: { type: 'string' } },
      if: { properties: { kind: { const: 'b' } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { required: ['size'] },
      else: { required: ['name'] },
    }

    expect(problemsOf(schema, { kind: 'b' })).toEqual(['parameters.size is required; give it a value'])
    expect(problemsOf(schema, { kind: 'c' })).toEqual(['parameters.name is required; give it a value'])
  })

  test.each([
    ['date-time', '2030-01-31T12:00:00Z', '2030-02-31T12:00:00Z'],
    ['uri', 'https://example.org/a?b#c', 'not a uri'],
    ['email', 'name@example.org', 'name@'],
  ])('asserts the format %s', (format, right, wrong) => {
    expect(problemsOf({ x: { format } }, { x: right })).toEqual([])
    expect(problemsOf({ x: { format } }, { x: wrong })).toEqual([
      expect.stringMatching(/^parameters\.x must be an? .*, such as /),
    ])
  })

  test('takes other formats as hints', () => {
    expect(problemsOf({ x: { format: 'ipv4' } }, { x: 'anything' })).toEqual([])
  })

  test('never repeats a value, which may be secret', () => {
    const schema = {
      x: { type: 'integer', secret: true },
      y: { pattern: '^a$', enum: ['a'], format: 'email' },
    }

    expect(problemsOf(schema, { x: 'hunter2', y: 'hunter2' }).join()).not.toContain('hunter2')
  })

  test('quotes names that would make a path ambiguous', () => {
    const schema = {
      'a.b/c~d': { properties: { 'x y': { type: 'string' } } },
      e: { patternProperties: { '/': { type: 'string' } } },
    }

    expect(problemsOf(schema, { 'a.b/c~d': { 'x y': 1 }, e: { 'f/': 1 } })).toEqual([
      'parameters["a.b/c~d"]["x y"] must be a string, not a number; put it in quotes',
      'parameters.e.f/ must be a string, not a number; put it in quotes',
    ])
  })

  test('is not confused by parameters named like members of every object or like keywords', () => {
    const schema = {
      constructor: { type: 'string' },
      toString: { required: true },
      anyOf: { type: 'string' },
      contains: { properties: { anyOf: { type: 'string' } } },
    }

    expect(problemsOf(schema, {})).toEqual(['parameters.toString is required; give it a value'])
    expect(problemsOf(schema, { toString: 1, anyOf: 1, contains: { anyOf: 1 } })).toEqual([
      'parameters.anyOf must be a string, not a number; put it in quotes',
      'parameters.contains.anyOf must be a string, not a number; put it in quotes',
    ])
  })

  test('keeps two patterns apart', () => {
    expect(problemsOf({ a: { pattern: '^a$' }, b: { pattern: '^b$' } }, { a: 'a', b: 'b' })).toEqual([])
  })

  test('bounds the work of a pattern, of a long list and of deep values', { timeout: 60_000 }, () => {
    const deep: Json = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    const items = Array.from({ length: 100_000 }, (_, n) => ({ n }))

    expect(problemsOf({ a: { pattern: '^(x+x+)+y$' } }, { a: 'x'.repeat(100_000) })).toHaveLength(1)
    expect(problemsOf({ a: { pattern: '^x+$' } }, { a: 'x'.repeat(500_000) })).toEqual([])
    expect(problemsOf({ a: { pattern: '^.{1,1000}' } }, { a: 'x'.repeat(100_000) })).toEqual([
      expect.stringContaining('is too long to be tested'),
    ])
    expect(problemsOf({ a: {} }, { a: deep })).toEqual([expect.stringContaining('nested too deeply')])
    expect(problemsOf({ a: { uniqueItems: true } }, { a: items })).toEqual([])
    expect(problemsOf({ a: { items: { type: 'string' } } }, { a: items }).at(-1)).toBe(
      'parameters has 99900 more problems',
    )
  })

  test('understands patterns in the spelling of JavaScript', () => {
    expect(problemsOf({ a: { pattern: '^(?<sign>\\u002b)\\d$' } }, { a: '+1' })).toEqual([])
  })

  test('translates required, secret and position at every level', () => {
    const schema = {
      outer: {
        type: 'object',
        required: ['listed'],
        properties: {
          flagged: { type: 'string', required: true, position: 1, secret: true },
          list: { type: 'array', items: { type: 'object', properties: { id: { required: true } } } },
        },
      },
    }

    expect(problemsOf(schema, { outer: { list: [{}] } })).toEqual([
      'parameters.outer.listed is required; give it a value',
      'parameters.outer.flagged is required; give it a value',
      'parameters.outer.list[0].id is required; give it a value',
    ])
  })

  test('takes null for an optional parameter as not given, but not for a required one', () => {
    const schema = {
      optional: { type: 'string' },
      required: { type: 'string', required: true },
      nullable: { type: ['string', 'null'], required: true },
    }

    expect(problemsOf(schema, { optional: null, required: null, nullable: null })).toEqual([
      'parameters.required must be a string, not null',
    ])
  })

  test('does not ask for a required parameter that has a default', () => {
    const flat = { unit: { type: 'string', required: true, default: 'seconds' } }
    const jsonSchema = { type: 'object', properties: { unit: { default: 'seconds' } }, required: ['unit'] }

    expect(problemsOf(flat, {})).toEqual([])
    expect(problemsOf(flat, { unit: null })).toEqual([])
    expect(problemsOf(jsonSchema, {})).toEqual([])
    expect(problemsOf({ unit: { required: true, default: null } }, {})).toHaveLength(1)
  })
})

describe('defaults', () => {
  const schema = {
    a: { default: 5 },
    b: { default: { list: [1] } },
    c: { type: 'string' },
    d: { default: null },
  }

  test('fill names that are missing or null and leave all else alone', () => {
    const { applyDefaults } = compileParameterSchema(schema)

    expect(applyDefaults({})).toEqual({ a: 5, b: { list: [1] } })
    expect(applyDefaults({ a: null, c: null })).toEqual({ a: 5, b: { list: [1] }, c: null })
    expect(applyDefaults({ a: 0, b: false, e: 1 })).toEqual({ a: 0, b: false, e: 1 })
  })

  test('apply to JSON Schema as well', () => {
    const { applyDefaults } = compileParameterSchema({ type: 'object', properties: { a: { default: 5 } } })

    expect(applyDefaults({})).toEqual({ a: 5 })
  })

  test('are copied, and the values given are not changed', () => {
    const { applyDefaults } = compileParameterSchema(schema)
    const given: JsonObject = { a: null }
    const first = applyDefaults(given)
    first['b'] = Object.assign(first['b'] ?? {}, { list: [] })

    expect(given).toEqual({ a: null })
    expect(applyDefaults({})['b']).toEqual({ list: [1] })
  })

  test('do not touch the prototype', () => {
    const { applyDefaults } = compileParameterSchema(schema)
    const given: JsonObject = JSON.parse('{"__proto__": {"polluted": 1}}')

    expect(Object.keys(applyDefaults(given))).toContain('__proto__')
    expect(Object.getPrototypeOf(applyDefaults(given))).toBe(Object.prototype)
  })
})

test('a stored schema that is not valid is a problem that names the place', () => {
  let thrown: unknown
  try {
    compileParameterSchema({ a: { type: 'text' } })
  } catch (error) {
    thrown = error
  }

  expect(thrown).toBeInstanceOf(Problem)
  expect(thrown).toMatchObject({ code: 'UNPROCESSABLE_ENTITY', details: [{ field: 'a.type' }] })
  expect(() => compileParameterSchema(['a'])).toThrow(Problem)
})

describe('the cache', () => {
  test('compiles a version once and a new version anew', () => {
    const cache = createSchemaCache()
    const first = cache.get('action:1', 1, { a: { required: true } })

    expect(cache.get('action:1', 1, {})).toBe(first)
    expect(cache.get('action:2', 1, {})).not.toBe(first)
    expect(cache.get('action:1', 2, {}).validate({}, '')).toEqual([])
  })

  test('forgets what was used longest ago', () => {
    const cache = createSchemaCache(2)
    const a = cache.get('a', 1, {})
    const b = cache.get('b', 1, {})
    cache.get('a', 1, {})
    cache.get('c', 1, {})

    expect(cache.get('a', 1, {})).toBe(a)
    expect(cache.get('b', 1, {})).not.toBe(b)
  })

  test('does not remember a schema that is not valid', () => {
    const cache = createSchemaCache()

    expect(() => cache.get('a', 1, [])).toThrow(Problem)
    expect(cache.get('a', 1, {}).validate({}, '')).toEqual([])
  })
})

test('many texts and costly patterns do not hold the process: what all of them may cost is bounded', () => {
  const pattern = '(a?){90}(b?){90}c'
  const schema = compileParameterSchema({ list: { type: 'array', items: { type: 'string', pattern } } })
  const list = Array.from({ length: 10_000 }, () => 'ab'.repeat(50))

  expect(schema.validate({ list }, 'parameters')).toEqual([
    { field: 'parameters', message: expect.stringContaining('takes too long') },
  ])
  expect(schema.validate({ list: ['c', 'abc'] }, 'parameters')).toEqual([])
})

test('the patterns of a schema are counted together, repetitions included', () => {
  const schema = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`p${i}`, { type: 'string', pattern: `(x{30}){33}${i}` }]),
  )

  expect(() => compileParameterSchema(schema)).toThrow('not valid')
})
