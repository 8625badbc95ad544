import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { MatchedEvent } from './matched-event.ts'

/** What conditions and templates see as `event`. `trigger` and `trigger_ref` are the same. */
export type VisibleEvent = {
  readonly id: number
  readonly trigger: string
  readonly trigger_ref: string
  readonly payload: Json
  readonly created: string
  /** And what is kept with it, see `visibleEvent`. */
  readonly [kept: string]: Json
}

/**
 * An event with all that is kept with it: `config` as it is stored, and of that what a webhook keeps by names of its
 * own. Headers have lower-case names. An event that came another way has no headers and no query.
 */
export function visibleEvent(event: MatchedEvent): VisibleEvent {
  const { id, trigger_ref, payload, created, config = null, source_ref = null } = event
  const about = { id, trigger: trigger_ref, trigger_ref, payload, created, config, source: source_ref }
  const kept = isJsonObject(config) ? config : {}
  return {
    ...about,
    headers: lowerCase(objectOf(kept['headers'])),
    query: objectOf(kept['query']),
    source_ip: kept['source_ip'] ?? null,
    user_agent: kept['user_agent'] ?? null,
    received_at: kept['received_at'] ?? created,
    // Whoever may create events may say anything in their config; only the webhook knows.
    verified: source_ref === 'webhook' && kept['hmac_verified'] === true,
  }
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

function lowerCase(headers: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
