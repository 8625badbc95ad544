import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { Problem } from '../../../problem.ts'
import type { Emission } from '../event/emission.ts'
import { oversize } from '../event/event-request.ts'

/** What somebody has sent to a webhook. */
export type WebhookDelivery = {
  key: string
  body: JsonObject
  /** The very bytes of the body. */
  raw_body: Buffer
  headers: Readonly<Record<string, string | string[] | undefined>>
  client_ip: string
  user_agent: string | null
  received_at: string
  request_id: string
}

/** Headers that may hold a credential or what proves one. They say nothing that a rule needs. */
const SECRETIVE = /authorization|cookie|signature|token|secret|password|api-?key/i

/** What is known of the sender and the webhook. */
export type FoundWebhook = {
  trigger: { ref: string }
  /** Whether it was signed and the signature is right; undefined where no signature is demanded. */
  hmac_verified: true | undefined
  inline_limit_bytes: number
}

/** The event that a delivery becomes, or why it cannot. */
export function emissionOf(
  delivery: WebhookDelivery,
  { trigger: { ref }, hmac_verified, inline_limit_bytes }: FoundWebhook,
): Emission | Problem {
  const payload = withoutKey(payloadOf(delivery.body), delivery.key)
  const config = configOf(delivery, hmac_verified)
  return (
    oversize({ payload, config }, inline_limit_bytes) ?? {
      trigger: { ref },
      payload,
      config,
      source: { kind: 'other', ref: 'webhook' },
      correlation_id: delivery.request_id,
    }
  )
}

/** An object with `payload` is an envelope; what a provider sends as it likes is the payload itself. */
export function payloadOf(body: JsonObject): Json {
  return body['payload'] === undefined ? body : body['payload']
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
  { key, body, headers, client_ip, user_agent, received_at }: WebhookDelivery,
  hmac_verified: true | undefined,
): JsonObject {
  const own = body['payload'] !== undefined && isJsonObject(body['headers']) ? body['headers'] : {}
  return {
    source: 'webhook',
    webhook_key: key.slice(-4),
    received_at,
    headers: { ...harmless(headers, key), ...harmless(own, key) },
    source_ip: client_ip,
    ...(user_agent === null ? {} : { user_agent }),
    ...(hmac_verified === undefined ? {} : { hmac_verified }),
  }
}

/** Without what may hold a credential: by its name, or because the key stands in it (proxies note the address). */
export function harmless(headers: Readonly<Record<string, Json | undefined>>, key: string): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || SECRETIVE.test(name) || JSON.stringify(value).includes(key)
        ? []
        : [[name, value]],
    ),
  )
}
