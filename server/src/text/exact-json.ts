import { randomUUID } from 'node:crypto'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'
import { isExactNumber } from './exact-number.ts'
import { isDeeperThan } from './json-depth.ts'

/** What JSON says: numbers that a double cannot hold are their text, and `inexact` says where, as dotted paths. */
export type ExactJson = { value: Json; inexact: string[] }

/**
 * Reads JSON without changing a number. Throws the SyntaxError of the parser. It costs a look at the text more than
 * parsing it; only a text with a number that may be too long is looked at closely.
 */
export function readExactJson(text: string): ExactJson {
  const value: Json = JSON.parse(text)
  const literals = inexactLiterals(text)
  return literals.length === 0 ? { value, inexact: [] } : withTexts(text, literals)
}

/** The value of JSON that has been parsed, with numbers that a double cannot hold as their text. */
export function withExactNumbers(text: string, value: Json): Json {
  const literals = inexactLiterals(text)
  return literals.length === 0 ? value : withTexts(text, literals).value
}

/** Refuses JSON, which has been parsed, with a number that a double cannot hold. `field` is what paths begin with. */
export function requireExactNumbers(text: string, field = ''): void {
  const literals = inexactLiterals(text)
  if (literals.length === 0) return
  const details = withTexts(text, literals.slice(0, MOST_TOLD)).inexact.map((path) => ({
    field: [field, path].filter((part) => part !== '').join('.') || 'body',
    message: INEXACT,
  }))
  throw new Problem(
    'VALIDATION_ERROR',
    `${details.map((one) => `${one.field}: ${one.message}`).join('; ')}.`,
    details,
  )
}

export const INEXACT = 'is a number with more digits than can be kept; send it as text, in quotes'

const MOST_TOLD = 20
const MAX_LEVELS = 500

type Literal = { from: number; to: number }

/** What `isExactNumber` may deny: sixteen digits, a point among them, or a power of ten with three. */
const CANDIDATE = /\d[\d.]{15,}(?:[eE][+-]?\d+)?|\d[\d.]*[eE][+-]?\d{3,}/g

/** Where in a JSON text numbers stand that a double cannot hold. */
function inexactLiterals(text: string): Literal[] {
  const found: Literal[] = []
  let outside = 0 // where a string ends, at or before the candidate
  for (const { 0: digits, index } of text.matchAll(CANDIDATE)) {
    const from = text[index - 1] === '-' ? index - 1 : index
    const to = index + digits.length
    if (!standsAlone(text, from, to) || isExactNumber(text.slice(from, to))) continue
    outside = behindStrings(text, outside, from)
    if (outside <= from) found.push({ from, to })
  }
  return found
}

/** Whether a value of JSON may stand there: most digits of strings are told by what is beside them. */
function standsAlone(text: string, from: number, to: number): boolean {
  return (
    (from === 0 || '[,: \n\r\t'.includes(text.charAt(from - 1))) && ',]} \n\r\t'.includes(text.charAt(to))
  )
}

/** The first place outside of strings that is behind every string which begins between `at` and `until`. */
function behindStrings(text: string, at: number, until: number): number {
  let behind = at
  for (let quote = text.indexOf('"', at); quote >= 0 && quote < until; quote = text.indexOf('"', behind))
    behind = endOfString(text, quote)
  return behind
}

/** Behind the closing quote of the string that opens at `from`. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1)
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote < 0 ? text.length : quote + 1
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - slashes - 1] === '\\') slashes += 1
  return slashes % 2 === 1
}

/** The value with these numbers as their text. They are marked in the text and found again in the value. */
function withTexts(text: string, literals: readonly Literal[]): ExactJson {
  const mark = randomUUID()
  const parts: string[] = []
  let at = 0
  for (const { from, to } of literals) {
    parts.push(text.slice(at, from), `"${mark}${text.slice(from, to)}"`)
    at = to
  }
  const marked: Json = JSON.parse(parts.join('') + text.slice(at))
  // Nobody takes such a value; to look for a path in it would end the stack.
  if (isDeeperThan(marked, MAX_LEVELS)) return { value: JSON.parse(text), inexact: [''] }
  const inexact: string[] = []
  const value = unmarked(marked, { path: '', mark, inexact })
  return { value, inexact }
}

type Search = { path: string; mark: string; inexact: string[] }

function unmarked(value: Json, search: Search): Json {
  if (typeof value === 'string') {
    if (!value.startsWith(search.mark)) return value
    search.inexact.push(search.path)
    return value.slice(search.mark.length)
  }
  if (typeof value !== 'object' || value === null) return value
  const below = (child: Json, key: string | number) =>
    unmarked(child, { ...search, path: search.path === '' ? String(key) : `${search.path}.${key}` })
  if (Array.isArray(value)) return value.map(below)
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, below(child, key)]))
}
