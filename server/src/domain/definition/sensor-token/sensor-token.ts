import { type Static, Type } from 'typebox'
import { id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { allows } from '../../caller/scope.ts'

/** What a token of a sensor stands on. The token itself says only which row it is. */
export const SensorToken = Type.Object({
  id: id('sensor_token'),
  sensor: id('sensor'),
  made_by: oneOf(['host', 'bootstrap', 'person']),
  worker: nullable(id('worker')),
  requested_by: nullable(id('identity')),
  trigger_types: nullable(Type.Array(Type.String())),
  ttl_seconds: Type.Integer(),
  /** Which owner of the sensor made it; null where no host did. */
  generation: nullable(Type.Integer()),
  created: timestamp,
  renewed_at: nullable(timestamp),
  expires_at: timestamp,
})
export type SensorToken = Static<typeof SensorToken>

/** A token of a sensor as callers see it. */
export const SensorTokenDetail = Type.Object(
  {
    id: id('sensor_token'),
    sensor_ref: Type.String(),
    made_by: oneOf(['host', 'bootstrap', 'person']),
    worker_name: nullable(Type.String()),
    requested_by: nullable(id('identity')),
    requested_by_login: nullable(Type.String()),
    trigger_types: nullable(
      Type.Array(Type.String(), {
        description: 'What it is narrowed to; null for every trigger of the sensor.',
      }),
    ),
    created: timestamp,
    renewed_at: nullable(timestamp),
    expires_at: timestamp,
  },
  { title: 'SensorTokenDetail' },
)
export type SensorTokenDetail = Static<typeof SensorTokenDetail>

/** The sensor behind a request, and whom its token stands on. */
export type SensorBearer = {
  token: Id<'sensor_token'>
  made_by: SensorToken['made_by']
  sensor_ref: string
  pack_ref: string | null
  enabled: boolean
  /** Whether the account `sensor:<ref>` is frozen. */
  frozen: boolean
  trigger_types: string[]
  /** Of the host that made the token, and of the one that owns the sensor now. */
  generation: number | null
  owner_generation: number | null
  requester: Requester | null
}

type Requester = {
  id: Id<'identity'>
  login: string
  frozen: boolean
  attributes: JsonObject
  grants: Grant[]
}

/** Who changes a sensor decides what it runs: nobody else asks for its token, and nobody keeps one without that right. */
export const MAY_ASK = ['triggers', 'update'] as const

/** Whether another host has taken the sensor over since this token was made: its process is one too many. */
export function isSuperseded({ generation, owner_generation }: SensorBearer): boolean {
  return generation !== null && owner_generation !== null && generation < owner_generation
}

/** Why a token opens nothing now; undefined when it does. */
export function refusalOf(bearer: SensorBearer): Problem | undefined {
  const { sensor_ref: ref, pack_ref, enabled, frozen, requester, generation, owner_generation } = bearer
  if (isSuperseded(bearer))
    return new Problem(
      'UNAUTHORIZED',
      `Another host runs the sensor '${ref}' now, as its owner ${owner_generation}; this token is of owner ${generation}, whose process must end.`,
    )
  if (frozen || requester?.frozen === true)
    return new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
  if (!enabled) return new Problem('FORBIDDEN', `The sensor '${ref}' is disabled; enable it first.`)
  if (requester === null) return undefined
  const { id: identity, login, attributes, grants } = requester
  if (allows({ kind: 'access', identity, login, attributes, grants }, MAY_ASK, { ref, pack_ref }))
    return undefined
  return new Problem(
    'FORBIDDEN',
    `'${login}', who asked for this token, may not change the sensor '${ref}' any more; ask somebody who may.`,
  )
}
