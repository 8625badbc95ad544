import type { Queryable } from './database.ts'
import { type Sql, sql } from './sql.ts'

/** What a list shows: columns, where they come from, which rows, and in which order. */
export type Selection = {
  columns: Sql
  from: Sql
  where: Sql
  order: Sql
  /** The rows, SEARCHED_ROWS at most, that are looked through where no index helps. `from` is made of them. */
  window?: Sql | undefined
}

/** Text is looked for in so many of the newest rows: what is older is a search of its own, with an earlier end. */
export const SEARCHED_ROWS = 10_000

export type Selected<Row> = {
  rows: Row[]
  total: number
  /** When the oldest row was made that was looked at, where there may be older ones. */
  searched_back_to?: string
}

/** Counting stops here: one more than the largest total that lists state. */
const COUNT_LIMIT = 10_001

/** The rows of a page, and how many rows there are in all up to COUNT_LIMIT. */
export async function selectPage<Row extends object>(
  db: Queryable,
  { columns, from, where, order, window }: Selection,
  { limit, offset }: { limit: number; offset: number },
): Promise<Selected<Row>> {
  const [rows, { total }, searched_back_to] = await Promise.all([
    db.many<Row>(
      sql`select ${columns} from ${from} where ${where} order by ${order} limit ${limit} offset ${offset}`,
    ),
    db.one<{ total: number }>(
      sql`select count(*) as total from (select from ${from} where ${where} limit ${COUNT_LIMIT}) counted`,
    ),
    window === undefined ? undefined : endOf(db, window),
  ])
  return { rows, total, ...(searched_back_to === undefined ? {} : { searched_back_to }) }
}

/** Where a window ends that is full. */
async function endOf(db: Queryable, window: Sql): Promise<string | undefined> {
  const { rows, oldest } = await db.one<{ rows: number; oldest: string }>(
    sql`select count(*) as rows, min(created) as oldest from (${window}) as looked_at`,
  )
  return rows < SEARCHED_ROWS ? undefined : oldest
}
