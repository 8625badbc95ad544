import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { checkPattern } from './pattern.ts'

/** How a keyword holds the definitions inside it: one, a list of them, or a map by name. */
export type Shape = 'one' | 'list' | 'map'

export const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['properties', 'map'],
  ['patternProperties', 'map'],
  ['dependentSchemas', 'map'],
  ['prefixItems', 'list'],
  ['allOf', 'list'],
  ['anyOf', 'list'],
  ['oneOf', 'list'],
  ['items', 'one'],
  ['contains', 'one'],
  ['additionalProperties', 'one'],
  ['propertyNames', 'one'],
  ['not', 'one'],
  ['if', 'one'],
  ['then', 'one'],
  ['else', 'one'],
])

/** Formats that are asserted; any other format is a hint for people. */
export const assertedFormats: ReadonlySet<string> = new Set(['date-time', 'uri', 'email'])

export const types = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']

/** Says what is wrong with the value of a keyword, or nothing. */
type ValueCheck = (value: Json) => string | undefined

/** Keywords that restrict a value. Whatever is in neither map is an annotation and ignored. */
export const assertions: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ['type', checkType],
  ['enum', (value) => (isFilledList(value) ? undefined : 'must be a list with at least one allowed value')],
  ['const', () => undefined],
  ['minimum', number],
  ['maximum', number],
  ['exclusiveMinimum', number],
  ['exclusiveMaximum', number],
  ['multipleOf', (value) => (isNumber(value) && value > 0 ? undefined : 'must be a number greater than 0')],
  ['minLength', count],
  ['maxLength', count],
  [
    'pattern',
    (value) => (typeof value === 'string' ? checkPattern(value) : 'must be a pattern, as a string'),
  ],
  ['format', (value) => (typeof value === 'string' ? undefined : 'must be a string such as "date-time"')],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', flag],
  ['minContains', count],
  ['maxContains', count],
  ['minProperties', count],
  ['maxProperties', count],
  ['dependentRequired', checkDependentRequired],
  ['required', checkRequired],
])

/** Keywords of the flat dialect, which JSON Schema does not know. */
export const dialect: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ['secret', flag],
  ['position', (value) => (Number.isInteger(value) ? undefined : 'must be a whole number')],
])

/** Keywords that restrict values in JSON Schema but not here: ignoring them would let wrong values pass. */
export const unsupported: ReadonlyMap<string, string> = new Map([
  ['$ref', 'is not supported; write the definition in place'],
  ['$dynamicRef', 'is not supported; write the definition in place'],
  ['$recursiveRef', 'is not supported; write the definition in place'],
  ['unevaluatedProperties', 'is not supported; use additionalProperties'],
  ['unevaluatedItems', 'is not supported; use items after prefixItems'],
  ['additionalItems', 'is not supported; use items after prefixItems'],
  ['dependencies', 'is not supported; use dependentRequired or dependentSchemas'],
])

function checkType(value: Json): string | undefined {
  const named = Array.isArray(value) ? value : [value]
  const known = named.length > 0 && named.every((one) => typeof one === 'string' && types.includes(one))
  return known ? undefined : `must be one of ${types.join(', ')}; leave it out to accept any value`
}

function checkRequired(value: Json): string | undefined {
  return typeof value === 'boolean' || isNameList(value)
    ? undefined
    : 'must be true, false or a list of names'
}

function checkDependentRequired(value: Json): string | undefined {
  const valid = isJsonObject(value) && Object.values(value).every(isNameList)
  return valid ? undefined : 'must map a name to a list of names'
}

function number(value: Json): string | undefined {
  return isNumber(value) ? undefined : 'must be a number'
}

function count(value: Json): string | undefined {
  return isNumber(value) && Number.isInteger(value) && value >= 0
    ? undefined
    : 'must be a whole number, 0 or more'
}

function flag(value: Json): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false'
}

function isNumber(value: Json): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isFilledList(value: Json): boolean {
  return Array.isArray(value) && value.length > 0
}

function isNameList(value: Json): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

/** A definition inside another: under which keyword, and under which name or index there. */
export type Child = { keyword: string; key: string | number | undefined; definition: Json }

/** The definitions directly inside one. What has the wrong shape is left out. */
export function childrenOf(definition: JsonObject): Child[] {
  return Object.entries(definition).flatMap(([keyword, value]) => childrenUnder(keyword, value))
}

function childrenUnder(keyword: string, value: Json): Child[] {
  const shape = shapes.get(keyword)
  if (shape === 'one') return [child(keyword, undefined, value)]
  if (shape === 'list' && Array.isArray(value)) return value.map((one, index) => child(keyword, index, one))
  if (shape === 'map' && isJsonObject(value))
    return Object.entries(value).map(([name, one]) => child(keyword, name, one))
  return []
}

function child(keyword: string, key: string | number | undefined, definition: Json): Child {
  return { keyword, key, definition }
}

/** The same definition with each definition directly inside it replaced. */
export function mapChildren(
  definition: JsonObject,
  replace: (inner: Json, keyword: string) => Json,
): JsonObject {
  return Object.fromEntries(
    Object.entries(definition).map(([keyword, value]): [string, Json] => {
      const shape = shapes.get(keyword)
      if (shape === 'one') return [keyword, replace(value, keyword)]
      if (shape === 'list' && Array.isArray(value))
        return [keyword, value.map((one) => replace(one, keyword))]
      if (shape === 'map' && isJsonObject(value)) return [keyword, mapValues(value, keyword, replace)]
      return [keyword, value]
    }),
  )
}

function mapValues(
  map: JsonObject,
  keyword: string,
  replace: (inner: Json, keyword: string) => Json,
): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, replace(one, keyword)]))
}
