import { type Static, Type } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import { id, nullable } from '../../../database/row.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { Identity } from '../identity/identity.ts'
import type { Tokens } from '../token/token.ts'
import * as sessions from './queries.ts'
import type { Provider, Session } from './session.ts'

export type SessionSettings = {
  tokens: Tokens
  access_ttl_seconds: number
  refresh_ttl_seconds: number
  /** Whether browsers send our cookies over TLS only. */
  secure_cookies: boolean
  /** Origins besides our own whose pages may use the cookies. */
  cors_origins: readonly string[]
  /** Told in the transaction that ends a session whose refresh token was used a second time. */
  reused(tx: Transaction, session: ReusedSession): Promise<unknown>
}

/** A session that was renewed twice with one token: by `renewed_from` before and from `client_ip` now. */
export type ReusedSession = {
  session: Id<'session'>
  identity: Id<'identity'>
  login: string
  client_ip: string
  renewed_from: string
}

/** What a login gives: a token for requests and one to renew it. */
export const OpenSession = Type.Object(
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
export type OpenSession = Static<typeof OpenSession>

/** Where a request came from, as a session remembers it. */
export type SessionClient = { client_ip: string; user_agent: string | null }

/** Longer ones say nothing more. */
const MAX_USER_AGENT = 300

export function clientOf({ client_ip, user_agent }: SessionClient): SessionClient {
  return { client_ip, user_agent: user_agent?.slice(0, MAX_USER_AGENT) ?? null }
}

export type SessionHolder = Pick<Identity, 'id' | 'login' | 'display_name'>

type Login = {
  holder: SessionHolder
  provider: Provider
  integration_token?: Id<'integration_token'>
  /** The hash that the password was checked against: a reset in between makes the login one with an old password. */
  checked_hash?: string | null
}

/** A new session that says whose it is. Throws FORBIDDEN for a frozen account. */
export async function openSession(
  tx: Transaction,
  settings: SessionSettings,
  { holder, provider, integration_token, checked_hash }: Login,
  client: SessionClient,
): Promise<OpenSession> {
  const account = await sessions.holdAccount(tx, holder.id)
  if (account === undefined || (checked_hash !== undefined && account.password_hash !== checked_hash))
    throw new Problem('UNAUTHORIZED', 'The account has changed meanwhile; log in again.')
  if (account.frozen) throw frozen()
  const opening = {
    ...clientOf(client),
    identity: holder.id,
    provider,
    integration_token: integration_token ?? null,
  }
  const session = await sessions.insert(tx, opening, settings.refresh_ttl_seconds)
  await sessions.removeBeyondMost(tx, holder.id)
  const { id, login, display_name } = holder
  return { ...(await pairOf(settings, session, login)), user: { id, login, display_name } }
}

export function frozen(): Problem {
  return new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
}

/** Both tokens name the session, and the one for renewal which renewal it is for. */
export async function pairOf(
  { tokens, access_ttl_seconds, refresh_ttl_seconds }: SessionSettings,
  { id: session_id, identity, generation }: Session,
  login: string,
): Promise<OpenSession> {
  const holder = { sub: String(identity), login }
  const [access_token, refresh_token] = await Promise.all([
    tokens.mint({
      ...holder,
      token_type: 'access',
      metadata: { session_id },
      ttl_seconds: access_ttl_seconds,
    }),
    tokens.mint({
      ...holder,
      token_type: 'refresh',
      metadata: { session_id, generation },
      ttl_seconds: refresh_ttl_seconds,
    }),
  ])
  return { access_token, refresh_token, token_type: 'Bearer', expires_in: access_ttl_seconds }
}
