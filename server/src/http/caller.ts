import type { Id } from '../id.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Grant } from './permission.ts'

export const tokenTypes = ['access', 'sensor', 'execution'] as const
export type TokenType = (typeof tokenTypes)[number]

/** Who calls. `nobody` reaches public routes only. */
export type Caller =
  | { kind: 'nobody' }
  | {
      kind: 'access'
      identity: Id<'identity'>
      login: string
      attributes: JsonObject
      grants: readonly Grant[]
    }
  | {
      kind: 'sensor'
      identity: Id<'identity'> | null
      sensor_ref: string
      trigger_types: readonly string[]
      claims: Claims
    }
  | {
      kind: 'execution'
      /** Who the execution runs as. */
      identity: Id<'identity'>
      execution: Id<'execution'>
      /** What its permission sets grant; not what its identity may do. */
      grants: readonly Grant[]
      metadata: JsonObject
    }

/** The claims of a verified token. */
export type Claims = {
  sub: string
  login: string
  token_type: string
  scope?: string
  metadata?: { [name: string]: Json }
  iat?: number
  exp: number
}
