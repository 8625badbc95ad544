import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { LEFT_BEHIND_SECONDS } from './outbox.ts'

/** The relay takes up what is left behind once a second; later than this, the outbox does not flow. */
const RELAY_SECONDS = 10

export type Backlog = { pending: number; oldest_seconds: number }

/**
 * What waits for the broker, counted up to 10 000, and for how long at most. A message that is delayed on purpose waits
 * from when it is due; one that the broker refused has waited since it was said.
 */
export function outboxBacklog(db: Queryable): Promise<Backlog> {
  return db.one(sql`
    select count(*)::int as pending,
      coalesce(max(greatest(0, extract(epoch from
        now() - case when last_error is null then due_at else created end))), 0)::float8 as oldest_seconds
    from (
      select created, due_at, last_error from outbox
      where due_at <= now() + ${LEFT_BEHIND_SECONDS} * interval '1 second'
      order by due_at
      limit 10000) as waiting`)
}

/**
 * While the outbox does not flow, nothing that was said can be called lost. Single messages that the broker returns are
 * put off, and do not count.
 */
export async function outboxFlows(db: Queryable): Promise<boolean> {
  const { flows } = await db.one<{ flows: boolean }>(sql`
    select not exists (
      select from outbox where due_at < now() - ${RELAY_SECONDS} * interval '1 second') as flows`)
  return flows
}
