import type { Queryable } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { DeadLetterReason } from '../../../messages/dead-letter.ts'
import type { DeadLetter, DeadLetterSummary } from './dead-letter.ts'

export type DeadLetterFilter = {
  queue?: string
  type?: string
  reason?: DeadLetterReason
  correlation_id?: string
  created_after?: string
  created_before?: string
}

const columns = sql`
  id, queue, exchange, routing_key, type, message_id, correlation_id, attempts, reason, error, first_failed_at,
  last_failed_at, status, resolved_at, resolved_by, new_execution, created`

/** Newest first: ids are handed out in order. */
export function list(
  db: Queryable,
  filter: DeadLetterFilter & { status: DeadLetter['status'] | 'all' },
  page: { limit: number; offset: number },
) {
  const { status } = filter
  const where = status === 'all' ? matching(filter) : sql`${statusIs(status)} and ${matching(filter)}`
  return selectPage<DeadLetterSummary>(
    db,
    { columns, from: sql`dead_letter`, where, order: sql`id desc` },
    page,
  )
}

/** Spelled out, so that the plan may use the partial indexes on what is open. */
function statusIs(status: DeadLetter['status']): Sql {
  return status === 'open' ? sql`status = 'open'` : sql`status = ${status}`
}

/** The letters that a filter names, whatever their status. */
export function matching(filter: DeadLetterFilter): Sql {
  const { queue, type, reason, correlation_id, created_after, created_before } = filter
  const conditions = [
    queue !== undefined && sql`queue = ${queue}`,
    type !== undefined && sql`type = ${type}`,
    reason !== undefined && sql`reason = ${reason}`,
    correlation_id !== undefined && sql`correlation_id = ${correlation_id}`,
    created_after !== undefined && sql`created > ${created_after}`,
    created_before !== undefined && sql`created < ${created_before}`,
  ]
  return join([sql`true`, ...conditions.filter((condition) => condition !== false)], ' and ')
}

export function find(db: Queryable, id: Id<'dead_letter'>): Promise<DeadLetter | undefined> {
  return db.maybe(sql`select * from dead_letter where id = ${id}`)
}
