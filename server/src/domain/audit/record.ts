import type { Queryable } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import type { AuditCategory, AuditOutcome } from './audit-event.ts'

/** Something that somebody did, or that the platform did by itself, and that must be found again later. */
export type AuditEntry = {
  /** When it happened. Default: now. */
  created?: string
  category: AuditCategory
  /** Dotted: `dead_letter.replayed`, `maintenance.corrective_action.applied`. */
  event_type: string
  outcome: AuditOutcome
  /** Absent where nobody is known. */
  actor_identity?: Id<'identity'>
  actor_login?: string
  /** `access`, `execution`, `sensor`; `system` for the platform itself. */
  actor_token_type?: string
  actor_ip?: string
  actor_user_agent?: string
  request_id?: string
  resource_type?: string
  resource_id?: number
  resource_ref?: string
  http_method?: string
  /** Without query, and without what is a credential. */
  http_path?: string
  http_status?: number
  duration_ms?: number
  /** How many requests of strangers it counts. */
  requests?: number
  details?: JsonObject
}

/** Writes audit entries in the caller's transaction: what was done and that it was done commit together. */
export function record(db: Queryable, entries: readonly AuditEntry[]): Promise<number> {
  if (entries.length === 0) return Promise.resolve(0)
  return db.run(sql`
    insert into audit_event (created, category, event_type, outcome, actor_identity, actor_login, actor_token_type,
      actor_ip, actor_user_agent, request_id, resource_type, resource_id, resource_ref, http_method, http_path,
      http_status, duration_ms, requests, details)
    select coalesce(created, now()), category, event_type, outcome, actor_identity, actor_login, actor_token_type,
      actor_ip, actor_user_agent, request_id, resource_type, resource_id, resource_ref, http_method, http_path,
      http_status, duration_ms, requests, details
    from json_to_recordset(${json(entries)}) as a (created timestamptz, category audit_category_enum, event_type text,
      outcome audit_outcome_enum, actor_identity bigint, actor_login text, actor_token_type text, actor_ip inet,
      actor_user_agent text, request_id uuid, resource_type text, resource_id bigint, resource_ref text,
      http_method text, http_path text, http_status integer, duration_ms integer,
      requests integer, details jsonb)`)
}
