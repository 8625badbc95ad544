import type { Json } from '../json.ts'
import { storableText } from '../text/storable-text.ts'

/** Deeper than anything that is said here; jsonb and the stack both end somewhere below. */
const DEEPEST = 100

/** What came out of JSON.parse, fit for a jsonb column. Never throws: bytes from outside may be anything. */
export function storable(value: unknown, depth = 0): Json {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (depth === DEEPEST) return '(nested deeper than is kept)'
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [storableText(key), storable(child, depth + 1)]),
  )
}
