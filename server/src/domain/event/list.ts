import { type Static, Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { selectPage } from '../../database/page.ts'
import { id, nullable, timestamp } from '../../database/row.ts'
import { join, type Sql, sql } from '../../database/sql.ts'
import { matches } from '../../database/wildcard.ts'
import type { Id } from '../../id.ts'
import { RuleDecision } from './decision.ts'
import { Event } from './event.ts'

/** An event in lists: without its documents. */
export const EventSummary = Type.Object({
  id: id('event'),
  trigger: nullable(id('trigger')),
  trigger_ref: Type.String(),
  source: nullable(id('sensor')),
  source_ref: nullable(Type.String()),
  rule: nullable(id('rule')),
  rule_ref: nullable(Type.String()),
  has_payload: Type.Boolean(),
  correlation_id: nullable(Type.String()),
  created: timestamp,
})
export type EventSummary = Static<typeof EventSummary>

/** An event with what was decided about it; null while nobody has looked. */
export const EventDetail = Type.Object({
  ...Event.properties,
  decisions: nullable(
    Type.Array(RuleDecision, { description: 'One per candidate rule: matched, or why not.' }),
  ),
})
export type EventDetail = Static<typeof EventDetail>

export type EventFilter = {
  trigger?: Id<'trigger'>
  trigger_ref?: string
  rule_ref?: string
  source?: Id<'sensor'>
  created_after?: string
  created_before?: string
}

/** A definition that is gone is shown as null; its ref stays. */
const definitions = sql`
  (select t.id from trigger t where t.id = e.trigger) as trigger,
  (select s.id from sensor s where s.id = e.source) as source,
  (select r.id from rule r where r.id = e.rule) as rule`

/** Newest first: ids are handed out in order, and the primary key of each partition has that order. */
export function list(db: Queryable, filter: EventFilter, page: { limit: number; offset: number }) {
  return selectPage<EventSummary>(
    db,
    {
      columns: sql`e.id, e.trigger_ref, e.source_ref, e.rule_ref, e.payload is not null as has_payload,
        e.correlation_id, e.created, ${definitions}`,
      from: sql`event e`,
      where: join([sql`true`, ...conditionsOf(filter)], ' and '),
      order: sql`e.id desc`,
    },
    page,
  )
}

function conditionsOf({
  trigger,
  trigger_ref,
  rule_ref,
  source,
  created_after,
  created_before,
}: EventFilter): Sql[] {
  const conditions = [
    // The index is on the ref.
    trigger !== undefined &&
      sql`e.trigger = ${trigger} and e.trigger_ref = (select ref from trigger where id = ${trigger})`,
    trigger_ref !== undefined && matches(sql`e.trigger_ref`, trigger_ref),
    rule_ref !== undefined && matches(sql`e.rule_ref`, rule_ref),
    source !== undefined && sql`e.source = ${source}`,
    created_after !== undefined && sql`e.created > ${created_after}`,
    created_before !== undefined && sql`e.created < ${created_before}`,
  ]
  return conditions.filter((condition) => condition !== false)
}

export function findDetail(db: Queryable, id: Id<'event'>): Promise<EventDetail | undefined> {
  return db.maybe(sql`
    select e.id, e.trigger_ref, e.config, e.payload, e.source_ref, e.created, e.rule_ref, e.correlation_id,
      ${definitions},
      (select d.decisions from event_decision d where d.event = e.id and d.created = e.created) as decisions
    from event e
    where e.id = ${id}`)
}
