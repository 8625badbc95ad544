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
      /** That of the request; none where an account is looked at that asks for nothing. */
      session?: Id<'session'>
    }
  | {
      kind: 'sensor'
      identity: Id<'identity'> | null
      sensor_ref: string
      pack_ref: string | null
      /** What its row serves, narrowed by its token. */
      trigger_types: readonly string[]
      token: Id<'sensor_token'>
      /** Whether a host made its token: one that a person asked for must not read keys that the person may not. */
      of_host: boolean
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
