import type { Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Event, ScheduledInstant } from './event.ts'

export type ScheduledEvent = { event: Pick<Event, 'rule'>; schedule: ScheduledInstant }

/**
 * Notes how far the schedules of rules have come, in the transaction that stores the events: whoever keeps a schedule
 * next goes on from there. Events may come in another order than their instants.
 */
export async function noteSchedules(tx: Transaction, list: readonly ScheduledEvent[]): Promise<void> {
  const rows = list.flatMap(({ event: { rule }, schedule }) => (rule === null ? [] : [{ rule, ...schedule }]))
  if (rows.length === 0) return
  await tx.run(sql`
    insert into timer_schedule as s (rule, anchor, last_at, fired, missed)
    select r.id, r.schedule_anchor, max(k.at) filter (where not k.earlier_open), count(*), sum(k.missed)
    from json_to_recordset(${json(rows)}) as k (rule bigint, at timestamptz, missed bigint, earlier_open boolean)
    join rule r on r.id = k.rule
    where k.at > r.schedule_anchor
    group by r.id
    order by r.id
    on conflict (rule) do update
    set last_at = case when s.anchor = excluded.anchor then greatest(s.last_at, excluded.last_at) else excluded.last_at end,
      fired = excluded.fired + case when s.anchor = excluded.anchor then s.fired else 0 end,
      missed = excluded.missed + case when s.anchor = excluded.anchor then s.missed else 0 end,
      anchor = excluded.anchor, updated = now()`)
}
