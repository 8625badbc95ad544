import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import { allowedRows } from '../../caller/scope.ts'
import { Enforcement } from './enforcement.ts'

/** Where its event is stored, and in whose place it was rendered, is our business. */
const unshown = ['event_created', 'owner_identity', 'authority_set_refs'] as const

/** An enforcement as it is shown. */
export const EnforcementDetail = Type.Omit(Enforcement, unshown, { title: 'EnforcementDetail' })
export type EnforcementDetail = Static<typeof EnforcementDetail>

/** An enforcement in lists: without its documents. */
export const EnforcementSummary = Type.Omit(
  Enforcement,
  [...unshown, 'config', 'payload', 'conditions', 'resolved_at', 'disabled_reason'],
  { title: 'EnforcementSummary' },
)
export type EnforcementSummary = Static<typeof EnforcementSummary>

export type EnforcementFilter = {
  caller: Caller
  rule?: Id<'rule'>
  event?: Id<'event'>
  status?: Enforcement['status']
  trigger_ref?: string
  rule_ref?: string
}

/** What grants are held against: an enforcement is of its rule, by whose ref and pack it is known. */
export const targetColumns = {
  id: sql`e.id`,
  ref: sql`e.rule_ref`,
  pack_ref: sql`split_part(e.rule_ref, '.', 1)`,
}

const readableBy = (caller: Caller) => allowedRows(caller, ['enforcements', 'read'], targetColumns)

/** A rule that is gone is shown as null; its ref stays. */
const columns = sql`
  e.id, (select r.id from rule r where r.id = e.rule) as rule, e.rule_ref, e.trigger_ref, e.event, e.status,
  e.condition, e.correlation_id, e.created`

/** Newest first: ids are handed out in order. */
export function list(db: Queryable, filter: EnforcementFilter, page: { limit: number; offset: number }) {
  return selectPage<EnforcementSummary>(
    db,
    {
      columns,
      from: sql`enforcement e`,
      where: join([readableBy(filter.caller), ...conditionsOf(filter)], ' and '),
      order: sql`e.id desc`,
    },
    page,
  )
}

function conditionsOf({ rule, event, status, trigger_ref, rule_ref }: EnforcementFilter): Sql[] {
  const conditions = [
    rule !== undefined && sql`e.rule = ${rule}`,
    event !== undefined && sql`e.event = ${event}`,
    status !== undefined && sql`e.status = ${status}`,
    trigger_ref !== undefined && sql`e.trigger_ref = ${trigger_ref}`,
    rule_ref !== undefined && sql`e.rule_ref = ${rule_ref}`,
  ]
  return conditions.filter((condition) => condition !== false)
}

export function findDetail(
  db: Queryable,
  id: Id<'enforcement'>,
  caller: Caller,
): Promise<EnforcementDetail | undefined> {
  return db.maybe(sql`
    select ${columns}, e.config, e.payload, e.conditions, e.resolved_at, e.disabled_reason
    from enforcement e
    where e.id = ${id} and ${readableBy(caller)}`)
}
