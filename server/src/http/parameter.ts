import { Type } from 'typebox'
import type { Id } from '../id.ts'

/** The vocabulary of paths and query strings. */

/**
 * A row id as a caller names it. Beyond 2^53 a number would silently become another one, so it is refused. Rows count
 * from one; the account of the platform is 0.
 */
export const rowId = <Table extends string>(table: Table) =>
  Type.Unsafe<Id<Table>>(
    Type.Integer({
      minimum: table === 'identity' ? 0 : 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: `Id of the ${table.replaceAll('_', ' ')}.`,
    }),
  )

/** A ref that must be equal. */
export const exactRef = Type.String({ minLength: 1, maxLength: 255 })

/** A ref in which `*` stands for any run of characters. */
export const refPattern = Type.String({
  minLength: 1,
  maxLength: 255,
  description: '`*` stands for any run of characters.',
})

/** What PostgreSQL takes for a moment: a year of four digits, an offset that a place on earth has. */
const MOMENT = '^[1-9]\\d{3}-.*([zZ]|[+-](0\\d|1[0-4]):[0-5]\\d)$'

/** A moment that PostgreSQL takes. */
export const moment = (description: string) =>
  Type.String({ format: 'date-time', pattern: MOMENT, description })

/** `created_after` and `created_before`, both exclusive. */
export const createdQuery = {
  created_after: Type.Optional(moment('Made after this moment.')),
  created_before: Type.Optional(moment('Made before this moment.')),
}

/** Totals are always there; clients that ask for them are not refused. */
export const totalQuery = {
  include_total: Type.Optional(Type.Boolean({ description: 'Without effect: totals are always there.' })),
}
