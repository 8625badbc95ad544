import type { Queryable } from './database.ts'
import { raw, sql } from './sql.ts'

/** Tables that are partitioned by day, and the column they are partitioned by. */
const partitionedByDay = {
  event: 'created',
  event_decision: 'created',
  execution_history: 'time',
  audit_event: 'created',
} as const

/**
 * Makes the daily partitions from today to `daysAhead`; answers how many were new. A day whose rows already
 * went to the default partition (the sweep had been away) is left there: they stay readable, and the next day
 * gets a partition of its own.
 */
export async function ensurePartitions(db: Queryable, daysAhead: number): Promise<number> {
  let made = 0
  for (const [table, column] of Object.entries(partitionedByDay)) {
    for (let offset = 0; offset <= daysAhead; offset += 1) made += await ensureDay(db, table, column, offset)
  }
  return made
}

async function ensureDay(db: Queryable, table: string, column: string, offset: number): Promise<number> {
  const { name, day, next } = await db.one<{ name: string; day: string; next: string }>(sql`
    select ${table} || '_' || to_char(d, 'YYYYMMDD') as name, d::text as day, (d + 1)::text as next
    from (select (now() at time zone 'UTC')::date + ${offset}::integer as d) as it`)
  const { present, strays } = await db.one<{ present: boolean; strays: boolean }>(sql`
    select to_regclass(${`attune.${name}`}) is not null as present,
      exists (select from ${raw(`attune.${table}_default`)}
        where ${raw(column)} >= ${`${day} 00:00+00`}::timestamptz and ${raw(column)} < ${`${next} 00:00+00`}::timestamptz) as strays`)
  if (present || strays) return 0
  await db.run(
    raw(`create table if not exists attune.${name} partition of attune.${table}
    for values from ('${day} 00:00+00') to ('${next} 00:00+00')`),
  )
  return 1
}
