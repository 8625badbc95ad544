/** NUL, and a surrogate without its other half: PostgreSQL stores neither. */
// oxlint-disable-next-line no-control-regex -- NUL is what this looks for
export const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const EVERY_UNSTORABLE = new RegExp(UNSTORABLE.source, 'g')

/** The text with U+FFFD in the place of what cannot be stored. */
export function storableText(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll(EVERY_UNSTORABLE, '\uFFFD') : text
}

/** The key of an object with what cannot be stored written as JSON escapes it: replaced, two keys could become one. */
export function storableKey(key: string): string {
  return UNSTORABLE.test(key) ? key.replaceAll(EVERY_UNSTORABLE, escapeOf) : key
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * The members of an object under other keys. Where two would become one, or one the key of a member that keeps its own,
 * it is numbered: nothing is lost.
 */
export function renamed<Value>(
  members: readonly [string, Value][],
  rename: (key: string) => string,
): [string, Value][] {
  const names = members.map(([key]) => rename(key))
  if (members.every(([key], index) => names[index] === key)) return [...members]
  const taken = new Set(names.filter((name, index) => name === members[index]?.[0]))
  return members.map(([key, value], index) => {
    const name = names[index] ?? key
    return [name === key ? key : free(name, taken), value]
  })
}

function free(name: string, taken: Set<string>): string {
  let candidate = name
  for (let n = 2; taken.has(candidate); n += 1) candidate = `${name}~${n}`
  taken.add(candidate)
  return candidate
}
