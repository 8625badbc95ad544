import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { compileParameterSchema } from './compile.ts'

const schema = (definition: Json) => compileParameterSchema({ value: definition })
const coerced = (definition: Json, value: Json) => schema(definition).coerce({ value })['value']
const typed = (definition: Json, text: string) =>
  schema(definition).readTyped({ value: text }, 'parameters')['value']

test.each<[Json, Json, Json]>([
  [{ type: 'string' }, 1234567, '1234567'],
  [{ type: 'string' }, 1.5, '1.5'],
  [{ type: 'string' }, -0.1, '-0.1'],
  [{ type: 'string' }, true, 'true'],
  [{ type: 'string' }, false, 'false'],
  [{ type: ['string', 'null'] }, 7, '7'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 7, '7'],
  [{ type: 'array', items: { type: 'string' } }, [1, 'a', true], ['1', 'a', 'true']],
  [{ type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'integer' } }, [1, '2'], ['1', 2]],
  [
    { type: 'object', properties: { a: { type: 'string' } } },
    { a: 1, b: 1 },
    { a: '1', b: 1 },
  ],
  [{ type: 'object', additionalProperties: { type: 'string' } }, { a: 1 }, { a: '1' }],
  [{ type: 'integer' }, '42', 42],
  [{ type: 'integer' }, '-7', -7],
  [{ type: 'integer' }, '5.0', 5],
  [{ type: 'number' }, '0.1', 0.1],
  [{ type: 'number' }, '1e3', 1000],
  [{ type: 'boolean' }, 'true', true],
  [{ type: 'boolean' }, 'false', false],
  [{ type: ['integer', 'boolean'] }, 'true', true],
])('%j makes of %j the value %j', (definition, value, expected) => {
  expect(coerced(definition, value)).toEqual(expected)
})

test.each<[Json, Json]>([
  [{ type: 'string' }, { a: 1 }],
  [{ type: 'string' }, [1]],
  [{ type: 'string' }, null],
  [{ type: 'string' }, '1'],
  [{ type: 'integer' }, '1.5'],
  [{ type: 'integer' }, ''],
  [{ type: 'integer' }, ' 1'],
  [{ type: 'integer' }, '01'],
  [{ type: 'integer' }, '0x10'],
  [{ type: 'integer' }, '12345678901234567890'],
  [{ type: 'number' }, '1e400'],
  [{ type: 'number' }, 'NaN'],
  [{ type: 'number' }, true],
  [{ type: 'boolean' }, 'yes'],
  [{ type: 'boolean' }, 'True'],
  [{ type: 'boolean' }, 1],
  [{ type: ['string', 'integer'] }, 1],
  [{ enum: ['1', '2'] }, 1],
  [{ patternProperties: { '^a': { type: 'string' } } }, { a: 1 }],
  [{}, '1'],
])('%j leaves %j as it is', (definition, value) => {
  expect(coerced(definition, value)).toEqual(value)
})

test.each<[Json, string, Json]>([
  [{ type: 'string' }, '1234567', '1234567'],
  [{ type: 'string' }, '1.0', '1.0'],
  [{ type: 'string' }, '1e3', '1e3'],
  [{ type: 'string' }, '12345678901234567890', '12345678901234567890'],
  [{ type: 'string' }, 'true', 'true'],
  [{ type: 'string' }, '"quoted"', 'quoted'],
  [{ type: 'string' }, '{"a":1}', '{"a":1}'],
  [{ type: 'string' }, '[1]', '[1]'],
  [{ type: 'string' }, 'null', null],
  [{ type: 'string' }, '', ''],
  [{ type: 'integer' }, '5', 5],
  [{ type: 'integer' }, '"5"', 5],
  [{ type: 'integer' }, '12345678901234567890', '12345678901234567890'],
  [{ type: 'boolean' }, 'true', true],
  [{ type: 'object' }, '{"a":[1]}', { a: [1] }],
  [{ type: ['string', 'object'] }, '{"a":1}', { a: 1 }],
  [{}, '01234', '01234'],
  [{}, '7', 7],
  [{}, '12345678901234567890', '12345678901234567890'],
])('%j reads what was typed as %j as %j', (definition, text, expected) => {
  expect(typed(definition, text)).toEqual(expected)
})

test('a number inside of what was typed that cannot be kept is refused with its path', () => {
  expect(() => typed({ type: 'object' }, '{"ids":[12345678901234567890]}')).toThrow(
    'parameters.value.ids.0: is a number with more digits',
  )
})

const kinds = ['string', 'integer', 'number', 'boolean', 'null', 'array', 'object']
const definitions = fc.letrec<{ one: JsonObject }>((tie) => ({
  one: fc.oneof(
    { depthSize: 'small' },
    fc.record({ type: fc.constantFrom(...kinds) }),
    fc.record({ type: fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }) }),
    fc.record({ items: tie('one') }),
    fc.record({ additionalProperties: tie('one') }),
    fc.record({ properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('one')) }),
    fc.record({ anyOf: fc.array(tie('one'), { minLength: 1, maxLength: 3 }) }),
  ),
})).one
const scalarTexts = fc.oneof(fc.integer().map(String), fc.boolean().map(String), fc.string())
const values: fc.Arbitrary<Json> = fc.letrec<{ one: Json }>((tie) => ({
  one: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), scalarTexts),
    fc.constant(null),
    fc.array(tie('one'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('one')),
  ),
})).one

test('what fits stays as it is, twice is once, and every scalar says the same as before', () => {
  fc.assert(
    fc.property(definitions, values, (definition, value) => {
      const compiled = schema(definition)
      const once = compiled.coerce({ value })

      if (compiled.validate({ value }, '').length === 0 && value !== null) expect(once).toEqual({ value })
      expect(compiled.coerce(once)).toEqual(once)
      expect(spoken(once)).toEqual(spoken({ value }))
    }),
    { numRuns: 2000 },
  )
})

/** Every scalar as the text that it is. */
function spoken(value: Json): Json {
  if (Array.isArray(value)) return value.map(spoken)
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoken(inner)]))
  if (value === null) return null
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? String(value) : number + 0
}
