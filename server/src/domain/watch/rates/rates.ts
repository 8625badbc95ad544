import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'

/** Rows looked at per stage at most: a rate beyond that is told from how fast the newest ones came. */
export const MAX_COUNTED = 2000
const WINDOW_MINUTES = 5

type FlowStage = 'events' | 'enforcements' | 'executions'
type Counted = { stage: FlowStage; count: number; seconds: number | null }

/**
 * How many events, enforcements that ask for an execution, and executions of enforcements come per minute now. Where
 * one stage flows and the next stands still, messages do not arrive.
 */
export async function ratesPerMinute(db: Queryable): Promise<{ stage: FlowStage; per_minute: number }[]> {
  const counted = await count(db)
  return counted.map((row) => ({ stage: row.stage, per_minute: perMinute(row) }))
}

function perMinute({ count: rows, seconds }: Counted): number {
  return rows < MAX_COUNTED ? rows / WINDOW_MINUTES : rows / (Math.max(seconds ?? 0, 0.001) / 60)
}

/**
 * The newest rows of each stage, backwards along an index that is there anyway: event by primary key (whole days, so
 * that old partitions are left out and no row is skipped on the way), execution by uq_execution_top_level_enforcement.
 */
function count(db: Queryable): Promise<Counted[]> {
  return db.many(sql`
    with events as (
      select created from event
      where created >= date_trunc('day', now() - ${WINDOW_MINUTES} * interval '1 minute')
      order by id desc
      limit ${MAX_COUNTED}),
    enforcements as (
      select created, status from enforcement order by id desc limit ${MAX_COUNTED}),
    executions as (
      select created from execution
      where enforcement is not null and parent is null and original_execution is null
      order by enforcement desc
      limit ${MAX_COUNTED}),
    newest as (
      select 'events' as stage, created from events
      union all select 'enforcements', created from enforcements where status <> 'disabled'
      union all select 'executions', created from executions)
    select stage, count(created)::int as count, extract(epoch from now() - min(created))::float8 as seconds
    from unnest(array['events', 'enforcements', 'executions']) as stage
    left join (
      select * from newest where created > now() - ${WINDOW_MINUTES} * interval '1 minute') as recent using (stage)
    group by stage`)
}
