import type { Json } from '../json.ts'
import { type ExactJson, readExactJson } from '../text/exact-json.ts'
import { needArray, needString } from './argument.ts'
import { checkElements, checkTextLength, fail, type Frame, spend } from './frame.ts'
import { limits } from './limit.ts'
import { firstPosition, positions } from './search.ts'
import { characterCount, characters, trimBlanks } from './text.ts'
import { measure, toText } from './value.ts'

/** Texts are handled by the host, many characters to a step. */
function spendOn(frame: Frame, text: string): void {
  spend(frame, 1 + (text.length >> 6))
}

export function lower(frame: Frame, value: Json): string {
  const text = needString(frame, value, 1)
  spendOn(frame, text)
  return text.toLowerCase()
}

export function upper(frame: Frame, value: Json): string {
  const text = needString(frame, value, 1)
  spendOn(frame, text)
  const raised = text.toUpperCase()
  checkTextLength(frame, raised.length)
  return raised
}

export function trim(frame: Frame, value: Json): string {
  const text = needString(frame, value, 1)
  spendOn(frame, text)
  return trimBlanks(text)
}

/** The parts between separators, empty ones too; without a separator, the characters. */
export function split(frame: Frame, value: Json, by: Json): string[] {
  const text = needString(frame, value, 1)
  const separator = needString(frame, by, 2)
  const parts = separator === '' ? charactersOf(frame, text) : pieces(frame, text, separator)
  checkElements(frame, parts.length)
  return parts
}

function pieces(frame: Frame, text: string, separator: string): string[] {
  let start = 0
  const parts = positions(frame, text, separator).map((position) => {
    const part = text.slice(start, position)
    start = position + separator.length
    return part
  })
  return [...parts, text.slice(start)]
}

/** The characters of a text that is not too long to be taken apart. */
export function charactersOf(frame: Frame, text: string): string[] {
  spend(frame, 1 + (text.length >> 2))
  return characters(text)
}

export function join(frame: Frame, value: Json, by: Json): string {
  const items = needArray(frame, value, 1)
  const separator = needString(frame, by, 2)
  spend(frame, items.length)
  let length = separator.length * Math.max(0, items.length - 1)
  const parts = items.map((item) => {
    const text = toText(frame, item)
    length += text.length
    checkTextLength(frame, length)
    return text
  })
  return parts.join(separator)
}

export function replace(frame: Frame, a: Json, b: Json | undefined, c: Json | undefined): string {
  const text = needString(frame, a, 1)
  const old = needString(frame, b ?? null, 2)
  const replacement = needString(frame, c ?? null, 3)
  const parts = old === '' ? ['', ...charactersOf(frame, text), ''] : pieces(frame, text, old)
  checkTextLength(frame, text.length + (parts.length - 1) * (replacement.length - old.length))
  return parts.join(replacement)
}

export function startsWith(frame: Frame, a: Json, b: Json): boolean {
  const beginning = needString(frame, b, 2)
  spendOn(frame, beginning)
  return needString(frame, a, 1).startsWith(beginning)
}

export function endsWith(frame: Frame, a: Json, b: Json): boolean {
  const end = needString(frame, b, 2)
  spendOn(frame, end)
  return needString(frame, a, 1).endsWith(end)
}

/** Where `part` first stands in `text`, counted in characters; -1 if nowhere. */
export function indexOfText(frame: Frame, text: string, part: Json): number {
  const index = firstPosition(frame, text, needString(frame, part, 2))
  return index <= 0 ? index : characterCount(text.slice(0, index))
}

/** How often `part` stands in `text` without overlapping. */
export function countText(frame: Frame, text: string, part: Json): number {
  const searched = needString(frame, part, 2)
  return searched === '' ? charactersOf(frame, text).length + 1 : positions(frame, text, searched).length
}

/** Reads JSON. What is in it must keep to the limits of everything else an expression makes. */
export function fromJson(frame: Frame, value: Json): Json {
  const text = needString(frame, value, 1)
  checkTextLength(frame, text.length)
  spend(frame, 1 + (text.length >> 4))
  const { value: parsed, inexact } = parse(frame, text)
  if (measure(parsed, Infinity) === Infinity) {
    fail(frame, 'limit', `The JSON nests deeper than ${limits.valueDepth} levels`, 'flatten the data')
  }
  checkArrays(frame, parsed)
  if (inexact.length > 0)
    fail(frame, 'type', 'The JSON has a number with more digits than can be kept', 'write it as text there')
  return parsed
}

function parse(frame: Frame, text: string): ExactJson {
  try {
    return readExactJson(text)
  } catch {
    // what the parser says quotes the text, which may be a secret
    return fail(frame, 'type', 'The text is not JSON', 'check what writes it, or guard with default(…)')
  }
}

function checkArrays(frame: Frame, value: Json): void {
  if (Array.isArray(value)) checkElements(frame, value.length)
  if (typeof value !== 'object' || value === null) return
  for (const member of Object.values(value)) checkArrays(frame, member)
}
