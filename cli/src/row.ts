import { Failure } from './failure.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/**
 * Readers for what the server sends. A missing or differently typed field is a failure with the field's name
 * and never an `undefined` in a table.
 */
export function row(value: unknown): JsonObject {
  if (isJsonObject(value)) return value
  throw unexpected('an object was expected')
}

export function text(row: JsonObject, field: string): string {
  const value = row[field]
  if (typeof value === 'string') return value
  throw unexpected(`'${field}' is not a text`)
}

/** A text that may be null or left out. */
export function maybeText(row: JsonObject, field: string): string | undefined {
  return absent(row[field]) ? undefined : text(row, field)
}

export function integer(row: JsonObject, field: string): number {
  const value = row[field]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw unexpected(`'${field}' is not an integer`)
}

/** An integer that may be null or left out. */
export function maybeInteger(row: JsonObject, field: string): number | undefined {
  return absent(row[field]) ? undefined : integer(row, field)
}

/** A number that may be null or left out. */
export function maybeNumber(row: JsonObject, field: string): number | undefined {
  const value = row[field]
  if (absent(value)) return undefined
  if (typeof value === 'number') return value
  throw unexpected(`'${field}' is not a number`)
}

export function flag(row: JsonObject, field: string): boolean {
  const value = row[field]
  if (typeof value === 'boolean') return value
  throw unexpected(`'${field}' is not true or false`)
}

/** A list of texts that may be null or left out. */
export function texts(row: JsonObject, field: string): string[] {
  const value = row[field]
  if (absent(value)) return []
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
  throw unexpected(`'${field}' is not a list`)
}

/** A list of objects that may be null or left out. */
export function rows(row: JsonObject, field: string): JsonObject[] {
  const value = row[field]
  if (absent(value)) return []
  if (Array.isArray(value) && value.every(isJsonObject)) return value
  throw unexpected(`'${field}' is not a list of objects`)
}

/** Any JSON value; left out counts as null. */
export function json(row: JsonObject, field: string): Json {
  return row[field] ?? null
}

function absent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null
}

function unexpected(reason: string): Failure {
  return new Failure('unavailable', `The server's answer cannot be read: ${reason}. Is it the API of Attune?`)
}
