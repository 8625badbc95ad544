/** Where a text stops being JSON. */
export type JsonFault = { position: number; line: number; column: number; found: string }

/** What may come next. */
type Wanted = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing'

const SPACE = /[ \t\n\r]*/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

type Reading = { text: string; at: number; open: ('{' | '[')[]; wanted: Wanted }

/** The first place where a text is not JSON; undefined where it is. Parsers do not always say. */
export function jsonFault(text: string): JsonFault | undefined {
  const reading: Reading = { text, at: 0, open: [], wanted: 'value' }
  for (;;) {
    reading.at = skip(SPACE, text, reading.at) ?? reading.at
    const char = text[reading.at]
    if (char === undefined) return reading.wanted === 'nothing' ? undefined : faultAt(text, reading.at)
    const fault = step(reading, char)
    if (fault !== undefined) return faultAt(text, fault)
  }
}

/** Goes on by one token, or answers where that cannot be. */
function step(reading: Reading, char: string): number | undefined {
  const { at, open, wanted } = reading
  if (wanted.endsWith('or end') && isEnd(char, open.at(-1))) {
    open.pop()
    return goOn(reading, at + 1, afterValue(reading))
  }
  switch (wanted) {
    case 'value':
    case 'value or end':
      return value(reading, char)
    case 'name':
    case 'name or end':
      return char === '"' ? string(reading, 'colon') : at
    case 'colon':
    case 'comma or end':
    case 'nothing':
      return sign(reading, char, wanted)
  }
}

function sign(
  reading: Reading,
  char: string,
  wanted: 'colon' | 'comma or end' | 'nothing',
): number | undefined {
  const { at, open } = reading
  if (wanted === 'colon' && char === ':') return goOn(reading, at + 1, 'value')
  if (wanted === 'comma or end' && char === ',')
    return goOn(reading, at + 1, open.at(-1) === '{' ? 'name' : 'value')
  return at
}

function goOn(reading: Reading, at: number, wanted: Wanted): undefined {
  reading.at = at
  reading.wanted = wanted
}

const afterValue = ({ open }: Reading): Wanted => (open.length === 0 ? 'nothing' : 'comma or end')

const isEnd = (char: string, opened: '{' | '[' | undefined) =>
  (char === '}' && opened === '{') || (char === ']' && opened === '[')

function value(reading: Reading, char: string): number | undefined {
  const { text, at, open } = reading
  if (char === '{' || char === '[') {
    open.push(char)
    return goOn(reading, at + 1, char === '{' ? 'name or end' : 'value or end')
  }
  if (char === '"') return string(reading, afterValue(reading))
  const end = skip(SCALAR, text, at)
  return end === undefined ? at : goOn(reading, end, afterValue(reading))
}

function string(reading: Reading, next: Wanted): number | undefined {
  const end = endOfString(reading.text, reading.at)
  return end.at === undefined ? end.fault : goOn(reading, end.at, next)
}

function skip(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const PLAIN = /[^"\\\u0000-\u001f]*/y // oxlint-disable-line no-control-regex -- JSON forbids these in text

/** Where it ends, or where it cannot go on. */
type StringEnd = { at: number } | { at?: undefined; fault: number }

function endOfString(text: string, from: number): StringEnd {
  let at = from + 1
  for (;;) {
    at = skip(PLAIN, text, at) ?? at
    if (text[at] === '"') return { at: at + 1 }
    const next = text[at] === '\\' ? skip(ESCAPE, text, at) : undefined
    if (next === undefined) return { fault: at }
    at = next
  }
}

function faultAt(text: string, position: number): JsonFault {
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - before.lastIndexOf('\n')
  const char = String.fromCodePoint(text.codePointAt(position) ?? 0)
  return { position, line, column, found: position >= text.length ? 'the end' : JSON.stringify(char) }
}
