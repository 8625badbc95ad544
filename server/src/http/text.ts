import type { Json } from '../json.ts'
import type { FieldProblem } from '../problem.ts'

/** NUL, and a surrogate without its other half: PostgreSQL stores neither. */
const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const EVERY_UNSTORABLE = new RegExp(UNSTORABLE.source, 'g')

/** The value with U+FFFD in the place of what cannot be stored, in keys too. The same value when all is well. */
export function storable(value: Json): Json {
  switch (typeof value) {
    case 'string':
      return UNSTORABLE.test(value) ? value.replaceAll(EVERY_UNSTORABLE, '\uFFFD') : value
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? value.map(storable) : storableObject(value)
    default:
      return value
  }
}

function storableObject(value: { [key: string]: Json }): Json {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [String(storable(key)), storable(child)]),
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
