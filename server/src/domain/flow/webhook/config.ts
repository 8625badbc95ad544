import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { nullable, oneOf } from '../../../database/row.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { readEntry } from './address.ts'
import { type Envelope, envelopes } from './delivery.ts'
import { presetNames, presetOf } from './presets.ts'
import { type SignatureScheme, algorithms } from './signature.ts'
import { presetField, readScheme, settingsOf } from './signing.ts'
import { headerName, signingFields } from './signing-fields.ts'

/*
 * What protects a webhook besides its key. It may be written by a request or by hand into the store, and both are read
 * by `readConfig`, at every call: a configuration of which anything cannot be read lets nobody in.
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
const signing = {
  enabled: Type.Boolean(),
  algorithm: Type.Optional(oneOf(algorithms)),
  ...presetField,
  ...signingFields,
}
const delivery_id_header = Type.Optional(headerName)

/** The body that sets it: what is not given is not demanded, and the secret stays when it is not given. */
export const WebhookConfig = Type.Object(
  {
    payload_size_limit_kb: limit,
    envelope: Type.Optional(nullable(oneOf(envelopes))),
    delivery_id_header: Type.Optional(
      nullable({
        ...headerName,
        description:
          'Names a delivery, the same when it is sent again: what was taken within seven days is not taken twice.',
      }),
    ),
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
          keep_previous_secret: Type.Optional(
            Type.Boolean({
              description:
                'true: the secret before stays good beside the new one. false: it does not any longer. Default: a new secret stands alone.',
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

/** As it is stored. A part that is off may be incomplete. */
const stored = {
  payload_size_limit_kb: Type.Optional(count('Kilobytes of a payload at most.')),
  envelope: Type.Optional(oneOf(envelopes)),
  delivery_id_header,
  ip_whitelist: Type.Optional(
    Type.Object(
      { enabled: Type.Boolean(), ips: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })) },
      closed,
    ),
  ),
  rate_limit: Type.Optional(
    Type.Object(
      {
        enabled: Type.Boolean(),
        requests: Type.Optional(count('Calls of one address in the window at most.')),
        window_seconds: Type.Optional(count('Seconds.')),
      },
      closed,
    ),
  ),
} as const
const signs = {
  enabled: Type.Boolean(),
  algorithm: Type.Optional(Type.String()),
  ...presetField,
  ...signingFields,
}
const secret = Type.Optional(Type.String({ minLength: 1, maxLength: 4096 }))
const StoredWebhookConfig = Type.Object(
  { ...stored, hmac: Type.Optional(Type.Object({ ...signs, secret }, closed)) },
  closed,
)

/** As it is shown: of the secret only whether there is one, and nothing that cannot be read. */
export const ShownWebhookConfig = Type.Object(
  {
    ...stored,
    hmac: Type.Optional(
      Type.Object({
        ...signs,
        has_secret: Type.Boolean(),
        has_previous_secret: Type.Optional(Type.Boolean()),
      }),
    ),
    problems: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
        description: 'What in it cannot be read. While there is anything, every call is refused.',
      }),
    ),
  },
  { title: 'ShownWebhookConfig' },
)

/** The configuration without its secret, as it is stored. */
export function storedForm({ hmac, ...rest }: WebhookConfig): JsonObject {
  const signed = hmac == null ? {} : { hmac: storedSigning(hmac) }
  const parts = Object.entries({ ...rest, ...signed }).filter(([, value]) => value != null)
  return JSON.parse(JSON.stringify(Object.fromEntries(parts))) as JsonObject // plain data already
}

export function storedSigning(hmac: NonNullable<WebhookConfig['hmac']>): JsonObject {
  const { secret: _secret, keep_previous_secret: _keep, ...signed } = hmac
  return JSON.parse(JSON.stringify(signed)) as JsonObject // plain data already
}

/** Which secrets of a webhook are stored apart from its configuration. */
export type KnownSecrets = { has_secret: boolean; has_previous: boolean }

/** What was stored, also by hand, as it may be shown: the parts that can be read, and what is wrong with the others. */
export function shownForm(stored: Json, { has_secret, has_previous }: KnownSecrets): JsonObject {
  const problems = problemsOf(stored, has_secret).map(({ field, message }) => ({ field, message }))
  const unread = new Set(problems.map(({ field }) => field.split('.')[0]))
  const readable = Object.entries(isJsonObject(stored) ? stored : {}).filter(([name]) => !unread.has(name))
  const { hmac, ...rest } = Object.fromEntries(readable)
  const shown = problems.length > 0 ? { ...rest, problems } : rest
  if (!isJsonObject(hmac)) return shown
  const { secret, ...signed } = hmac
  return {
    ...shown,
    hmac: {
      ...presetSettings(stored),
      ...signed,
      has_secret: has_secret || typeof secret === 'string',
      ...(has_previous ? { has_previous_secret: true } : {}),
    },
  }
}

/** What a preset says, spelled out. */
function presetSettings(config: Json): JsonObject {
  if (!shape.Check(config) || config.hmac?.preset === undefined) return {}
  return JSON.parse(JSON.stringify(settingsOf({ preset: config.hmac.preset }))) as JsonObject // plain data already
}

