import type { Queryable } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import type { Alert } from './alert.ts'

export type AlertFilter = { open?: boolean; severity?: Alert['severity']; category?: string }

/** Open ones first, the latest sighting first. There is a row per kind of trouble: few. */
export function list(db: Queryable, filter: AlertFilter, page: { limit: number; offset: number }) {
  return selectPage<Alert>(
    db,
    {
      columns: sql`*`,
      from: sql`alert`,
      where: join([sql`true`, ...conditionsOf(filter)], ' and '),
      order: sql`cleared_at is not null, last_seen_at desc, correlation_id`,
    },
    page,
  )
}

function conditionsOf({ open, severity, category }: AlertFilter): Sql[] {
  const conditions = [
    open !== undefined && (open ? sql`cleared_at is null` : sql`cleared_at is not null`),
    severity !== undefined && sql`severity = ${severity}`,
    category !== undefined && sql`category = ${category}`,
  ]
  return conditions.filter((condition) => condition !== false)
}
