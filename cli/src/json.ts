import { isExactNumber } from './exact-number.ts'
import { Failure } from './failure.ts'

/** A JSON value as a parser returns it. */
export type Json = null | boolean | number | string | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parses what a person typed or a file holds; `what` names it in the error. */
export function parseJson(text: string, what: string): Json {
  const value = parsed(text, what)
  for (const [said] of text.matchAll(STRING_OR_NUMBER))
    if (!said.startsWith('"') && !isExactNumber(said)) throw changedNumber(what, said)
  return value
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*(?:[eE][+-]?\d+)?/g

/** Sent, it would be another number. */
export function changedNumber(what: string, said: string): Failure {
  return new Failure(
    'usage',
    `${what} has the number ${said}, which has more digits than can be kept: write it as text, "${said}".`,
  )
}

function parsed(text: string, what: string): Json {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('usage', `${what} is not valid JSON: ${reason}.`)
  }
}

/** What a person wrote, as the part of a request it is meant to be: the server checks it and says what is wrong where. */
export function written<T>(value: Json): T {
  // oxlint-disable-next-line no-unsafe-type-assertion -- see above
  return value as T
}

/** As `parseJson`, for what must be an object. */
export function parseJsonObject(text: string, what: string): JsonObject {
  const value = parseJson(text, what)
  if (!isJsonObject(value))
    throw new Failure('usage', `${what} must be a JSON object, like {"name": "value"}.`)
  return value
}
