/*
 * What a JSON text costs is not its bytes: a megabyte of short keys takes a hundred times as long to read as a megabyte
 * of text. These bounds keep the reading, checking and storing of a body below a fifth of a second.
 */
const MAX_KEYS = 50_000
const MAX_VALUES = 200_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b

/**
 * What is too much about a JSON text, told from its bytes before anything is made of them; undefined when nothing is.
 * Whether it is JSON at all is for the parser to say. Levels are values too, so they have an end as well.
 */
export function excessOf(json: Uint8Array): string | undefined {
  let keys = 0
  let values = 1
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfText(json, at)
    else if (byte === COLON) keys += 1
    else if (byte === COMMA || byte === OPEN_OBJECT || byte === OPEN_ARRAY) values += 1
    if (keys > MAX_KEYS) return `has too many fields; at most ${MAX_KEYS} are allowed in all`
    if (values > MAX_VALUES) return `has too many values; at most ${MAX_VALUES} are allowed in all`
  }
  return undefined
}

/** Where the text that begins at `from` has its closing quote. */
function endOfText(json: Uint8Array, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}
