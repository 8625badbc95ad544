import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/json.ts'
import { isJsonObject } from '../../src/json.ts'

/*
 * Values of a JSON Schema as our OpenAPI document writes it: mostly what it asks for, and here and there something
 * that no client in its right mind would send.
 */

const hostile: fc.Arbitrary<Json> = fc.constantFrom<Json[]>(
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e308,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e‮',
  'é'.repeat(300),
  'x'.repeat(20_000),
  "'; drop table rule; --",
  '../../../etc/passwd',
  '%00',
  '{{',
  '{{ event.payload.a }}',
  '{{ 1 / 0 }}',
  '$1',
  '2026-02-31T25:61:61Z',
  '9999-12-31T23:59:59.999999999+14:00',
  '((((((((((a+)+)+)+)+)+)+)+)+)+$',
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
  { $attune_secret: true },
  { constructor: { prototype: {} } },
)

/** An arbitrary of values of the schema. */
export function fromSchema(schema: unknown, depth = 0): fc.Arbitrary<Json> {
  const valid = validOf(isJsonObject(schema) ? schema : {}, depth)
  return fc.oneof({ weight: 14, arbitrary: valid }, { weight: 1, arbitrary: hostile })
}

function validOf(schema: JsonObject, depth: number): fc.Arbitrary<Json> {
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options) && options.length > 0)
    return fc.oneof(...options.map((option) => fromSchema(option, depth)))
  if ('const' in schema) return fc.constant(schema['const'] ?? null)
  if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return fc.constantFrom(...schema['enum'])
  const types = [schema['type'] ?? []].flat()
  if (types.length === 0) return depth > 3 ? fc.constant(null) : anything
  return fc.oneof(...types.map((type) => typed(type, schema, depth)))
}

/** Free content: small, and sometimes with a template in it. */
const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json), // JSON all the way
  fc.constantFrom<Json[]>({ a: '{{ event.payload.a }}' }, [{ field: 'a', operator: 'equals', value: 1 }]),
)

const kinds: Readonly<Record<string, (schema: JsonObject, depth: number) => fc.Arbitrary<Json>>> = {
  string: textOf,
  integer: ({ minimum, maximum }) =>
    fc.integer({ min: numberOf(minimum, -3), max: numberOf(maximum, 2_000) }),
  number: () => fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  boolean: () => fc.boolean(),
  array: ({ items }, depth) => fc.array(fromSchema(items, depth + 1), { maxLength: 3 }),
  object: objectOf,
}

function typed(type: Json, schema: JsonObject, depth: number): fc.Arbitrary<Json> {
  const kind = typeof type === 'string' ? kinds[type] : undefined
  return kind === undefined ? fc.constant(null) : kind(schema, depth)
}

function numberOf(given: Json | undefined, otherwise: number): number {
  return typeof given === 'number' ? given : otherwise
}

function textOf(schema: JsonObject): fc.Arbitrary<Json> {
  const { format, pattern } = schema
  if (format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '1970-01-01T00:00:00+02:00')
  if (typeof pattern === 'string') return fc.oneof(fc.stringMatching(new RegExp(pattern)), word)
  const minLength = numberOf(schema['minLength'], 0)
  const maxLength = Math.min(numberOf(schema['maxLength'], 40), minLength + 40)
  return fc.oneof(word, fc.string({ minLength, maxLength, unit: 'grapheme' }))
}

const word = fc.constantFrom('demo', 'demo.one', 'fuzz.made', 'shell', 'core.echo', 'a', '1h', '7d', 'true')

function objectOf(schema: JsonObject, depth: number): fc.Arbitrary<Json> {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const known: Record<string, fc.Arbitrary<Json>> = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, fromSchema(property, depth + 1)]),
  )
  const requiredKeys = Object.keys(known).filter((name) => required.includes(name))
  const named: fc.Arbitrary<JsonObject> = fc.record(known, { requiredKeys })
  const free = schema['additionalProperties'] !== false && Object.keys(known).length === 0 && depth < 3
  return free
    ? fc.dictionary(fc.string({ maxLength: 8 }), fromSchema(schema['additionalProperties'], depth + 2), {
        maxKeys: 3,
      })
    : named
}
