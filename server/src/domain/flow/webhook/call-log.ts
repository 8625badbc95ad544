import { type Static, Type } from 'typebox'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { type Selected, selectPage } from '../../../database/page.ts'
import { anyObject, id, nullable, timestamp } from '../../../database/row.ts'
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
  /** Whether it had been taken before. */
  duplicate: boolean
}

export function logCall(db: Queryable, call: WebhookCall): Promise<number> {
  return db.run(sql`
    insert into webhook_event_log
      (trigger_id, trigger_ref, webhook_key, event_id, source_ip, user_agent, payload_size_bytes, headers, status_code,
       error_message, processing_time_ms, hmac_verified, rate_limited, ip_allowed, duplicate)
    select trigger_id, trigger_ref, webhook_key, event_id, source_ip, user_agent, payload_size_bytes, headers, status_code,
      error_message, processing_time_ms, hmac_verified, rate_limited, ip_allowed, duplicate
    from json_populate_record(null::webhook_event_log, ${json(call)})`)
}

type Rate = { requests: number; window_seconds: number }

/**
 * Seconds until the address may call again; undefined where it has not called as often as it may within the window.
 * Calls of one webhook take turns under an advisory lock until they are written down, in whatever process they arrive:
 * two that count at the same moment would both find room for one.
 */
export async function secondsUntilRoom(
  tx: Transaction,
  { requests, window_seconds }: Rate,
  { trigger_id, source_ip }: Pick<WebhookCall, 'trigger_id' | 'source_ip'>,
): Promise<number | undefined> {
  await tx.run(sql`select pg_advisory_xact_lock(21, hashtext(${`${trigger_id} ${source_ip}`}))`)
  const { earlier, seconds } = await tx.one<{ earlier: number; seconds: number | null }>(sql`
    select count(*)::int as earlier,
      ceil(extract(epoch from min(created) - now()) + ${window_seconds}::int)::int as seconds
    from (
      select created from webhook_event_log l
      where l.trigger_id = ${trigger_id} and l.source_ip = ${source_ip} and not l.rate_limited
        and l.created > now() - ${window_seconds} * interval '1 second'
      order by l.created desc
      limit ${requests}) as counted`)
  return earlier < requests ? undefined : Math.max(1, seconds ?? 1)
}

/** A delivery as it is shown: what became of it and why. */
export const DeliveryRecord = Type.Object(
  {
    id: Type.Integer(),
    created: timestamp,
    status_code: Type.Integer({ description: 'What the sender was answered.' }),
    error_message: nullable(
      Type.String({ description: 'Why it was refused, as far as only its owner is to know.' }),
    ),
    event_id: nullable(id('event')),
    duplicate: Type.Boolean({ description: 'It had been taken before; `event_id` is the first event.' }),
    source_ip: nullable(Type.String()),
    user_agent: nullable(Type.String()),
    payload_size_bytes: nullable(Type.Integer({ description: 'Bytes of the body as it came.' })),
    processing_time_ms: nullable(Type.Integer()),
    hmac_verified: nullable(Type.Boolean({ description: 'null: not looked at.' })),
    rate_limited: Type.Boolean(),
    ip_allowed: nullable(Type.Boolean({ description: 'null: not looked at.' })),
    headers: nullable({ ...anyObject, description: 'Without credentials.' }),
  },
  { title: 'WebhookDelivery' },
)
export type DeliveryRecord = Static<typeof DeliveryRecord>

export type DeliveryFilter = { refused?: boolean; status_code?: number }

/** Deliveries of a webhook, newest first: down webhook_event_log_trigger. */
export function listDeliveries(
  db: Queryable,
  trigger: Id<'trigger'>,
  { filter, page }: { filter: DeliveryFilter; page: { limit: number; offset: number } },
): Promise<Selected<DeliveryRecord>> {
  const { refused, status_code } = filter
  return selectPage(
    db,
    {
      columns: sql`l.id, l.created, l.status_code, l.error_message, l.event_id, l.duplicate, l.source_ip, l.user_agent,
        l.payload_size_bytes, l.processing_time_ms, l.hmac_verified, l.rate_limited, l.ip_allowed, l.headers`,
      from: sql`webhook_event_log l`,
      where: sql`l.trigger_id = ${trigger}
        ${refused === undefined ? sql`` : sql`and (l.status_code >= 400) = ${refused}`}
        ${status_code === undefined ? sql`` : sql`and l.status_code = ${status_code}`}`,
      order: sql`l.id desc`,
    },
    page,
  )
}
