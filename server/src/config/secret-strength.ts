/** Secrets that people copy from examples, or think up in a hurry. */
const SAMPLE =
  /change.?(me|this|it|in)|replace.?(me|this|with)|your.?(jwt|own|secret|key|encryption|token)|super.?secret|(dev|development|test|jwt|my|default|demo|sample|example)[-_](jwt[-_])?(secret|key|token)|placeholder|insecure|do.?not.?use|password|qwerty|letmein/i

const LEAST_BYTES = 32
const LEAST_DISTINCT = 10

/** How to make one that is good. */
export const howToMake = 'make one with `openssl rand -base64 32`'

/** What is wrong with a secret; undefined when nothing is. Never says the secret. */
export function secretFault(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < LEAST_BYTES) return `must have ${LEAST_BYTES} bytes or more`
  if (SAMPLE.test(secret)) return 'is a sample that others know'
  if (isRepeated(secret)) return 'repeats itself'
  if (new Set(secret).size < LEAST_DISTINCT || isRow(secret)) return 'is too easy to guess'
  return undefined
}

/** One piece again and again: it is found in itself doubled before its end. */
function isRepeated(text: string): boolean {
  const period = (text + text).indexOf(text, 1)
  return period <= text.length / 2
}

/** Mostly neighbours: abcdef…, 0123…, 9876…. */
function isRow(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0))
  const even = steps.filter((step) => Math.abs(step) <= 1).length
  return even > steps.length / 2
}
