import type { Json } from '../json.ts'
import { renamed, storableKey, storableText } from '../text/storable-text.ts'

/** Deeper than anything that is said here; jsonb and the stack both end somewhere below. */
const DEEPEST = 100

/** What came out of JSON.parse, fit for a jsonb column. Never throws: bytes from outside may be anything. */
export function storable(value: unknown, depth = 0): Json {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (depth === DEEPEST) return '(nested deeper than is kept)'
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1))
  const members = renamed<unknown>(Object.entries(value), storableKey)
  return Object.fromEntries(members.map(([key, child]) => [key, storable(child, depth + 1)]))
}
