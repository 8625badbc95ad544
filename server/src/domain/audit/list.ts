import type { Queryable } from '../../database/database.ts'
import { SEARCHED_ROWS, selectPage } from '../../database/page.ts'
import { join, raw, type Sql, sql } from '../../database/sql.ts'
import { contains } from '../../database/wildcard.ts'
import type { Id } from '../../id.ts'
import type { AuditCategory, AuditEvent, AuditEventSummary, AuditOutcome } from './audit-event.ts'

export type AuditFilter = {
  category?: AuditCategory
  event_type?: string
  outcome?: AuditOutcome
  actor_identity?: Id<'identity'>
  /** Part of it. */
  actor_login?: string
  resource_type?: string
  resource_id?: number
  resource_ref?: string
  request_id?: string
  http_status?: number
  http_method?: string
  /** Part of it. */
  http_path?: string
  /** From this moment on. */
  created_after?: string
  created_before?: string
}

const columns = sql`
  id, created, category, event_type, outcome, actor_identity, actor_login, actor_ip, resource_type, resource_ref,
  http_method, http_path, http_status, request_id, requests`

export function list(db: Queryable, filter: AuditFilter, page: { limit: number; offset: number }) {
  const order = sql`created desc, id desc`
  const parts = partsIn(filter)
  const window =
    parts.length === 0
      ? undefined
      : sql`select * from audit_event where ${equal(filter)} order by ${order} limit ${SEARCHED_ROWS}`
  const from = window === undefined ? sql`audit_event` : sql`(${window}) as newest`
  return selectPage<AuditEventSummary>(db, { columns, from, where: matching(filter), order, window }, page)
}

export function find(db: Queryable, id: Id<'audit_event'>): Promise<AuditEvent | undefined> {
  return db.maybe(sql`select * from audit_event where id = ${id}`)
}

/** What one request did, in its order. Whoever calls chooses the id of a request, so there is an end to it. */
export function ofRequest(db: Queryable, request_id: string, most: number): Promise<AuditEvent[]> {
  return db.many(sql`
    select * from audit_event where request_id = ${request_id} order by created, id limit ${most}`)
}

/** Where a walk through the log has come to. */
export type AuditPosition = { created: string; id: number }

/** Rows that a walk passes with one statement, whether they match or not. */
const STRIDE = 1000

/**
 * The rows of the next stride of a walk from the oldest to the newest, and where it ends; nowhere when it was the last.
 * The index on both columns finds them, and no statement takes longer where little matches.
 */
export async function stride(
  db: Queryable,
  filter: AuditFilter,
  from: AuditPosition | undefined,
): Promise<{ rows: AuditEvent[]; to: AuditPosition | undefined }> {
  const span = join([...ofTime(filter), beyond(from)], ' and ')
  const to = await db.maybe<AuditPosition>(sql`
    select created, id from audit_event where ${span} order by created, id limit 1 offset ${STRIDE - 1}`)
  const rows = await db.many<AuditEvent>(sql`
    select * from audit_event where ${matching(filter)} and ${span} and ${upTo(to)} order by created, id`)
  return { rows, to }
}

function beyond(place: AuditPosition | undefined): Sql {
  return place === undefined
    ? sql`true`
    : sql`(created, id) > (${place.created}::timestamptz, ${place.id}::bigint)`
}

function upTo(place: AuditPosition | undefined): Sql {
  return place === undefined
    ? sql`true`
    : sql`(created, id) <= (${place.created}::timestamptz, ${place.id}::bigint)`
}

function matching(filter: AuditFilter): Sql {
  return join([equal(filter), ...partsIn(filter)], ' and ')
}

/** What is to be a part of a text, for which no index helps. */
function partsIn({ actor_login, http_path }: AuditFilter): Sql[] {
  return [
    ...(actor_login === undefined ? [] : [contains(sql`actor_login`, actor_login)]),
    ...(http_path === undefined ? [] : [contains(sql`http_path`, http_path)]),
  ]
}

function equal(filter: AuditFilter): Sql {
  const { actor_identity, resource_type, resource_id, resource_ref, request_id } = filter
  const conditions = [
    ...ofTime(filter),
    ...ofWhat(filter),
    actor_identity !== undefined && sql`actor_identity = ${actor_identity}`,
    resource_type !== undefined && sql`resource_type = ${resource_type}`,
    resource_id !== undefined && sql`resource_id = ${resource_id}`,
    resource_ref !== undefined && sql`resource_ref = ${resource_ref}`,
    request_id !== undefined && sql`request_id = ${request_id}`,
    ...ofHttp(filter),
  ]
  return join(
    conditions.filter((condition) => condition !== false),
    ' and ',
  )
}

function ofTime({
  created_after,
  created_before,
}: Pick<AuditFilter, 'created_after' | 'created_before'>): Sql[] {
  return [
    sql`true`,
    ...(created_after === undefined ? [] : [sql`created >= ${created_after}`]),
    ...(created_before === undefined ? [] : [sql`created < ${created_before}`]),
  ]
}

/** Category and outcome are spelled out, so that the plan may use the partial indexes on what is rare. */
function ofWhat({ category, event_type, outcome }: AuditFilter): (Sql | false)[] {
  return [
    category !== undefined && sql`category = ${raw(`'${category}'`)}`,
    outcome !== undefined && sql`outcome = ${raw(`'${outcome}'`)}`,
    event_type !== undefined && sql`event_type = ${event_type}`,
  ]
}

function ofHttp({ http_status, http_method }: AuditFilter): (Sql | false)[] {
  return [
    http_status !== undefined && sql`http_status = ${http_status}`,
    http_method !== undefined && sql`http_method = ${http_method.toUpperCase()}`,
  ]
}
