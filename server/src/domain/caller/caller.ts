import type { Id } from '../../id.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Grant } from './permission.ts'

const tokenTypes = ['access', 'sensor', 'execution'] as const
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
      execution: Id<'execution'>
      /** In whose name it acts. It never is that account: nothing that is the account's is its own. */
      runs_as: Id<'identity'>
      action_ref: string
      /** All that it may do, as its row says; not what the account may. */
      permission_set_refs: string[]
      /** What these sets grant now. */
      grants: readonly Grant[]
    }

/**
 * The account that answers for what a caller does, for the record and as the owner of what is made. Whether something
 * belongs to the caller is another question: see `Self` in domain/caller/constraint.ts.
 */
export function answerableFor(caller: Extract<Caller, { grants: unknown }>): Id<'identity'>
export function answerableFor(caller: Caller): Id<'identity'> | null
export function answerableFor(caller: Caller): Id<'identity'> | null {
  switch (caller.kind) {
    case 'nobody':
      return null
    case 'access':
    case 'sensor':
      return caller.identity
    case 'execution':
      return caller.runs_as
  }
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
