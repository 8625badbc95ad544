import type { Queryable } from '@attune/server/dist/database/database.js'
import { sql } from '@attune/server/dist/database/sql.js'

/** What has not got to its end: under a steady load each of these stays where it is. */
export type Backlog = {
  /** Events that no decision tells of. */
  undecided: number
  /** Enforcements without their execution. */
  created: number
  /** Executions that have no worker yet, and those that have one. */
  unplaced: number
  placed: number
  /** Rows of `message` or `outbox`. */
  messages: number
}

/** `decided` is an id below which every event has its decision; the next look begins there. */
export async function backlog(
  db: Queryable,
  decided: number,
): Promise<{ backlog: Backlog; decided: number }> {
  const { next, ...backlog } = await db.one<Backlog & { next: number }>(sql`
    with open as materialized (
      select v.id from event v
      where v.id >= ${decided} and not exists (
        select from event_decision d where d.event = v.id and d.created = v.created))
    select (select count(*) from open) as undecided,
      (select count(*) from enforcement where status = 'created') as created,
      (select count(*) from execution where live and worker is null) as unplaced,
      (select count(*) from execution where live and worker is not null) as placed,
      (select count(*) from message) + (select count(*) from outbox) as messages,
      coalesce((select min(id) from open), (select max(id) from event), 0) as next`)
  return { backlog, decided: next }
}

export type TableSize = { name: string; megabytes: number; rows: number; dead: number }

/** The tables that the flow writes, partitions counted with their parent. */
export function tableSizes(db: Queryable): Promise<TableSize[]> {
  return db.many(sql`
    select coalesce(parent.relname, s.relname)::text as name,
      sum(pg_total_relation_size(s.relid))::float8 / 1048576 as megabytes,
      sum(s.n_live_tup)::bigint as rows, sum(s.n_dead_tup)::bigint as dead
    from pg_stat_user_tables s
    left join pg_inherits i on i.inhrelid = s.relid
    left join pg_class parent on parent.oid = i.inhparent
    where coalesce(parent.relname, s.relname) in
      ('event', 'event_decision', 'enforcement', 'execution', 'execution_history', 'message', 'outbox')
    group by 1 order by 1`)
}

/** Where the last look ended: a moment, and ids below which nothing was live then and the time before. */
export type Mark = { time: string; execution: number; execution_before: number }

export const START: Mark = { time: '-infinity', execution: 0, execution_before: 0 }

/** Milliseconds from event to recorded end, for the executions that ended since the last look. */
export async function endedSince(db: Queryable, last: Mark): Promise<{ waits: number[]; mark: Mark }> {
  // A transaction that began a while ago may commit only now: what is younger than two seconds is left for the next look.
  const { time, execution } = await db.one<{ time: string; execution: number }>(sql`
    select now() - interval '2 seconds' as time,
      coalesce(least((select min(id) from execution where live and worker is null),
        (select min(id) from execution where live and worker is not null)), (select max(id) from execution), 0) as execution`)
  const rows = await db.many<{ wait: number }>(sql`
    select extract(epoch from x.updated - v.created)::float8 * 1000 as wait
    from execution x
    join enforcement e on e.id = x.enforcement
    join event v on v.id = e.event and v.created = e.event_created
    where x.id >= ${last.execution_before} and not x.live and x.updated > ${last.time} and x.updated <= ${time}`)
  const mark = { time, execution, execution_before: last.execution }
  return { waits: rows.map(({ wait }) => wait), mark }
}
