import type { Json, JsonObject } from '../json.ts'
import type { FieldProblem } from '../problem.ts'

/** NUL, and a surrogate without its other half: PostgreSQL stores neither. */
// oxlint-disable-next-line no-control-regex -- NUL is what this looks for
const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const EVERY_UNSTORABLE = new RegExp(UNSTORABLE.source, 'g')

/** The text with U+FFFD in the place of what cannot be stored. */
export function storableText(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll(EVERY_UNSTORABLE, '\uFFFD') : text
}

/** The value with U+FFFD in the place of what cannot be stored, in keys too. */
export function storable(value: Json): Json {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? value.map(storable) : storableObject(value)
}

/** The same for an object. */
export function storableObject(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, child]) => [storableText(key), storable(child)]),
  )
}

/** Where text in `value` cannot be stored: dotted paths under `field`. For names and refs, which are refused. */
export function unstorableText(value: unknown, field: string): FieldProblem[] {
  if (typeof value === 'string') {
    const message = 'contains NUL or half of a surrogate pair, which cannot be stored; remove it'
    return UNSTORABLE.test(value) ? [{ field, message }] : []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    unstorableText(child, field === '' ? key : `${field}.${key}`),
  )
}
