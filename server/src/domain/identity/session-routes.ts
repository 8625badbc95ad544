import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import type { Claims } from '../../http/caller.ts'
import { authCookies, clearCookie, cookieIn, type Headers } from '../../http/cookie.ts'
import { requireOwnPage } from '../../http/own-page.ts'
import { sessionAnswer, sessionCookies } from '../../http/session-cookie.ts'
import { Answer, call, item, type Route, read } from '../../http/route.ts'
import { toId } from '../../id.ts'
import { Problem } from '../../problem.ts'
import * as integrationTokens from '../integration-token/queries.ts'
import { begin } from '../login-attempt/attempt.ts'
import type { PasswordCheck } from './password.ts'
import * as identities from './queries.ts'
import { INTEGRATION_SCOPE, openNamedSession, openSession, Session, type SessionSettings } from './session.ts'
import { recordLogin } from './trail.ts'

const closed = { additionalProperties: false } as const
const tag = 'auth'

type SessionDeps = {
  session: SessionSettings
  check: PasswordCheck
  endSession?: EndSession
}

export type EndSession = (id_token: string) => Promise<string | undefined>

/** How a session begins, goes on and ends. */
export function sessionRoutes({ session, check, endSession }: SessionDeps): Route[] {
  return [loginRoute(session, check), refreshRoute(session), logoutRoute(session, endSession)]
}

function loginRoute(session: SessionSettings, check: PasswordCheck): Route {
  return call({
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in with a password',
    tag,
    access: 'public',
    guard: 'credential',
    body: Type.Object(
      {
        login: Type.String({ minLength: 1, maxLength: 255 }),
        password: Type.String({ minLength: 1, maxLength: 1024 }),
      },
      closed,
    ),
    success: { 200: item(Session) },
    refusals: [401, 403, 429],
    async handle({ database, body, headers, ...from }) {
      const { login, password } = body
      const attempt = await begin(database, { provider: 'local', login, client_ip: from.client_ip })
      const identity = await identities.findByLogin(database, login)
      const known = await check(password, identity?.password_hash ?? null)
      const kind = 'auth.login'
      if (identity === undefined || !known) {
        const details = { provider: 'local', reason: 'wrong login or password' }
        await recordLogin(database, { kind, outcome: 'failure', who: identity, details }, from)
        throw new Problem('UNAUTHORIZED', 'Login or password is wrong.')
      }
      if (identity.frozen) {
        const details = { provider: 'local', reason: 'the account is frozen' }
        await recordLogin(database, { kind, outcome: 'failure', who: identity, details }, from)
      }
      const data = await openNamedSession(session, identity)
      await database.transaction(async (tx) => {
        await attempt.succeeded(tx)
        const details = { provider: 'local' }
        await recordLogin(tx, { kind, outcome: 'success', who: identity, details }, from)
      })
      return sessionAnswer(data, headers, session)
    },
  })
}

function refreshRoute(session: SessionSettings): Route {
  return read({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Renew a session',
    description:
      'A new pair of tokens for a refresh token, which stays valid until it expires. Without a body the token is that of the cookie attune_refresh_token, and the new pair is set as cookies too.',
    tag,
    access: 'public',
    guard: 'credential',
    body: Type.Object(
      { refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })) },
      closed,
    ),
    body_optional: true,
    success: { 200: item(Session) },
    refusals: [401, 403],
    async handle({ db, body, headers }) {
      if (body.refresh_token !== undefined) return { data: await renewed(db, body.refresh_token, session) }
      const data = await renewed(db, cookieToken(headers, session), session)
      return new Answer(200, { data }, { 'set-cookie': sessionCookies(data, session) })
    },
  })
}

function cookieToken(headers: Headers, { cors_origins }: SessionSettings): string {
  const token = cookieIn(headers, authCookies.refresh)
  if (token === undefined)
    throw new Problem('UNAUTHORIZED', 'There is no refresh token in the body or the cookie; log in again.')
  requireOwnPage(headers, cors_origins)
  return token
}

async function renewed(db: Queryable, refresh_token: string, session: SessionSettings): Promise<Session> {
  const claims = await session.tokens.verify(refresh_token)
  if (claims.token_type === 'refresh' && claims.scope === undefined)
    return renewedOfAccount(db, claims, session)
  if (claims.token_type === 'refresh' && claims.scope === INTEGRATION_SCOPE)
    return renewedOfToken(db, claims, session)
  throw new Problem('UNAUTHORIZED', 'This is not a refresh token; log in again.')
}

async function renewedOfAccount(db: Queryable, claims: Claims, session: SessionSettings): Promise<Session> {
  const identity = await identities.find(db, toId<'identity'>(Number(claims.sub)))
  if (identity === undefined)
    throw new Problem('UNAUTHORIZED', 'The account of this token is gone; log in again.')
  return openSession(session, identity)
}

async function renewedOfToken(db: Queryable, claims: Claims, session: SessionSettings): Promise<Session> {
  const bearer = await integrationTokens.findBearer(db, toId<'integration_token'>(Number(claims.sub)))
  if (bearer === undefined || !bearer.active || bearer.frozen)
    throw new Problem('UNAUTHORIZED', 'The integration token of this session opens nothing any more.')
  return openNamedSession(session, { ...bearer, id: bearer.identity }, bearer.id)
}

function logoutRoute({ secure_cookies: secure }: SessionSettings, endSession: EndSession | undefined): Route {
  const cleared = Object.values(authCookies).map((name) => clearCookie({ name, secure }))
  return read({
    method: 'GET',
    path: '/auth/logout',
    summary: 'Leave',
    description:
      'Clears the cookies and leads to the login page, or to that of the identity provider where the session began there. Tokens stay valid until they expire.',
    tag,
    access: 'public',
    success: { 307: Type.Null() },
    async handle({ headers }) {
      const id_token = cookieIn(headers, authCookies.oidc_id)
      // A provider that is away keeps nobody from leaving.
      const elsewhere =
        id_token === undefined ? undefined : await endSession?.(id_token).catch(() => undefined)
      return new Answer(307, undefined, { location: elsewhere ?? '/login', 'set-cookie': cleared })
    },
  })
}
