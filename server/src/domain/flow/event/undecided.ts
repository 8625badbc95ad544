import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { oldestWaiting } from '../../../messages/backlog.ts'
import { isDeadLettered } from '../../../messages/dead-letter-condition.ts'
import type { Event } from './event.ts'

/** How far events have been looked at, in the order of their ids. */
type EventMark = { event: Id<'event'>; created: string }

type WalkedEvents = {
  looked: number
  /** The last event that was looked at; null when there was none. */
  event: Id<'event'> | null
  created: string | null
  undecided: Id<'event'>[]
}

/**
 * Looks at the next events after a mark, up to the first that is younger than `seconds` or may still wait in the
 * queue. Walks the primary keys of `event` and `event_decision`; the bound on `created` leaves old partitions out.
 * The decision is probed per event (`limit 1` keeps the planner from hashing the whole table). An event that a hand
 * dated into the future is passed over rather than stopping the walk.
 */
export function walkEvents(
  db: Queryable,
  mark: EventMark,
  seconds: number,
  limit: number,
): Promise<WalkedEvents> {
  return db.one(sql`
    with seen as materialized (
      select id, created from event
      where id > ${mark.event} and created > ${mark.created}::timestamptz - interval '1 day'
      order by id limit ${limit}),
    horizon as materialized (
      select least(now() - ${seconds} * interval '1 second', ${oldestWaiting('events')}) as at),
    old as materialized (
      select id, created,
        (select true from event_decision d where d.event = seen.id and d.created = seen.created limit 1) as decided
      from seen
      where id < coalesce(
        (select min(s.id) from seen s, horizon where s.created >= horizon.at and s.created <= now()),
        9223372036854775807))
    select count(*)::int as looked, max(id) as event, max(least(created, now())) as created,
      coalesce(json_agg(id order by id) filter (where decided is null), '[]') as undecided
    from old`)
}

/** An event that was found undecided, and what has become of it. */
type UndecidedEvent = Pick<
  Event,
  | 'id'
  | 'created'
  | 'trigger'
  | 'trigger_ref'
  | 'source'
  | 'source_ref'
  | 'rule'
  | 'payload'
  | 'config'
  | 'correlation_id'
> & { decided: boolean; set_aside: boolean }

/** Those of `ids` that still exist. One probe per partition and id: they are few. */
export function lookAgain(db: Queryable, ids: readonly Id<'event'>[]): Promise<UndecidedEvent[]> {
  return db.many(sql`
    select e.id, e.created, e.trigger, e.trigger_ref, e.source, e.source_ref, e.rule, e.payload, e.config,
      e.correlation_id,
      exists (select from event_decision d where d.event = e.id and d.created = e.created) as decided,
      ${isDeadLettered(['EventCreated'], sql`e.id`)} as set_aside
    from event e
    where e.id = any(${ids})
    order by e.id`)
}
