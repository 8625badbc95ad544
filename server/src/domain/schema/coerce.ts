import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { INEXACT, readExactJson } from '../../text/exact-json.ts'
import { isExactNumber } from '../../text/exact-number.ts'
import { Problem } from '../../problem.ts'

/**
 * What came as the wrong kind of scalar, as the kind that the definition asks for: a number or boolean as its JSON text,
 * and text as a number or boolean where it is exactly one. What fits stays, nothing is lost, and what cannot be
 * converted is left for the check to refuse. Objects and arrays are not converted, what is in them is.
 */
export function coerce(value: Json, definition: Json): Json {
  if (!isJsonObject(definition)) return value
  if (Array.isArray(value)) return coerceItems(value, definition)
  if (isJsonObject(value)) return coerceMembers(value, definition)
  return value === null ? null : coerceScalar(value, typesOf(definition))
}

function coerceItems(items: Json[], { items: rest, prefixItems }: JsonObject): Json[] {
  const first = Array.isArray(prefixItems) ? prefixItems : []
  return same(
    items,
    items.map((item, index) => coerce(item, first[index] ?? rest ?? true)),
  )
}

/** The object itself where nothing is to be converted. */
function coerceMembers(object: JsonObject, definition: JsonObject): JsonObject {
  const entries = Object.entries(object)
  const changed = entries.map(([name, value]): [string, Json] => [
    name,
    coerce(value, memberOf(definition, name)),
  ])
  return changed.every(([, value], index) => Object.is(value, entries[index]?.[1]))
    ? object
    : Object.fromEntries(changed)
}

function same(before: Json[], after: Json[]): Json[] {
  return after.every((value, index) => Object.is(value, before[index])) ? before : after
}

/** What a definition says of a member; of one that a pattern may name, nothing is certain. */
export function memberOf(definition: JsonObject, name: string): Json {
  const { properties, patternProperties, additionalProperties } = definition
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return properties[name] ?? true
  return patternProperties === undefined ? (additionalProperties ?? true) : true
}

/** The types that a definition takes; undefined where it does not say. */
function typesOf(definition: Json): ReadonlySet<string> | undefined {
  if (!isJsonObject(definition)) return undefined
  const { type, anyOf, oneOf } = definition
  if (type !== undefined) return new Set([type].flat().filter((one) => typeof one === 'string'))
  const forms = anyOf ?? oneOf
  if (!Array.isArray(forms)) return undefined
  const each = forms.map(typesOf)
  return each.some((one) => one === undefined) ? undefined : new Set(each.flatMap((one) => [...(one ?? [])]))
}

function coerceScalar(
  value: string | number | boolean,
  taken: ReadonlySet<string> | undefined,
): string | number | boolean {
  if (taken === undefined || takes(taken, value)) return value
  if (typeof value !== 'string') return taken.has('string') ? JSON.stringify(value) : value
  if (taken.has('boolean') && (value === 'true' || value === 'false')) return value === 'true'
  return isExactNumber(value) && takes(taken, Number(value)) ? Number(value) : value
}

function takes(taken: ReadonlySet<string>, value: Json): boolean {
  return taken.has(kindOf(value)) || (taken.has('integer') && Number.isInteger(value))
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * The value that somebody has typed as text, as the definition asks for it: JSON where it is JSON, else the text. Where
 * only text will do it stays as it was typed, digit by digit, unless it is a string of JSON. `field` names it.
 */
export function coerceTyped(text: string, definition: Json, field: string): Json {
  const said = jsonIn(text, field)
  if (said === undefined) return coerce(text, definition)
  const taken = typesOf(definition)
  const isText = taken !== undefined && taken.has('string') && !takes(taken, said)
  return isText && said !== null ? text : coerce(said, definition)
}

/** A number that cannot be held is text: rounded, it would name another thing. */
function jsonIn(text: string, field: string): Json | undefined {
  try {
    const { value, inexact } = readExactJson(text)
    if (inexact.length === 0) return value
    if (inexact[0] === '') return undefined
    const details = inexact.map((path) => ({ field: `${field}.${path}`, message: INEXACT }))
    throw new Problem(
      'VALIDATION_ERROR',
      `${details.map((one) => `${one.field}: ${one.message}`).join('; ')}.`,
      details,
    )
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
