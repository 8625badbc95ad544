import type { Queryable } from '../../database/database.ts'
import type { AuditEvent } from './audit-event.ts'
import { type AuditFilter, type AuditPosition, stride } from './list.ts'

/** Every row that a filter names, the oldest first, fetched as they are read: memory does not grow with their number. */
export async function* exported(db: Queryable, filter: AuditFilter): AsyncGenerator<AuditEvent> {
  let from: AuditPosition | undefined
  do {
    const { rows, to } = await stride(db, filter, from)
    yield* rows
    from = to
  } while (from !== undefined)
}
