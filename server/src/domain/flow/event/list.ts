import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { id, nullable, timestamp } from '../../../database/row.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import { matches } from '../../../database/wildcard.ts'
import type { Id } from '../../../id.ts'
import type { Caller } from '../../caller/caller.ts'
import { permits } from '../../caller/permission.ts'
import { packOf } from '../../access/permission/change.ts'
import { allowedRows, allows } from '../../caller/scope.ts'
import { RuleDecision } from '../../definition/matching/decision.ts'
import { Event } from './event.ts'

/** An event in lists: without its documents. */
export const EventSummary = Type.Object(
  {
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
  },
  { title: 'EventSummary' },
)
export type EventSummary = Static<typeof EventSummary>

/** An event with what was decided about it; null while nobody has looked. */
export const EventDetail = Type.Object(
  {
    ...Event.properties,
    decisions: nullable(
      Type.Array(RuleDecision, { description: 'One per candidate rule: matched, or why not.' }),
    ),
  },
  { title: 'EventDetail' },
)
export type EventDetail = Static<typeof EventDetail>

export type EventFilter = {
  trigger?: Id<'trigger'>
  trigger_ref?: string
  rule_ref?: string
  source?: Id<'sensor'>
  created_after?: string
  created_before?: string
}

/** What grants are held against: an event is of its trigger, by whose ref and pack it is known. */
export const columns = {
  id: sql`e.id`,
  ref: sql`e.trigger_ref`,
  pack_ref: sql`split_part(e.trigger_ref, '.', 1)`,
}

const readableBy = (caller: Caller) => allowedRows(caller, ['events', 'read'], columns)

/**
 * Whether the caller is told which rules an event is about: all with events:read without constraints, else those that
 * they may read.
 */
export function mayKnowRule(caller: Caller): (rule: { id: number; ref: string }) => boolean {
  if (seesAll(caller)) return () => true
  return ({ id, ref }) => allows(caller, ['rules', 'read'], { id, ref, pack_ref: packOf(ref) })
}

function seesAll(caller: Caller): boolean {
  return 'grants' in caller ? permits(caller.grants, ['events', 'read']) : caller.kind === 'sensor'
}

function ruleKnownTo(caller: Caller): Sql {
  if (seesAll(caller)) return sql`true`
  const rule = { id: sql`e.rule`, ref: sql`e.rule_ref`, pack_ref: sql`split_part(e.rule_ref, '.', 1)` }
  return allowedRows(caller, ['rules', 'read'], rule)
}

/** A definition that is gone is shown as null; its ref stays. The rule is shown to whom it is `known`. */
const definitions = (known: Sql) => sql`
  (select t.id from trigger t where t.id = e.trigger) as trigger,
  (select s.id from sensor s where s.id = e.source) as source,
  (select r.id from rule r where r.id = e.rule and ${known}) as rule,
  case when ${known} then e.rule_ref end as rule_ref`

/** Newest first: ids are handed out in order, and the primary key of each partition has that order. */
export function list(
  db: Queryable,
  { caller, ...filter }: EventFilter & { caller: Caller },
  page: { limit: number; offset: number },
) {
  const known = ruleKnownTo(caller)
  return selectPage<EventSummary>(
    db,
    {
      columns: sql`e.id, e.trigger_ref, e.source_ref, e.payload is not null as has_payload, e.correlation_id, e.created,
        ${definitions(known)}`,
      from: sql`event e`,
      where: join([readableBy(caller), ...conditionsOf(filter, known)], ' and '),
      order: sql`e.id desc`,
    },
    page,
  )
}

function conditionsOf(
  { trigger, trigger_ref, rule_ref, source, created_after, created_before }: EventFilter,
  known: Sql,
): Sql[] {
  const conditions = [
    // The index is on the ref.
    trigger !== undefined &&
      sql`e.trigger = ${trigger} and e.trigger_ref = (select ref from trigger where id = ${trigger})`,
    trigger_ref !== undefined && matches(sql`e.trigger_ref`, trigger_ref),
    rule_ref !== undefined && sql`${matches(sql`e.rule_ref`, rule_ref)} and ${known}`,
    source !== undefined && sql`e.source = ${source}`,
    created_after !== undefined && sql`e.created > ${created_after}`,
    created_before !== undefined && sql`e.created < ${created_before}`,
  ]
  return conditions.filter((condition) => condition !== false)
}

export async function findDetail(
  db: Queryable,
  id: Id<'event'>,
  caller: Caller,
): Promise<EventDetail | undefined> {
  const event = await db.maybe<EventDetail>(sql`
    select e.id, e.trigger_ref, e.config, e.payload, e.source_ref, e.created, e.correlation_id,
      ${definitions(ruleKnownTo(caller))},
      (select d.decisions from event_decision d where d.event = e.id and d.created = e.created) as decisions
    from event e
    where e.id = ${id} and ${readableBy(caller)}`)
  if (event === undefined) return undefined
  const known = mayKnowRule(caller)
  const decisions = event.decisions?.filter(({ rule, rule_ref }) => known({ id: rule, ref: rule_ref }))
  return { ...event, decisions: decisions ?? null }
}
