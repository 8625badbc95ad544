/**
 * What must not reach a terminal as it is: control characters drive it, bidirectional marks reorder what is
 * read, lone surrogates and invisible spaces make two names look alike.
 */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu

/** Same text with every unsafe character written out: a name from elsewhere cannot move the cursor. */
export function visible(text: string): string {
  return text.replace(unsafe, escapeOf)
}

/** For a table cell: line breaks become spaces, everything else unsafe becomes visible. */
export function oneLine(text: string): string {
  return visible(text.trim().replace(/[ \t]*[\r\n]+[ \t]*/g, ' '))
}

/** For printed JSON: the same value with unsafe characters as `\uXXXX`. Line breaks here are layout. */
export function safeJson(document: string): string {
  return document.replace(unsafe, (character) => (character === '\n' ? character : unicodeOf(character)))
}

export function hasUnsafe(text: string): boolean {
  return text.search(unsafe) >= 0
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeOf(character)
}

function unicodeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
