import type { Queryable } from '../../database/database.ts'
import { selectPage } from '../../database/page.ts'
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
  return selectPage<AuditEventSummary>(
    db,
    { columns, from: sql`audit_event`, where: matching(filter), order: sql`created desc, id desc` },
    page,
  )
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
export type Place = { created: string; id: number }

/** The next rows of a walk from the oldest to the newest. The index on both columns finds them, however far it is. */
export function after(
  db: Queryable,
  filter: AuditFilter,
  place: Place | undefined,
  limit: number,
): Promise<AuditEvent[]> {
  const beyond =
    place === undefined
      ? sql`true`
      : sql`(created, id) > (${place.created}::timestamptz, ${place.id}::bigint)`
  return db.many(sql`
    select * from audit_event where ${matching(filter)} and ${beyond}
    order by created, id limit ${limit}`)
}

function matching(filter: AuditFilter): Sql {
  const { actor_identity, actor_login, resource_type, resource_id, resource_ref, request_id } = filter
  const conditions = [
    ...ofWhat(filter),
    actor_identity !== undefined && sql`actor_identity = ${actor_identity}`,
    actor_login !== undefined && contains(sql`actor_login`, actor_login),
    resource_type !== undefined && sql`resource_type = ${resource_type}`,
    resource_id !== undefined && sql`resource_id = ${resource_id}`,
    resource_ref !== undefined && sql`resource_ref = ${resource_ref}`,
    request_id !== undefined && sql`request_id = ${request_id}`,
    ...ofHttp(filter),
  ]
  return join([sql`true`, ...conditions.filter((condition) => condition !== false)], ' and ')
}

/** Category and outcome are spelled out, so that the plan may use the partial indexes on what is rare. */
function ofWhat({
  category,
  event_type,
  outcome,
  created_after,
  created_before,
}: AuditFilter): (Sql | false)[] {
  return [
    category !== undefined && sql`category = ${raw(`'${category}'`)}`,
    outcome !== undefined && sql`outcome = ${raw(`'${outcome}'`)}`,
    event_type !== undefined && sql`event_type = ${event_type}`,
    created_after !== undefined && sql`created >= ${created_after}`,
    created_before !== undefined && sql`created < ${created_before}`,
  ]
}

function ofHttp({ http_status, http_method, http_path }: AuditFilter): (Sql | false)[] {
  return [
    http_status !== undefined && sql`http_status = ${http_status}`,
    http_method !== undefined && sql`http_method = ${http_method.toUpperCase()}`,
    http_path !== undefined && contains(sql`http_path`, http_path),
  ]
}
