import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { EmittedTrigger, Emission } from '../event/emission.ts'
import { oversize } from '../event/emit.ts'

/** A call to a webhook as it came in. */
export type Received = {
  key: string
  body: JsonObject
  headers: Readonly<Record<string, string | string[] | undefined>>
  client_ip: string
  user_agent: string | null
  received_at: string
  request_id: string
}

/** Headers that may hold a credential or what proves one. They say nothing that a rule needs. */
const SECRETIVE = /authorization|cookie|signature|token|secret|password|api-?key/i

/** The event that a call becomes, or why it cannot. The trigger is found by the key when it is resolved. */
export function emissionOf(received: Received, inline_limit_bytes: number): Emission | Problem {
  const payload = payloadOf(received.body)
  const config = configOf(received)
  return (
    oversize({ payload, config }, inline_limit_bytes) ?? {
      trigger: { webhook_key: received.key },
      payload,
      config,
      source: { kind: 'other', ref: 'webhook' },
      correlation_id: received.request_id,
      refusal: (trigger) => refusalOf(trigger, payload),
    }
  )
}

/** An object with `payload` is an envelope; what a provider sends as it likes is the payload itself. */
function payloadOf(body: JsonObject): Json {
  return body['payload'] === undefined ? body : body['payload']
}

/** Where the event came from. Of the key only as much as tells two apart. */
function configOf({ key, body, headers, client_ip, user_agent, received_at }: Received): JsonObject {
  const own = body['payload'] !== undefined && isJsonObject(body['headers']) ? body['headers'] : {}
  return {
    source: 'webhook',
    webhook_key: key.slice(-4),
    received_at,
    headers: { ...harmless(headers, key), ...harmless(own, key) },
    source_ip: client_ip,
    ...(user_agent === null ? {} : { user_agent }),
  }
}

/** Without what may hold a credential: by its name, or because the key stands in it (proxies note the address). */
function harmless(headers: Readonly<Record<string, Json | undefined>>, key: string): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || SECRETIVE.test(name) || JSON.stringify(value).includes(key)
        ? []
        : [[name, value]],
    ),
  )
}

function refusalOf(trigger: EmittedTrigger, payload: Json): Problem | undefined {
  if (!trigger.webhook_enabled) {
    return new Problem(
      'BAD_REQUEST',
      `Webhooks of the trigger '${trigger.ref}' are disabled; enable them first.`,
    )
  }
  const config = isJsonObject(trigger.webhook_config) ? trigger.webhook_config : {}
  return unchecked(config) ?? tooLarge(config, payload)
}

/** What was configured to protect the webhook and cannot be checked closes it: anything else would let everyone in. */
function unchecked(config: JsonObject): Problem | undefined {
  const demanded = ['hmac', 'ip_whitelist', 'rate_limit'].filter((name) => isDemanded(config[name]))
  if (demanded.length === 0) return undefined
  return new Problem(
    'NOT_IMPLEMENTED',
    `The webhook demands ${demanded.join(' and ')}, which this version does not check; it accepts nothing until that is removed from its configuration.`,
  )
}

function isDemanded(setting: Json | undefined): boolean {
  return isJsonObject(setting) && setting['enabled'] === true
}

function tooLarge({ payload_size_limit_kb: limit }: JsonObject, payload: Json): Problem | undefined {
  return typeof limit === 'number' && limit > 0 ? oversize({ payload }, limit * 1024) : undefined
}
