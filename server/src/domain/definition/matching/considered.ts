import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { RuleDecision } from './decision.ts'
import type { MatchedEvent } from './matched-event.ts'

/** What of the recorded decision is about the rule; null where it was not considered. */
type Recorded = { decided_at: string | null; recorded: RuleDecision | null; decided: boolean }

/** A stored event with what was recorded about one rule. */
export type ConsideredEvent = MatchedEvent & Recorded

export type EventWindow = {
  rule_ref: string
  triggers: readonly string[]
  since: string
  /** Only events with a smaller id. */
  before: Id<'event'> | null
  limit: number
}

/** Events of triggers, newest first: per trigger a walk down event_trigger_ref, one probe for each decision. */
export function findConsidered(db: Queryable, window: EventWindow): Promise<ConsideredEvent[]> {
  return db.many(sql`
    select e.id, e.trigger_ref, e.payload, e.created, e.rule, e.config, e.source_ref, d.event is not null as decided, d.decided_at,
      (select x from jsonb_array_elements(d.decisions) x where x->>'rule_ref' = ${window.rule_ref} limit 1) as recorded
    from (
      select recent.*
      from unnest(${window.triggers}::text[]) t (ref)
      cross join lateral (
        select id, trigger_ref, payload, created, rule, config, source_ref from event
        where trigger_ref = t.ref and created >= ${window.since}
          and id < coalesce(${window.before}::bigint, 9223372036854775807)
        order by id desc
        limit ${window.limit}) recent
      order by recent.id desc
      limit ${window.limit}) e
    left join event_decision d on d.event = e.id and d.created = e.created
    order by e.id desc`)
}

export function findOne(
  db: Queryable,
  id: Id<'event'>,
): Promise<(MatchedEvent & { decided_at: string | null }) | undefined> {
  return db.maybe(sql`
    select e.id, e.trigger_ref, e.payload, e.created, e.rule, e.config, e.source_ref, d.decided_at
    from event e
    left join event_decision d on d.event = e.id and d.created = e.created
    where e.id = ${id}`)
}

export type LastDecision = Recorded & { event: Id<'event'>; created: string; bound: boolean }

/** The last events of a trigger and what was recorded about one rule, without their payloads. */
export function findLast(
  db: Queryable,
  rule: { ref: string; trigger_ref: string },
  limit: number,
): Promise<LastDecision[]> {
  return db.many(sql`
    select e.id as event, e.created, e.rule is not null as bound, d.event is not null as decided, d.decided_at,
      (select x from jsonb_array_elements(d.decisions) x where x->>'rule_ref' = ${rule.ref} limit 1) as recorded
    from (
      select id, created, rule from event where trigger_ref = ${rule.trigger_ref} order by id desc limit ${limit}) e
    left join event_decision d on d.event = e.id and d.created = e.created
    order by e.id desc`)
}

/** Events that are counted at most. */
export const COUNTED = 10_000

export type OutcomeCounts = {
  events: number
  matched: number
  not_matched: number
  disabled: number
  error: number
  deferred: number
  not_considered: number
  undecided: number
}

/** How often each outcome was recorded among the newest events of the trigger in a period. */
export function countOutcomes(
  db: Queryable,
  rule: { ref: string; trigger_ref: string },
  since: string,
): Promise<OutcomeCounts> {
  return db.one(sql`
    select count(*)::int as events,
      count(*) filter (where outcome = 'matched')::int as matched,
      count(*) filter (where outcome = 'not_matched')::int as not_matched,
      count(*) filter (where outcome = 'disabled')::int as disabled,
      count(*) filter (where outcome = 'error')::int as error,
      count(*) filter (where outcome = 'deferred')::int as deferred,
      count(*) filter (where decided and outcome is null)::int as not_considered,
      count(*) filter (where not decided)::int as undecided
    from (
      select d.event is not null as decided, (
        select x->>'outcome' from jsonb_array_elements(d.decisions) x where x->>'rule_ref' = ${rule.ref} limit 1) as outcome
      from (
        select id, created from event
        where trigger_ref = ${rule.trigger_ref} and created >= ${since}
        order by id desc
        limit ${COUNTED}) e
      left join event_decision d on d.event = e.id and d.created = e.created) as told`)
}
