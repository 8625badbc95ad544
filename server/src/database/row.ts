import { type TSchema, Type } from 'typebox'
import type { Id } from '../id.ts'
import type { Json, JsonObject } from '../json.ts'

/**
 * The vocabulary of row schemas. A row schema is declared beside the queries of its table, is checked against
 * the catalogue by a test, and serves as response schema: data has one spelling from column to client.
 */
export const id = <Table extends string>(_table: Table) => Type.Unsafe<Id<Table>>(Type.Integer())
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** RFC 3339 in UTC, microseconds. */
export const timestamp = Type.String({ format: 'date-time' })
/** Any JSON value. */
export const anyJson = Type.Unsafe<Json>({})
/** A JSON object of any content. */
export const anyObject = Type.Unsafe<JsonObject>(Type.Object({}, { additionalProperties: true }))
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  Type.Unsafe<Values[number]>(Type.String({ enum: [...values] }))
