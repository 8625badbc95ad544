import type { Queryable } from '../../database/database.ts'
import type { AuditEvent } from './audit-event.ts'
import { after, type AuditFilter } from './list.ts'

const ROWS_AT_ONCE = 500

/** Every row that a filter names, the oldest first, fetched as they are read: memory does not grow with their number. */
export async function* exported(db: Queryable, filter: AuditFilter): AsyncGenerator<AuditEvent> {
  let rows = await after(db, filter, undefined, ROWS_AT_ONCE)
  while (rows.length > 0) {
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_AT_ONCE) return
    rows = await after(db, filter, last, ROWS_AT_ONCE)
  }
}
