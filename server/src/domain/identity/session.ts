import { type Static, Type } from 'typebox'
import { id, nullable } from '../../database/row.ts'
import { Problem } from '../../problem.ts'
import type { Tokens } from '../token/token.ts'
import type { Identity } from './identity.ts'

export type SessionSettings = {
  tokens: Tokens
  access_ttl_seconds: number
  refresh_ttl_seconds: number
}

/** What a login gives: a token for requests and one to renew it. */
export const Session = Type.Object({
  access_token: Type.String(),
  refresh_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds the access token is valid.' }),
  user: Type.Optional(
    Type.Object({ id: id('identity'), login: Type.String(), display_name: nullable(Type.String()) }),
  ),
})
export type Session = Static<typeof Session>

type Holder = Pick<Identity, 'id' | 'login' | 'frozen'>

/** New tokens for an account. The old ones stay valid until they expire: nothing about them is stored. */
export async function openSession(
  { tokens, access_ttl_seconds, refresh_ttl_seconds }: SessionSettings,
  identity: Holder,
): Promise<Session> {
  if (identity.frozen) throw new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
  const holder = { sub: String(identity.id), login: identity.login }
  const [access_token, refresh_token] = await Promise.all([
    tokens.mint({ ...holder, token_type: 'access', ttl_seconds: access_ttl_seconds }),
    tokens.mint({ ...holder, token_type: 'refresh', ttl_seconds: refresh_ttl_seconds }),
  ])
  return { access_token, refresh_token, token_type: 'Bearer', expires_in: access_ttl_seconds }
}
