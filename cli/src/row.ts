import { Failure } from './failure.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

declare const meant: unique symbol

/** An object from the server, and the type that the document gives it. */
export type Row<T = JsonObject> = JsonObject & { readonly [meant]?: T }

/** The fields of a type that hold such a value; any field where the type does not say. */
type FieldOf<T, Value> = unknown extends T
  ? string
  : string extends keyof T
    ? string
    : {
        [Name in keyof T]-?: unknown extends T[Name] ? Name : T[Name] extends Value ? Name : never
      }[keyof T] &
        string

type Absent = null | undefined

type ItemOf<T, Field> = Field extends keyof T
  ? NonNullable<T[Field]> extends (infer Item)[]
    ? Item
    : JsonObject
  : JsonObject

/**
 * Readers for what the server sends. What the document does not have cannot be asked for; what is missing or of
 * another type all the same is a failure with the field's name and never an `undefined` in a table.
 */
export function row<T = JsonObject>(value: unknown): Row<T> {
  if (isJsonObject(value)) return value
  throw unexpected('an object was expected')
}

export function text<T>(row: Row<T>, field: FieldOf<T, string | Absent>): string {
  const value = row[field]
  if (typeof value === 'string') return value
  throw unexpected(`'${field}' is not a text`)
}

/** A text that may be null or left out. */
export function maybeText<T>(row: Row<T>, field: FieldOf<T, string | Absent>): string | undefined {
  return absent(row[field]) ? undefined : text(row, field)
}

export function integer<T>(row: Row<T>, field: FieldOf<T, number | Absent>): number {
  const value = row[field]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw unexpected(`'${field}' is not an integer`)
}

/** An integer that may be null or left out. */
export function maybeInteger<T>(row: Row<T>, field: FieldOf<T, number | Absent>): number | undefined {
  return absent(row[field]) ? undefined : integer(row, field)
}

/** A number that may be null or left out. */
export function maybeNumber<T>(row: Row<T>, field: FieldOf<T, number | Absent>): number | undefined {
  const value = row[field]
  if (absent(value)) return undefined
  if (typeof value === 'number') return value
  throw unexpected(`'${field}' is not a number`)
}

export function flag<T>(row: Row<T>, field: FieldOf<T, boolean | Absent>): boolean {
  const value = row[field]
  if (typeof value === 'boolean') return value
  throw unexpected(`'${field}' is not true or false`)
}

/** A list of texts that may be null or left out. */
export function texts<T>(row: Row<T>, field: FieldOf<T, readonly unknown[] | Absent>): string[] {
  const value = row[field]
  if (absent(value)) return []
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
  throw unexpected(`'${field}' is not a list`)
}

/** A list of objects that may be null or left out. */
export function rows<T, Field extends FieldOf<T, readonly unknown[] | Absent>>(
  row: Row<T>,
  field: Field,
): Row<ItemOf<T, Field>>[] {
  const value = row[field]
  if (absent(value)) return []
  if (Array.isArray(value) && value.every(isJsonObject)) return value
  throw unexpected(`'${field}' is not a list of objects`)
}

/** Any JSON value; left out counts as null. */
export function json<T>(row: Row<T>, field: FieldOf<T, unknown>): Json {
  return row[field] ?? null
}

function absent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null
}

function unexpected(reason: string): Failure {
  return new Failure('unavailable', `The server's answer cannot be read: ${reason}. Is it the API of Attune?`)
}
