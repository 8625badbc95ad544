/** NUL, and a surrogate without its other half: PostgreSQL stores neither. */
// oxlint-disable-next-line no-control-regex -- NUL is what this looks for
export const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const EVERY_UNSTORABLE = new RegExp(UNSTORABLE.source, 'g')

/** The text with U+FFFD in the place of what cannot be stored. */
export function storableText(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll(EVERY_UNSTORABLE, '\uFFFD') : text
}
