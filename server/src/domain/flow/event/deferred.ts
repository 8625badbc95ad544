import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { oldestWaiting } from '../../../messages/backlog.ts'
import { publish } from '../../../messages/publish.ts'
import { isDeadLettered } from '../../../messages/dead-letter-condition.ts'
import type { RuleDecision } from '../../definition/matching/decision.ts'
import type { Event } from './event.ts'

/*
 * Rules that wait in the slow lane. The entry of such a rule in the decisions of its event says `deferred` until the
 * slow lane has decided, and `deferred_until` is set as long as there is one.
 */

/** What is said of an event whose rules wait: all of them of one owner. */
export type Deferral = Pick<Event, 'id' | 'created' | 'trigger_ref' | 'correlation_id'> & {
  rules: Id<'rule'>[]
  /** Until their turn. */
  delay_ms: number
}

/** Says EventDeferred. Whoever hears it and finds nothing that waits does nothing. */
export function publishDeferred(tx: Transaction, deferrals: readonly Deferral[]): Promise<void> {
  return publish(
    tx,
    'EventDeferred',
    deferrals.map(({ id, created, trigger_ref, correlation_id, rules, delay_ms }) => ({
      correlation_id,
      payload: { event_id: id, event_created: created, trigger_ref, rule_ids: rules },
      delay_ms,
    })),
  )
}

/** Entries of an event that wait, and what `now()` said to the rules that were decided before. */
export type Waiting = { event: Id<'event'>; decided_at: string; deferred: RuleDecision[] }

/** What still waits of events. The bounds on `created` leave only the partitions of those days to be read. */
export function findWaiting(
  tx: Queryable,
  ids: readonly Id<'event'>[],
  bounds: { from: string; to: string },
): Promise<Waiting[]> {
  return tx.many(sql`
    select event, coalesce(decided_at, created) as decided_at, (
      select jsonb_agg(x order by place) from jsonb_array_elements(decisions) with ordinality as a (x, place)
      where x->>'outcome' = 'deferred') as deferred
    from event_decision
    where event = any(${ids}) and created >= ${bounds.from} and created <= ${bounds.to}
      and deferred_until is not null`)
}

/** What was decided where it waited: rules for which that is news, and the database's time. */
export type Settled = { event: Id<'event'>; created: string; rules: Id<'rule'>[]; settled_at: string }

/**
 * Puts decisions in the place of those that wait, and answers for which rules that is news: a rule that was decided by
 * an earlier delivery keeps its decision. A second one waits for the row and then finds what the first has left.
 */
export async function settle(
  tx: Transaction,
  records: readonly { event: Id<'event'>; created: string; decisions: RuleDecision[] }[],
): Promise<Settled[]> {
  const settled = await tx.many<Settled>(sql`
    with open as materialized (
      select d.event, d.created, d.decisions, n.decisions as news
      from event_decision d
      join json_to_recordset(${json(records)}) as n (event bigint, created timestamptz, decisions jsonb)
        on d.event = n.event and d.created = n.created
      where d.deferred_until is not null
      order by d.event
      for update of d),
    put as (
      select o.event, o.created,
        jsonb_agg(coalesce(n.x, a.x) order by a.place) as decisions,
        coalesce(jsonb_agg(n.x->'rule') filter (where n.x is not null), '[]') as rules
      from open o
      cross join lateral jsonb_array_elements(o.decisions) with ordinality as a (x, place)
      left join lateral (
        select x from jsonb_array_elements(o.news) as b (x)
        where a.x->>'outcome' = 'deferred' and b.x->'rule' = a.x->'rule' limit 1) n on true
      group by o.event, o.created)
    update event_decision d
    set decisions = p.decisions,
      deferred_until = case when p.decisions @> '[{"outcome": "deferred"}]' then d.deferred_until end
    from put p
    where d.event = p.event and d.created = p.created
    returning d.event, d.created, p.rules, now() as settled_at`)
  if (records.some(({ decisions }) => !decisions.some(({ outcome }) => outcome === 'matched')))
    await tx.mustLast() // the last word on the event
  return settled
}

/** Deferred rules of an event whose turn is long past. */
export type Overdue = Pick<Event, 'id' | 'created' | 'trigger_ref' | 'correlation_id'> & {
  rules: Id<'rule'>[]
}

/**
 * Events whose deferred rules had their turn `seconds` ago, oldest first, through event_decision_deferred. Left out:
 * what may still wait in the queue, what is among the dead letters, and what was said again a short while ago.
 */
export function findOverdue(db: Queryable, seconds: number, limit: number): Promise<Overdue[]> {
  return db.many(sql`
    select e.id, e.created, e.trigger_ref, e.correlation_id, (
      select jsonb_agg(x->'rule') from jsonb_array_elements(d.decisions) x
      where x->>'outcome' = 'deferred') as rules
    from event_decision d
    join event e on e.id = d.event and e.created = d.created
    where d.deferred_until < least(now() - ${seconds} * interval '1 second', ${oldestWaiting('deferredEvents')})
      and not exists (select from redrive r where r.kind = 'deferred' and r.subject = d.event and r.due_at > now())
      and not ${isDeadLettered(['EventDeferred'], sql`e.id`)}
    order by d.deferred_until
    limit ${limit}`)
}
