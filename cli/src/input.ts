import { readFile } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { parseDocument, visit } from 'yaml'
import { isExactNumber } from './exact-number.ts'
import { Failure } from './failure.ts'
import {
  changedNumber,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  parseJsonObject,
} from './json.ts'

/** Where piped input comes from, and what ends the wait for it. */
export type Input = { stdin: Readable; signal: AbortSignal }

/** The value of an option: the text itself, `@file`, or `-` for standard input. */
export async function optionText(value: string, input: Input): Promise<string> {
  if (value === '-' || value === '@-') return pipedText(input)
  return value.startsWith('@') ? fileText(value.slice(1)) : value
}

/** A file as text; `-` is standard input. */
export function sourceText(file: string, input: Input): Promise<string> {
  return file === '-' ? pipedText(input) : fileText(file)
}

async function pipedText({ stdin, signal }: Input): Promise<string> {
  return withoutMark(await readText(addAbortSignal(signal, stdin)))
}

/** Editors of Windows begin a file with a byte order mark, which is no part of what it says. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

async function fileText(file: string): Promise<string> {
  try {
    return withoutMark(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Failure(
      'usage',
      `Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}.`,
    )
  }
}

/** A secret as typed or piped: the line break that ends it is not part of it. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** Parses a YAML map; JSON is YAML too. */
export function parseYamlObject(source: string, what: string): JsonObject {
  let value: unknown
  try {
    value = yamlValue(source, what)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(
      'usage',
      `${what} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  if (!isJsonObject(value)) throw new Failure('usage', `${what} must hold a map of fields.`)
  return value
}

function yamlValue(source: string, what: string): unknown {
  const document = parseDocument(source)
  const [error] = document.errors
  if (error !== undefined) throw error
  visit(document, {
    Scalar(_, { value, source: said = '' }) {
      const isOther = typeof value === 'number' && /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(said)
      if (isOther && !isExactNumber(jsonNumber(said))) throw changedNumber(what, said)
    },
  })
  return document.toJS()
}

/** A number of YAML as JSON writes it: without a plus, leading zeros or nothing beside the point. */
function jsonNumber(said: string): string {
  return said
    .replace(/^\+/, '')
    .replace(/^(-?)0*(?=\d)/, '$1')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?!\d)/, '')
}

/** For a repeatable option: collects its values in order. */
export function repeated(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** `name=value` with the value read as JSON if it is JSON, else as text. The last of two equal names wins. */
export function parsePairs(pairs: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(typedPairs(pairs)).map(([name, text]) => [name, parameterValue(text)]),
  )
}

/** `name=value` as it was typed: the server knows what each is meant to be. The last of two equal names wins. */
export function typedPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Failure('usage', `'${pair}' is not a parameter: write it as name=value.`)
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    }),
  )
}

/** A number with more digits than can be kept stays text: rounded, it would name another thing. */
function parameterValue(text: string): Json {
  if (/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) && !isExactNumber(text)) return text
  try {
    JSON.parse(text)
  } catch {
    // A person who types no JSON means the text.
    return text
  }
  return parseJson(text, 'a parameter')
}

/** An option that is a JSON document, inline, in a file or piped. */
export async function jsonOption(value: string, name: string, input: Input): Promise<Json> {
  return parseJson(await optionText(value, input), name)
}

/** As `jsonOption`, for what must be an object. */
export async function objectOption(value: string, name: string, input: Input): Promise<JsonObject> {
  return parseJsonObject(await optionText(value, input), name)
}

/** A whole number above zero, for ids, pages and limits. */
export function positiveInteger(what: string, highest = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : 0
    if (number >= 1 && number <= highest) return number
    const range = highest === Number.MAX_SAFE_INTEGER ? 'above zero' : `from 1 to ${highest}`
    throw new Failure('usage', `'${text}' is not ${what}: it is a whole number ${range}.`)
  }
}

/** A whole number from zero on. */
export function nonNegativeInteger(what: string, highest: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : -1
    if (number >= 0 && number <= highest) return number
    throw new Failure('usage', `'${text}' is not ${what}: it is a whole number from 0 to ${highest}.`)
  }
}

/** A number from zero on, for durations. */
export function nonNegativeNumber(what: string): (text: string) => number {
  return (text) => {
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
    throw new Failure('usage', `'${text}' is not ${what}: it is a number from zero on.`)
  }
}

/** `true` or `false`. */
export function trueOrFalse(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Failure('usage', `'${text}' is neither true nor false.`)
}
