import { createHash, timingSafeEqual } from 'node:crypto'
import { Type } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import { id, nullable } from '../../../database/row.ts'
import type { Headers } from '../../../http/cookie.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import { actorOf } from '../../audit/actor.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import * as identities from '../../access/identity/queries.ts'
import { requireChange } from '../../access/permission/change.ts'
import { findByRef, lockByRef } from '../form/rows.ts'
import { noSuch } from '../form/write.ts'
import { type Sensor, sensor as sensorDefinition } from '../sensor/sensor.ts'
import type { Tokens } from '../../access/token/token.ts'
import { triggersOfSensor } from '../trigger/queries.ts'
import { DEFAULT_TTL_SECONDS, issue, renew } from './issue.ts'
import * as sensorTokens from './queries.ts'
import { MAY_ASK, SensorTokenDetail } from './sensor-token.ts'
import { type Actor, recordSensorToken } from './audit.ts'

const tag = 'auth'

type SensorTokenDeps = {
  tokens: Tokens
  /** What a host without the shared secret shows. Without one configured, no host gets tokens here. */
  bootstrap_token: string | undefined
}

/** Tokens for sensors: they emit the events of their triggers and read the rules of them; those of hosts read keys. */
export function sensorTokenRoutes({ tokens, bootstrap_token }: SensorTokenDeps): Route[] {
  return [
    askedRoute(tokens),
    bootstrapRoute(tokens, bootstrap_token),
    renewRoute(tokens),
    listRoute,
    revokeRoute,
  ]
}

