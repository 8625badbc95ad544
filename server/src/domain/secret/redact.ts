import { secretMarker } from '../../expressions/taint.ts'
import { isJsonObject, type Json } from '../../json.ts'
import { segmentsOf } from '../../text/json-pointer.ts'

export function isMarker(value: Json): boolean {
  return isJsonObject(value) && value.$attune_secret === true
}

/** Whether a marker stands anywhere in the value: then its secrets have rows of their own. */
export function holdsMarker(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isMarker(value) || Object.values(value).some(holdsMarker)
}

/** A value that was cut out, and where. */
export type ExtractedSecret = { pointer: string; value: Json }

/**
 * Marks a secret as one that stands nowhere in the value, but that something in it was made from: it is kept with the
 * others, to be hidden with them.
 */
export const sourceUnder =
  (root: string) =>
  ({ pointer, value }: ExtractedSecret): ExtractedSecret => ({ pointer: `source:${root}${pointer}`, value })

function isPlace({ pointer }: ExtractedSecret): boolean {
  return pointer === '' || pointer.startsWith('/')
}

/** A copy of the value with markers at the pointers, and what stood there. Pointers that lead nowhere are skipped. */
export function redact<Value extends Json>(
  value: Value,
  pointers: Iterable<string>,
): { redacted: Value; secrets: ExtractedSecret[] } {
  const secrets: ExtractedSecret[] = []
  let redacted: Json = value
  for (const pointer of new Set(pointers)) {
    redacted = replaceAt(redacted, segmentsOf(pointer), (found) => {
      if (found === null || isMarker(found)) return found
      secrets.push({ pointer, value: found })
      return secretMarker
    })
  }
  return { redacted: redacted as Value, secrets } // markers stand where other JSON stood
}

/** The value with its secrets back in their places. */
export function restore<Value extends Json>(value: Value, secrets: readonly ExtractedSecret[]): Value {
  return secrets
    .filter(isPlace)
    .reduce<Json>(
      (all, { pointer, value: secret }) => replaceAt(all, segmentsOf(pointer), () => secret),
      value,
    ) as Value
}

/** Copies along the path only; leaves the value alone when the path does not exist in it. */
function replaceAt(value: Json, path: readonly string[], change: (found: Json) => Json): Json {
  const [head, ...rest] = path
  if (head === undefined) return change(value)
  if (Array.isArray(value)) {
    const index = Number(head)
    return value[index] === undefined
      ? value
      : value.map((item, at) => (at === index ? replaceAt(item, rest, change) : item))
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, head)) return value
  const found = value[head]
  return found === undefined ? value : { ...value, [head]: replaceAt(found, rest, change) }
}
