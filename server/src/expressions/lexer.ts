import { ExpressionError } from './error.ts'
import { type Foreign, foreignSymbol } from './foreign.ts'
import { isBlank } from './text.ts'

export type Token = {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end'
  /** The name, the symbol, the digits of a number, or the contents of a string. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const symbols = ['==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '/', '%', '(', ')', '[', ']', ',', '.']

const digits = /\d+/y
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const name = /[A-Za-z_][A-Za-z0-9_]*/y

/** Splits the text of an expression into tokens; the last one is `end`. Throws on text that is no token. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let position = skipBlanks(source, 0)
  while (position < source.length) {
    const token = readToken(source, position, tokens.at(-1))
    tokens.push(token)
    position = skipBlanks(source, token.end)
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length })
  return tokens
}

function skipBlanks(source: string, from: number): number {
  let position = from
  while (position < source.length && isBlank(source.charCodeAt(position))) position += 1
  return position
}

function readToken(source: string, start: number, previous: Token | undefined): Token {
  const first = source.charAt(start)
  if (first === '"' || first === "'") return readString(source, start)
  // After a dot, digits are an array index: `a.0.1` is two of them, not the number 0.1.
  const afterDot = previous?.kind === 'symbol' && previous.text === '.'
  return (
    readPattern(source, start, { kind: 'name', pattern: name }) ??
    readPattern(source, start, { kind: 'number', pattern: afterDot ? digits : number }) ??
    readSymbol(source, start)
  )
}

type Kind = { kind: 'name' | 'number'; pattern: RegExp }

function readPattern(source: string, start: number, { kind, pattern }: Kind): Token | undefined {
  pattern.lastIndex = start
  const text = pattern.exec(source)?.[0]
  return text === undefined ? undefined : { kind, text, start, end: start + text.length }
}

function readSymbol(source: string, start: number): Token {
  const meant = foreignSymbol(source, start)
  if (meant !== undefined) throw notOurs(source, start, meant)
  const symbol = symbols.find((each) => source.startsWith(each, start))
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, start, end: start + symbol.length }
  const text = String.fromCodePoint(source.codePointAt(start) ?? 0)
  throw notOurs(source, start, { text, remedy: 'put text in quotes' })
}

function notOurs(source: string, start: number, { text, remedy }: Foreign): ExpressionError {
  return new ExpressionError({
    kind: 'parse',
    problem: `'${text}' is not part of the expression language`,
    remedy,
    expression: source,
    at: { start, end: start + text.length },
  })
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }

/** Reads a string literal. A backslash before any other character stays, so that patterns are easy to write. */
function readString(source: string, start: number): Token {
  const quote = source.charAt(start)
  let text = ''
  let position = start + 1
  while (position < source.length) {
    const char = source.charAt(position)
    if (char === quote) return { kind: 'string', text, start, end: position + 1 }
    const next = source.charAt(position + 1)
    const escaped = char === '\\' ? (next === quote ? quote : escapes[next]) : undefined
    text += escaped ?? char
    position += escaped === undefined ? 1 : 2
  }
  throw new ExpressionError({
    kind: 'parse',
    problem: 'The text literal is not closed',
    remedy: `end it with ${quote}`,
    expression: source,
    at: { start, end: source.length },
  })
}
