import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'

/** One call to a webhook that exists, and what became of it. */
export type WebhookCall = {
  trigger_id: Id<'trigger'>
  trigger_ref: string
  /** Only the end of the key: the whole is a credential. */
  webhook_key: string
  event_id: Id<'event'> | null
  source_ip: string
  user_agent: string | null
  payload_size_bytes: number
  headers: JsonObject
  status_code: number
  error_message: string | null
  processing_time_ms: number
  hmac_verified: boolean | null
  rate_limited: boolean
  ip_allowed: boolean | null
}

export function logCall(db: Queryable, call: WebhookCall): Promise<number> {
  return db.run(sql`
    insert into webhook_event_log
      (trigger_id, trigger_ref, webhook_key, event_id, source_ip, user_agent, payload_size_bytes, headers, status_code,
       error_message, processing_time_ms, hmac_verified, rate_limited, ip_allowed)
    select trigger_id, trigger_ref, webhook_key, event_id, source_ip, user_agent, payload_size_bytes, headers, status_code,
      error_message, processing_time_ms, hmac_verified, rate_limited, ip_allowed
    from json_populate_record(null::webhook_event_log, ${json(call)})`)
}

type Rate = { requests: number; window_seconds: number }

/**
 * Whether the address has not called as often as it may within the window. Calls of one webhook take turns under an
 * advisory lock until they are written down, in whatever process they arrive: two that count at the same moment would
 * both find room for one.
 */
export async function hasRoom(
  tx: Transaction,
  { requests, window_seconds }: Rate,
  { trigger_id, source_ip }: Pick<WebhookCall, 'trigger_id' | 'source_ip'>,
): Promise<boolean> {
  await tx.run(sql`select pg_advisory_xact_lock(21, hashtext(${`${trigger_id} ${source_ip}`}))`)
  const { earlier } = await tx.one<{ earlier: number }>(sql`
    select count(*)::int as earlier from (
      select from webhook_event_log l
      where l.trigger_id = ${trigger_id} and l.source_ip = ${source_ip} and not l.rate_limited
        and l.created > now() - ${window_seconds} * interval '1 second'
      limit ${requests}) as counted`)
  return earlier < requests
}
