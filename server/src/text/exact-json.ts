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

/** Fewer digits and a smaller power of ten are always held. */
const MAY_BE_INEXACT = /\d[\d.]{15}|[eE][+-]?\d{3}/
const NUMBERS = /-?\d[\d.]*(?:[eE][+-]?\d+)?/g

/** Where in a JSON text numbers stand that a double cannot hold. */
function inexactLiterals(text: string): Literal[] {
  if (!MAY_BE_INEXACT.test(text)) return []
  const found: Literal[] = []
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    for (const literal of inexactBetween(text, at, end)) found.push(literal)
    at = quote < 0 ? end : endOfString(text, quote)
  }
  return found
}

/** The same of a part without strings. */
function inexactBetween(text: string, from: number, to: number): Literal[] {
  const part = text.slice(from, to)
  if (!MAY_BE_INEXACT.test(part)) return []
  return [...part.matchAll(NUMBERS)]
    .filter(([literal]) => !isExactNumber(literal))
    .map(({ 0: literal, index }) => ({ from: from + index, to: from + index + literal.length }))
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