/** Everything that makes a stored configuration refuse whoever calls. */
export function problemsOf(stored: Json, hasSecret: boolean): FieldProblem[] {
  const reading = readConfig(stored, hasSecret)
  return reading.kind === 'unreadable' ? reading.problems : []
}

/** What a call is held against. `undefined` is not demanded. */
export type WebhookDemands = {
  limit_bytes: number | undefined
  envelope: Envelope
  whitelist: readonly string[] | undefined
  rate: { requests: number; window_seconds: number } | undefined
  /** Without a secret it is the one that is stored apart. */
  hmac: { scheme: SignatureScheme; secret: string | undefined } | undefined
  /** The header that names a delivery. */
  delivery_id_header: string | undefined
}

type Stored = Static<typeof StoredWebhookConfig>

const shape = Compile(StoredWebhookConfig)

type Reading = { kind: 'demands'; demands: WebhookDemands } | { kind: 'unreadable'; problems: FieldProblem[] }

/**
 * What a configuration demands, or everything in it that cannot be read. A part that is off may be incomplete. Where
 * signatures are demanded there is a secret: in it, or stored apart.
 */
export function readConfig(config: Json, hasSecret: boolean): Reading {
  if (!shape.Check(config)) return { kind: 'unreadable', problems: problemsOfShape(config) }
  const { payload_size_limit_kb: kilobytes, envelope = 'auto', ip_whitelist, rate_limit, hmac } = config
  const [list, rate, signing] = [readList(ip_whitelist), readRate(rate_limit), readSigning(hmac)]
  const problems = [list, rate, signing].flatMap((part) => ('problems' in part ? part.problems : []))
  if ('problems' in list || 'problems' in rate || 'problems' in signing)
    return { kind: 'unreadable', problems }
  const { demanded: signed } = signing
  if (signed !== undefined && signed.secret === undefined && !hasSecret)
    return { kind: 'unreadable', problems: [secretMissing] }
  const limit_bytes = kilobytes === undefined ? undefined : kilobytes * 1024
  return {
    kind: 'demands',
    demands: {
      limit_bytes,
      envelope,
      whitelist: list.demanded,
      rate: rate.demanded,
      hmac: signed,
      delivery_id_header: deliveryIdOf(config),
    },
  }
}

/** What is said where signatures are demanded and there is nothing to check them with. */
export const secretMissing: FieldProblem = { field: 'hmac.secret', message: 'is required: there is none yet' }

type Part<Demand> = { demanded: Demand | undefined } | { problems: FieldProblem[] }

const missing = (field: string): { problems: FieldProblem[] } => ({
  problems: [{ field, message: 'is required while this is enabled' }],
})

function readList(list: Stored['ip_whitelist']): Part<readonly string[]> {
  const problems = (list?.ips ?? []).flatMap((entry, index) =>
    readEntry(entry) === undefined
      ? [{ field: `ip_whitelist.ips.${index}`, message: 'is neither an address nor a CIDR block' }]
      : [],
  )
  if (problems.length > 0) return { problems }
  if (list?.enabled !== true) return { demanded: undefined }
  return list.ips === undefined || list.ips.length === 0
    ? missing('ip_whitelist.ips')
    : { demanded: list.ips }
}

function readRate(rate: Stored['rate_limit']): Part<{ requests: number; window_seconds: number }> {
  if (rate?.enabled !== true) return { demanded: undefined }
  const { requests, window_seconds } = rate
  if (requests === undefined) return missing('rate_limit.requests')
  if (window_seconds === undefined) return missing('rate_limit.window_seconds')
  return { demanded: { requests, window_seconds } }
}

function readSigning(hmac: Stored['hmac']): Part<NonNullable<WebhookDemands['hmac']>> {
  if (hmac === undefined) return { demanded: undefined }
  const { enabled, secret, ...settings } = hmac
  const named = settings.algorithm?.toLowerCase()
  if (!enabled && (named === undefined || algorithms.some((one) => one === named)))
    return { demanded: undefined }
  const reading = readScheme(settings, secret)
  return 'problems' in reading ? reading : { demanded: { scheme: reading.scheme, secret } }
}

/** The header in which the proof of a call stands, also where the rest of the configuration cannot be read. */
export function signatureHeaderIn(config: Json): string | undefined {
  const hmac = isJsonObject(config) ? config['hmac'] : undefined
  const { preset, header = presetOf(presetNames.find((name) => name === preset))?.signing.header } =
    isJsonObject(hmac) ? hmac : {}
  return typeof header === 'string' ? header.toLowerCase() : undefined
}

function deliveryIdOf({ delivery_id_header, hmac }: Stored): string | undefined {
  const preset = hmac?.enabled === true ? presetOf(hmac.preset) : undefined
  return (delivery_id_header ?? preset?.delivery_id_header)?.toLowerCase()
}

function problemsOfShape(config: Json): FieldProblem[] {
  return shape.Errors(config).map(({ instancePath, message, params }) => {
    const unknown = 'additionalProperties' in params ? params.additionalProperties.join(', ') : undefined
    const field = instancePath.slice(1).replaceAll('/', '.')
    return unknown === undefined
      ? { field: field === '' ? 'webhook_config' : field, message }
      : {
          field: [field, unknown].filter((part) => part !== '').join('.'),
          message: 'is not a setting of a webhook',
        }
  })
}
