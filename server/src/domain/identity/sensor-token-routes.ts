import { createHash, timingSafeEqual } from 'node:crypto'
import { Type } from 'typebox'
import type { Queryable, Transaction } from '../../database/database.ts'
import { id, nullable } from '../../database/row.ts'
import type { Caller, Claims } from '../../http/caller.ts'
import type { Headers } from '../../http/cookie.ts'
import { item, type Route, read, write } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import type { Tokens } from '../token/token.ts'
import * as identities from './queries.ts'
import { type From, recordSensorToken } from './trail.ts'

const DEFAULT_TTL_SECONDS = 86_400
const tag = 'auth'

export type SensorTokenDeps = {
  tokens: Tokens
  /** What a host without the shared secret shows. Without one configured, no host gets tokens here. */
  bootstrap_token: string | undefined
}

/** Tokens for sensors: they emit the events of their triggers and read the rules of them, and nothing else. */
export function sensorTokenRoutes({ tokens, bootstrap_token }: SensorTokenDeps): Route[] {
  return [askedRoute(tokens), bootstrapRoute(tokens, bootstrap_token), renewRoute(tokens)]
}

const Request = Type.Object(
  {
    sensor_ref: Type.String({ minLength: 1, maxLength: 240 }),
    trigger_types: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 1000 }),
    ttl_seconds: Type.Optional(nullable(Type.Integer({ minimum: 3600, maximum: 259_200 }))),
  },
  { additionalProperties: false },
)

const Issued = Type.Object(
  {
    identity_id: id('identity'),
    sensor_ref: Type.String(),
    token: Type.String(),
    expires_at: Type.String({ format: 'date-time' }),
    trigger_types: Type.Array(Type.String()),
  },
  { title: 'SensorToken' },
)

const issuing = { method: 'POST', tag, body: Request, success: { 200: item(Issued) } } as const

function askedRoute(tokens: Tokens): Route {
  return write({
    ...issuing,
    path: '/auth/sensor-token',
    summary: 'Get a token for a sensor',
    description: 'For who may emit every event anyway. Makes the account sensor:<ref> when there is none.',
    access: ['events', 'create'],
    handle: async ({ tx, caller, body, ...from }) => ({
      data: await issue(tx, tokens, body, { caller, ...from }),
    }),
  })
}

function bootstrapRoute(tokens: Tokens, bootstrap_token: string | undefined): Route {
  return write({
    ...issuing,
    path: '/auth/internal/sensor-token',
    summary: 'Get a token for a sensor as its host',
    description:
      'The header X-Agent-Token holds security.bootstrap_token. Hosts that know the shared secret sign tokens themselves.',
    access: 'public',
    guard: 'credential',
    refusals: [401, 403],
    async handle({ tx, caller, body, headers, ...from }) {
      requireBootstrap(headers, bootstrap_token)
      return { data: await issue(tx, tokens, body, { caller, ...from }) }
    },
  })
}

function requireBootstrap(headers: Headers, wanted: string | undefined): void {
  if (wanted === undefined)
    throw new Problem('FORBIDDEN', 'No host gets tokens here: security.bootstrap_token is not set.')
  const given = headers['x-agent-token']
  if (typeof given !== 'string' || !isSame(given, wanted))
    throw new Problem('UNAUTHORIZED', 'Send security.bootstrap_token in the header X-Agent-Token.')
}

/** Hashes have one length, so that the comparison tells nothing about the secret. */
function isSame(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(wanted))
}

type Asked = { sensor_ref: string; trigger_types: readonly string[]; ttl_seconds?: number | null }

async function issue(tx: Transaction, tokens: Tokens, asked: Asked, from: From & { caller: Caller }) {
  const { sensor_ref } = asked
  const account = await identities.ensureSensorAccount(tx, sensor_ref)
  if (account.frozen)
    throw new Problem(
      'FORBIDDEN',
      `The account of the sensor '${sensor_ref}' is frozen; ask an administrator.`,
    )
  const trigger_types = [...new Set(asked.trigger_types)]
  const ttl_seconds = asked.ttl_seconds ?? DEFAULT_TTL_SECONDS
  const token = await tokens.mint({
    sub: String(account.id),
    login: sensor_ref,
    token_type: 'sensor',
    scope: 'sensor',
    metadata: { trigger_types },
    ttl_seconds,
  })
  await recordSensorToken(tx, { by: from.caller, account, details: { trigger_types, ttl_seconds } }, from)
  return { identity_id: account.id, sensor_ref, token, expires_at: expiry(ttl_seconds), trigger_types }
}

/** Not under `data`: sensors that exist read the token at the top. */
const Renewed = Type.Object({ token: Type.String(), expires_at: Type.String({ format: 'date-time' }) })

function renewRoute(tokens: Tokens): Route {
  return read({
    method: 'POST',
    path: '/api/v1/auth/refresh',
    summary: 'Renew the token of a sensor',
    description:
      'The same sensor, the same triggers, valid as long as before. Refused when the sensor is gone or disabled.',
    tag,
    access: 'authenticated',
    tokens: ['sensor'],
    success: { 200: Renewed },
    async handle({ db, caller }) {
      if (caller.kind !== 'sensor') throw new Problem('FORBIDDEN', 'Only sensors renew their token here.')
      if (!(await mayGoOn(db, caller.sensor_ref))) {
        throw new Problem(
          'FORBIDDEN',
          `The sensor '${caller.sensor_ref}' is gone or disabled; its token is not renewed.`,
        )
      }
      return renewed(tokens, caller.claims)
    },
  })
}

/** A sensor outside the platform has no row, only the account that its first token made. */
async function mayGoOn(db: Queryable, ref: string): Promise<boolean> {
  return (await identities.isSensorEnabled(db, ref)) ?? (await identities.hasSensorAccount(db, ref))
}

async function renewed(tokens: Tokens, claims: Claims): Promise<{ token: string; expires_at: string }> {
  const { sub, login, scope, metadata, iat, exp } = claims
  const ttl_seconds = iat === undefined ? DEFAULT_TTL_SECONDS : exp - iat
  const token = await tokens.mint({
    sub,
    login,
    token_type: 'sensor',
    ...(scope === undefined ? {} : { scope }),
    ...(metadata === undefined ? {} : { metadata }),
    ttl_seconds,
  })
  return { token, expires_at: expiry(ttl_seconds) }
}

/** With an offset, as sensors that exist read it. */
function expiry(ttl_seconds: number): string {
  return new Date(Date.now() + ttl_seconds * 1000).toISOString().replace('Z', '+00:00')
}
