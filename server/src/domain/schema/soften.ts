import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { mapChildren } from './keyword.ts'

/** Says of a value that it is not known yet (a template, a redacted secret), so that nothing can be checked there. */
export type Unknown = (value: Json) => boolean

/** Our own keyword: holds for a value that is not known yet. */
export const isUnknownKeyword = 'isUnknown'
/** Our own keyword: holds for a value that is not known yet or has one inside. */
export const holdsUnknownKeyword = 'holdsUnknown'

/** Keywords whose verdict on a container may change once the unknown values inside it are known. */
const undecided: ReadonlySet<string> = new Set([
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
])

/**
 * A JSON Schema that accepts an unknown value anywhere and checks all that is around it. A value is refused
 * only if nothing that the unknown parts may become can make it right.
 */
export function soften(definition: JsonObject): JsonObject {
  const entries = Object.entries(definition)
  const decided = entries.filter(([keyword, value]) => !isUndecided(keyword, value))
  const open = entries.filter(([keyword, value]) => isUndecided(keyword, value))
  const known = mapChildren(Object.fromEntries(decided), softenInner)
  return {
    if: { [isUnknownKeyword]: true },
    else: open.length === 0 ? known : { allOf: [known, softenOpen(Object.fromEntries(open))] },
  }
}

/** A container with an unknown inside can become equal to a container only. */
function isUndecided(keyword: string, value: Json): boolean {
  if (keyword === 'const') return isContainer(value)
  if (keyword === 'enum' && Array.isArray(value)) return value.some(isContainer)
  return undecided.has(keyword)
}

function isContainer(value: Json): boolean {
  return typeof value === 'object' && value !== null
}

function softenInner(definition: Json, keyword: string): Json {
  // A name is never rendered, so a template in it is plain text.
  return isJsonObject(definition) && keyword !== 'propertyNames' ? soften(definition) : definition
}

/** Without an unknown inside, the original keywords decide, which also keeps the result from doubling per level. */
function softenOpen(open: JsonObject): JsonObject {
  const { oneOf } = open
  return {
    if: { [holdsUnknownKeyword]: true },
    // Several forms may fit as long as values are open: at least one must.
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: Array.isArray(oneOf) ? { anyOf: oneOf.map((form) => softenInner(form, 'oneOf')) } : true,
    else: open,
  }
}

/** Tells whether a value, or one inside it, is unknown. The caller bounds the depth. */
export function holdsUnknown(value: Json, isUnknown: Unknown): boolean {
  if (isUnknown(value)) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((inner) => holdsUnknown(inner, isUnknown))
}
