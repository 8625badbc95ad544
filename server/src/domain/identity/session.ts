import { type Static, Type } from 'typebox'
import { id, nullable } from '../../database/row.ts'
import type { Id } from '../../id.ts'
import { Problem } from '../../problem.ts'
import type { Tokens } from '../token/token.ts'
import type { Identity } from './identity.ts'

export type SessionSettings = {
  tokens: Tokens
  access_ttl_seconds: number
  refresh_ttl_seconds: number
  /** Whether browsers send our cookies over TLS only. */
  secure_cookies: boolean
  /** Origins besides our own whose pages may use the cookies. */
  cors_origins: readonly string[]
}

/** What a login gives: a token for requests and one to renew it. */
export const Session = Type.Object(
  {
    access_token: Type.String(),
    refresh_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds the access token is valid.' }),
    user: Type.Optional(
      Type.Object({ id: id('identity'), login: Type.String(), display_name: nullable(Type.String()) }),
    ),
  },
  { title: 'Session' },
)
export type Session = Static<typeof Session>

export type Holder = Pick<Identity, 'id' | 'login' | 'display_name' | 'frozen'>

/** The scope of a refresh token that is good as long as an integration token is. */
export const INTEGRATION_SCOPE = 'integration_token'

/** New tokens for an account. The old ones stay valid until they expire: nothing about them is stored. */
export async function openSession(
  { tokens, access_ttl_seconds, refresh_ttl_seconds }: SessionSettings,
  identity: Holder,
  integration_token?: Id<'integration_token'>,
): Promise<Session> {
  if (identity.frozen) throw new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
  const holder = { sub: String(identity.id), login: identity.login }
  const source =
    integration_token === undefined
      ? { access: {}, refresh: {} }
      : sourceOf({ identity_id: identity.id, integration_token_id: integration_token })
  const [access_token, refresh_token] = await Promise.all([
    tokens.mint({ ...holder, ...source.access, token_type: 'access', ttl_seconds: access_ttl_seconds }),
    tokens.mint({ ...holder, ...source.refresh, token_type: 'refresh', ttl_seconds: refresh_ttl_seconds }),
  ])
  return { access_token, refresh_token, token_type: 'Bearer', expires_in: access_ttl_seconds }
}

type Source = { identity_id: Id<'identity'>; integration_token_id: Id<'integration_token'> }

/** Both tokens of the session say what it began with, so that they end with it. */
function sourceOf(source: Source) {
  const metadata = { ...source, auth_method: 'integration_token' }
  return {
    access: { metadata },
    refresh: { sub: String(source.integration_token_id), scope: INTEGRATION_SCOPE, metadata },
  }
}

/** A session that says whose it is. */
export async function openNamedSession(
  settings: SessionSettings,
  identity: Holder,
  integration_token?: Id<'integration_token'>,
): Promise<Session> {
  const session = await openSession(settings, identity, integration_token)
  const { id, login, display_name } = identity
  return { ...session, user: { id, login, display_name } }
}
