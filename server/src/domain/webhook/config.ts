import { type Static, Type } from 'typebox'
import { nullable, oneOf } from '../../database/row.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'
import { readEntry } from './address.ts'
import { algorithms } from './signature.ts'

/*
 * What protects a webhook besides its key. Rows may be written by hand: what is demanded there and cannot be read is
 * held against the caller, because anything else would let everyone in.
 */

const closed = { additionalProperties: false } as const
const count = (description: string) => Type.Integer({ minimum: 1, maximum: 1_000_000, description })
const part = <T extends ReturnType<typeof Type.Object>>(schema: T) => Type.Optional(nullable(schema))

const limit = Type.Optional(nullable(count('Kilobytes of a payload at most.')))
const ip_whitelist = part(
  Type.Object(
    {
      enabled: Type.Boolean(),
      ips: Type.Array(Type.String(), {
        maxItems: 1000,
        description: 'Addresses or CIDR blocks, IPv4 or IPv6.',
      }),
    },
    closed,
  ),
)
const rate_limit = part(
  Type.Object(
    {
      enabled: Type.Boolean(),
      requests: count('Calls of one address in the window at most.'),
      window_seconds: count('Seconds.'),
    },
    closed,
  ),
)
const signing = { enabled: Type.Boolean(), algorithm: oneOf(algorithms) }

/** The body that sets it: what is not given is not demanded, and the secret stays when it is not given. */
export const WebhookConfig = Type.Object(
  {
    payload_size_limit_kb: limit,
    ip_whitelist,
    rate_limit,
    hmac: part(
      Type.Object(
        {
          ...signing,
          secret: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 4096,
              description: 'Signs the calls; never shown again.',
            }),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'WebhookConfig' },
)
export type WebhookConfig = Static<typeof WebhookConfig>

/** As it is shown: of the secret only whether there is one. */
export const ShownWebhookConfig = Type.Object(
  {
    payload_size_limit_kb: limit,
    ip_whitelist,
    rate_limit,
    hmac: part(Type.Object({ ...signing, has_secret: Type.Boolean() })),
  },
  { title: 'ShownWebhookConfig' },
)

/** What cannot be a whitelist, each entry by its place. */
export function checkConfig({ ip_whitelist: list }: WebhookConfig): FieldProblem[] {
  return (list?.ips ?? []).flatMap((entry, index) =>
    readEntry(entry) === undefined
      ? [{ field: `ip_whitelist.ips.${index}`, message: 'is neither an address nor a CIDR block' }]
      : [],
  )
}

/** The configuration without its secret, as it is stored. */
export function storedForm({ hmac, ...rest }: WebhookConfig): JsonObject {
  const signed = hmac == null ? {} : { hmac: { enabled: hmac.enabled, algorithm: hmac.algorithm } }
  const parts = Object.entries({ ...rest, ...signed }).filter(([, value]) => value != null)
  return JSON.parse(JSON.stringify(Object.fromEntries(parts))) as JsonObject // plain data already
}

/** What was stored, also by hand, as it may be shown. */
export function shownForm(stored: Json, hasSecret: boolean): JsonObject {
  const config = isJsonObject(stored) ? stored : {}
  const { hmac, ...rest } = config
  if (!isJsonObject(hmac)) return rest
  const { secret, ...shown } = hmac
  return { ...rest, hmac: { ...shown, has_secret: hasSecret || typeof secret === 'string' } }
}

/** What a call is held against. `undefined` is not demanded. */
export type Demands = {
  limit_bytes: number | undefined
  whitelist: readonly string[] | undefined
  rate: { requests: number; window_seconds: number } | undefined
  hmac: { algorithm: string; secret: string | undefined } | undefined
}

/** What a stored configuration demands. Where a demand cannot be read nothing fulfils it. */
export function demandsOf(stored: Json): Demands {
  const config = isJsonObject(stored) ? stored : {}
  const { payload_size_limit_kb: kilobytes } = config
  return {
    limit_bytes: typeof kilobytes === 'number' && kilobytes > 0 ? kilobytes * 1024 : undefined,
    whitelist: demanded(config['ip_whitelist'], ({ ips }) => texts(ips)),
    rate: demanded(config['rate_limit'], ({ requests, window_seconds }) => ({
      requests: positive(requests),
      window_seconds: positive(window_seconds),
    })),
    hmac: demanded(config['hmac'], ({ algorithm, secret }) => ({
      algorithm: typeof algorithm === 'string' ? algorithm.toLowerCase() : '',
      secret: typeof secret === 'string' && secret !== '' ? secret : undefined,
    })),
  }
}

function demanded<Demand>(
  setting: Json | undefined,
  read: (setting: JsonObject) => Demand,
): Demand | undefined {
  if (!isJsonObject(setting)) return undefined
  return setting['enabled'] === true ? read(setting) : undefined
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function positive(value: Json | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0
}
