import type { Json, JsonObject } from '../json.ts'
import type { FieldProblem } from '../problem.ts'
import { renamed, storableKey, storableText, UNSTORABLE } from '../text/storable-text.ts'

/** The value with U+FFFD in the place of what cannot be stored; keys have its escape and stay apart. */
export function storable(value: Json): Json {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? value.map(storable) : storableObject(value)
}

/** The same for an object. */
export function storableObject(object: JsonObject): JsonObject {
  const members = renamed(Object.entries(object), storableKey)
  return Object.fromEntries(members.map(([key, child]) => [key, storable(child)]))
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