const Request = Type.Object(
  {
    sensor_ref: Type.String({ minLength: 1, maxLength: 240 }),
    trigger_types: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        minItems: 1,
        maxItems: 1000,
        description: 'Narrows the triggers that the sensor serves. Default: all of them.',
      }),
    ),
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
    description:
      'For who may change the sensor. It emits the events of the sensor and reads no keys, and ends when its requester is frozen, gone, or may not change the sensor any more.',
    access: MAY_ASK,
    scoped: true,
    refusals: [404],
    async handle({ tx, caller, body, ...from }) {
      const sensor = await lockByRef(tx, sensorDefinition, body.sensor_ref)
      if (sensor === undefined) throw noSuchSensor(body.sensor_ref)
      requireChange(caller, MAY_ASK, targetOf(sensor), noSuchSensor)
      if (caller.kind !== 'access')
        throw new Problem('FORBIDDEN', 'Only people ask for tokens of sensors here.')
      const maker = { made_by: 'person', requested_by: caller.identity } as const
      const by = actorOf({ caller, ...from })
      return { data: await issued({ tx, tokens, by }, sensor, { ...body, ...maker }) }
    },
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
    refusals: [401, 403, 404],
    async handle({ tx, caller, body, headers, ...from }) {
      requireBootstrap(headers, bootstrap_token)
      const sensor = await lockByRef(tx, sensorDefinition, body.sensor_ref)
      if (sensor === undefined) throw noSuchSensor(body.sensor_ref)
      const maker = { made_by: 'bootstrap', requested_by: null } as const
      const named = { actor_login: 'bootstrap token', actor_token_type: 'none' }
      const by = { ...actorOf({ caller, ...from }), ...named }
      return { data: await issued({ tx, tokens, by }, sensor, { ...body, ...maker }) }
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

type Asked = {
  trigger_types?: readonly string[]
  ttl_seconds?: number | null
  made_by: 'bootstrap' | 'person'
  requested_by: Parameters<typeof issue>[2]['requested_by']
}

/** A token for a sensor with a row: what it may emit is what that row serves, whatever the request says. */
async function issued(
  context: { tx: Transaction; tokens: Tokens; by: Actor },
  sensor: Sensor,
  { ttl_seconds, made_by, requested_by, ...asked }: Asked,
) {
  const { tx } = context
  if (!sensor.enabled)
    throw new Problem('FORBIDDEN', `The sensor '${sensor.ref}' is disabled; enable it first.`)
  const account = await identities.ensureSensorAccount(tx, sensor.ref)
  if (account.frozen)
    throw new Problem(
      'FORBIDDEN',
      `The account of the sensor '${sensor.ref}' is frozen; ask an administrator.`,
    )
  const served = await triggersOfSensor(tx, sensor.id)
  const trigger_types =
    asked.trigger_types === undefined ? null : narrowed(sensor.ref, served, asked.trigger_types)
  const token = await issue(context, sensor, {
    made_by,
    requested_by,
    worker: null,
    generation: null,
    trigger_types,
    ttl_seconds: ttl_seconds ?? DEFAULT_TTL_SECONDS,
  })
  return { identity_id: account.id, sensor_ref: sensor.ref, ...token, trigger_types: trigger_types ?? served }
}

function narrowed(ref: string, served: readonly string[], asked: readonly string[]): string[] {
  const other = asked.find((trigger) => !served.includes(trigger))
  if (other === undefined) return [...new Set(asked)]
  const message = `the sensor '${ref}' does not serve the trigger '${other}'`
  throw new Problem('VALIDATION_ERROR', `trigger_types: ${message}.`, [{ field: 'trigger_types', message }])
}

/** Not under `data`: sensors that exist read the token at the top. */
const Renewed = Type.Object({ token: Type.String(), expires_at: Type.String({ format: 'date-time' }) })

function renewRoute(tokens: Tokens): Route {
  return write({
    method: 'POST',
    path: '/api/v1/auth/refresh',
    summary: 'Renew the token of a sensor',
    description:
      'The same sensor, the same triggers, valid as long as before. Refused when the sensor is gone or disabled, and when who asked for the token may not change the sensor any more.',
    tag,
    access: 'authenticated',
    tokens: ['sensor'],
    success: { 200: Renewed },
    async handle({ tx, caller, ...from }) {
      if (caller.kind !== 'sensor') throw new Problem('FORBIDDEN', 'Only sensors renew their token here.')
      const by = actorOf({ caller, ...from })
      const renewed = await renew({ tx, tokens, by }, caller.token, caller.sensor_ref)
      if (renewed === undefined) throw new Problem('UNAUTHORIZED', 'The token is revoked; ask for a new one.')
      return renewed
    },
  })
}

const managing = { tag: 'sensors', access: MAY_ASK, scoped: true, tokens: ['access', 'execution'] } as const

const listRoute = read({
  ...managing,
  method: 'GET',
  path: '/api/v1/sensors/{ref}/tokens',
  summary: 'The tokens of a sensor that are valid, newest first',
  params: Type.Object({ ref: Type.String() }),
  query: Type.Object(pageQuery),
  success: { 200: listOf(SensorTokenDetail) },
  refusals: [404],
  async handle({ db, caller, params, query }) {
    const sensor = await findByRef(db, sensorDefinition, params.ref)
    if (sensor === undefined) throw noSuchSensor(params.ref)
    requireChange(caller, MAY_ASK, targetOf(sensor), noSuchSensor)
    return answerPage(query, (page) => sensorTokens.list(db, sensor.id, page))
  },
})

const revokeRoute = write({
  ...managing,
  method: 'DELETE',
  path: '/api/v1/sensors/{ref}/tokens/{token_id}',
  summary: 'End a token of a sensor',
  description: 'At once. A process that a host of ours runs gets another one with its next renewal or start.',
  params: Type.Object({ ref: Type.String(), token_id: rowId('sensor_token') }),
  success: { 200: item(Acknowledged) },
  refusals: [404],
  async handle({ tx, caller, params, ...from }) {
    const sensor = await lockByRef(tx, sensorDefinition, params.ref)
    if (sensor === undefined) throw noSuchSensor(params.ref)
    requireChange(caller, MAY_ASK, targetOf(sensor), noSuchSensor)
    const row = await sensorTokens.remove(tx, { id: params.token_id, sensor: sensor.id })
    if (row === undefined)
      throw new Problem('NOT_FOUND', `The sensor '${params.ref}' has no token ${params.token_id}.`)
    await recordSensorToken(tx, { done: 'revoked', sensor, row, by: actorOf({ caller, ...from }) })
    return { data: { success: true, message: `Token ${row.id} of the sensor '${params.ref}' is ended.` } }
  },
})

const noSuchSensor = (ref: string) => noSuch(sensorDefinition, ref)

/** Grants on triggers name no ids of sensors. */
function targetOf({ ref, pack_ref }: Sensor) {
  return { ref, pack_ref, what: `the sensor '${ref}'` }
}
