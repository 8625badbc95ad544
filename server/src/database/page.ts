import type { Queryable } from './database.ts'
import { type Sql, sql } from './sql.ts'

/** What a list shows: columns, where they come from, which rows, and in which order. */
export type Selection = { columns: Sql; from: Sql; where: Sql; order: Sql }

/** Counting stops here: one more than the largest total that lists state. */
const COUNT_LIMIT = 10_001

/** The rows of a page, and how many rows there are in all up to COUNT_LIMIT. */
export async function selectPage<Row extends object>(
  db: Queryable,
  { columns, from, where, order }: Selection,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ rows: Row[]; total: number }> {
  const [rows, { total }] = await Promise.all([
    db.many<Row>(
      sql`select ${columns} from ${from} where ${where} order by ${order} limit ${limit} offset ${offset}`,
    ),
    db.one<{ total: number }>(
      sql`select count(*) as total from (select from ${from} where ${where} limit ${COUNT_LIMIT}) counted`,
    ),
  ])
  return { rows, total }
}
