import { createHash } from 'node:crypto'
import { storableText } from '../../../text/storable-text.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { Problem } from '../../../problem.ts'
import type { Emission } from '../event/emission.ts'
import { oversize } from '../event/event-request.ts'

/** What a body says. Only one that was JSON can be our envelope. */
export type DeliveryContent = { kind: 'json' | 'form' | 'text' | 'none'; value: Json }

/** What somebody has sent to a webhook. */
export type WebhookDelivery = {
  key: string
  /** Why it cannot be read, where it cannot. */
  content: DeliveryContent | Problem
  /** The very bytes of the body, which are what is signed. */
  raw_body: Buffer
  headers: Readonly<Record<string, string | string[] | undefined>>
  query: Readonly<Record<string, string | string[] | undefined>>
  client_ip: string
  user_agent: string | null
  received_at: string
  request_id: string
}

/** Whether `{"payload": …}` is our envelope: where it holds nothing else of its own, whatever else is in it, or never. */
export const envelopes = ['auto', 'always', 'never'] as const
export type Envelope = (typeof envelopes)[number]

/** What a delivery brings: its payload, and headers that an envelope holds. */
export type Unwrapped = { payload: Json; headers: JsonObject }

/** What is known of the sender and the webhook. */
export type FoundWebhook = {
  trigger: { ref: string }
  unwrapped: Unwrapped
  /** Those of its headers that are kept. */
  headers: JsonObject
  /** Whether it was signed and the signature is right; undefined where no signature is demanded. */
  hmac_verified: true | undefined
  /** What its sender calls it, the same when it is sent again. */
  delivery_id: string | undefined
  inline_limit_bytes: number
}

/** The event that a delivery becomes, or why it cannot. */
export function emissionOf(delivery: WebhookDelivery, found: FoundWebhook): Emission | Problem {
  const { trigger, unwrapped, delivery_id, inline_limit_bytes } = found
  const payload = withoutKey(unwrapped.payload, delivery.key)
  const config = configOf(delivery, found)
  return (
    oversize({ payload, config }, inline_limit_bytes) ?? {
      trigger: { ref: trigger.ref },
      payload,
      config,
      source: { kind: 'other', ref: 'webhook' },
      correlation_id: delivery.request_id,
      ...(delivery_id === undefined || delivery_id === '' ? {} : { dedupe_key: dedupeKeyOf(delivery_id) }),
    }
  )
}

/** A name that is too long to be kept is known by its digest. */
function dedupeKeyOf(delivery_id: string): string {
  const key = `delivery:${storableText(delivery_id)}`
  return key.length <= 255 ? key : `delivery:${createHash('sha256').update(delivery_id).digest('hex')}`
}

/** Takes the payload out of an envelope; what a provider sends as it likes is the payload itself. */
export function unwrap({ kind, value }: DeliveryContent, envelope: Envelope): Unwrapped {
  if (kind !== 'json' || !isJsonObject(value) || !isEnvelope(value, envelope))
    return { payload: value, headers: {} }
  const { payload = null, headers } = value
  return { payload, headers: isJsonObject(headers) ? headers : {} }
}

function isEnvelope(body: JsonObject, envelope: Envelope): boolean {
  if (body['payload'] === undefined) return false
  switch (envelope) {
    case 'always':
      return true
    case 'never':
      return false
    case 'auto':
      return Object.entries(body).every(isOfEnvelope)
  }
}

/** The address and program that an envelope names have no effect: the connection tells. */
function isOfEnvelope([name, value]: [string, Json]): boolean {
  switch (name) {
    case 'payload':
      return true
    case 'headers':
      return value === null || isJsonObject(value)
    case 'source_ip':
    case 'user_agent':
      return value === null || typeof value === 'string'
    default:
      return false
  }
}

/** Providers that tell what they are set up with say the address too; whoever reads the event is not to learn it. */
function withoutKey(value: Json, key: string): Json {
  if (typeof value === 'string') return value.replaceAll(key, '***')
  if (Array.isArray(value)) return value.map((one) => withoutKey(one, key))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.replaceAll(key, '***'), withoutKey(member, key)]),
  )
}

/** Where the event came from. Of the key only as much as tells two apart. */
function configOf(
  { key, query, client_ip, user_agent, received_at }: WebhookDelivery,
  { headers, unwrapped, hmac_verified }: FoundWebhook,
): JsonObject {
  const asked = harmless(query, key)
  return {
    source: 'webhook',
    webhook_key: key.slice(-4),
    received_at,
    headers: { ...headers, ...harmless(unwrapped.headers, key) },
    ...(Object.keys(asked).length === 0 ? {} : { query: asked }),
    source_ip: client_ip,
    ...(user_agent === null ? {} : { user_agent }),
    ...(hmac_verified === undefined ? {} : { hmac_verified }),
  }
}

/** Names of headers and parameters that may hold a credential or what proves one. They say nothing that a rule needs. */
const SECRETIVE =
  /authorization|cookie|signature|hmac|token|secret|passw|credential|jwt|(api|access|private|subscription|functions|auth)[-_]?key|^(code|key|sig|auth|pass|pwd|pin|otp)$/i

/** Without what may hold a credential: by its name, or because the key stands in it (proxies note the address). */
export function harmless(values: Readonly<Record<string, Json | undefined>>, key: string): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || SECRETIVE.test(name) || JSON.stringify([name, value]).includes(key)
        ? []
        : [[storableText(name), storable(value)]],
    ),
  )
}

/** Headers and parameters are text; an envelope has been read as JSON and may be stored. */
const storable = (value: Json): Json =>
  typeof value === 'string' ? storableText(value) : Array.isArray(value) ? value.map(storable) : value
