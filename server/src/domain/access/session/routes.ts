import { Type } from 'typebox'
import type { Queryable, Transaction } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { authCookies, clearCookie, cookieIn, type Headers } from '../../../http/cookie.ts'
import { requireSameOrigin } from '../../../http/same-origin.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { rowId } from '../../../http/parameter.ts'
import type { Permission } from '../../caller/permission.ts'
import { sessionCookies } from '../../../http/session-cookie.ts'
import { Answer, call, item, type Route, read, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import type { Identity } from '../identity/identity.ts'
import * as identities from '../identity/queries.ts'
import { allows, authorize } from '../../caller/scope.ts'
import { endSession, endSessions } from './end.ts'
import { OpenSession, type SessionSettings } from './open.ts'
import * as sessions from './queries.ts'
import { renewSession, whichOf } from './renew.ts'
import { SessionDetail } from './session.ts'

const closed = { additionalProperties: false } as const
const tag = 'auth'

/** Where a browser ends the session at the identity provider too, for who logged in there. */
export type EndAtProvider = (id_token: string) => Promise<string | undefined>

type SessionDeps = { session: SessionSettings; endAtProvider?: EndAtProvider }

/** How sessions go on, are looked at and end. */
export function sessionRoutes({ session, endAtProvider }: SessionDeps): Route[] {
  return [
    refreshRoute(session),
    logoutRoute(session),
    leaveRoute(session, endAtProvider),
    ownListRoute,
    ownEndRoute,
    ownEndAllRoute,
    listRoute,
    endRoute,
    endAllRoute,
  ]
}

const WithToken = Type.Object(
  { refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })) },
  closed,
)

function refreshRoute(session: SessionSettings): Route {
  return call({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Renew a session',
    description:
      'A new pair of tokens for a refresh token, which is good once: a second use ends the session. Without a body the token is that of the cookie attune_refresh_token, and the new pair is set as cookies too.',
    tag,
    access: 'public',
    guard: 'credential',
    body: WithToken,
    body_optional: true,
    success: { 200: item(OpenSession) },
    refusals: [401, 403],
    async handle({ database, body, headers, ...from }) {
      if (body.refresh_token !== undefined)
        return { data: await renewSession(database, session, body.refresh_token, from) }
      const data = await renewSession(database, session, cookieToken(headers, session), from)
      return new Answer(200, { data }, { 'set-cookie': sessionCookies(data, session) })
    },
  })
}

function cookieToken(headers: Headers, { cors_origins }: SessionSettings): string {
  const token = cookieIn(headers, authCookies.refresh)
  if (token === undefined)
    throw new Problem('UNAUTHORIZED', 'There is no refresh token in the body or the cookie; log in again.')
  requireSameOrigin(headers, cors_origins)
  return token
}

function logoutRoute(settings: SessionSettings): Route {
  return write({
    method: 'POST',
    path: '/auth/logout',
    summary: 'End a session',
    description:
      'That of the refresh token in the body, which may have been used, or of the cookies. Harmless when it has ended.',
    tag,
    access: 'public',
    guard: 'credential',
    body: WithToken,
    body_optional: true,
    success: { 200: item(Acknowledged) },
    refusals: [401, 403],
    async handle({ tx, body, headers, ...from }) {
      const token = body.refresh_token ?? cookieToken(headers, settings)
      await endSessionOf(tx, settings, token, from)
      const answer = { data: { success: true, message: 'The session is ended.' } }
      return new Answer(200, answer, { 'set-cookie': cleared(settings) })
    },
  })
}

function leaveRoute(settings: SessionSettings, endAtProvider: EndAtProvider | undefined): Route {
  return call({
    method: 'GET',
    path: '/auth/logout',
    summary: 'Leave',
    description:
      'Ends the session of the cookies, clears them and leads to the login page, or to that of the identity provider where the session began there.',
    tag,
    access: 'public',
    success: { 307: Type.Null() },
    async handle({ database, headers, ...from }) {
      const token = cookieIn(headers, authCookies.refresh) ?? cookieIn(headers, authCookies.access)
      if (token !== undefined) await database.transaction((tx) => endSessionOf(tx, settings, token, from))
      const id_token = cookieIn(headers, authCookies.oidc_id)
      // A provider that is away keeps nobody from leaving.
      const elsewhere =
        id_token === undefined ? undefined : await endAtProvider?.(id_token).catch(() => undefined)
      return new Answer(307, undefined, { location: elsewhere ?? '/login', 'set-cookie': cleared(settings) })
    },
  })
}

function cleared({ secure_cookies: secure }: SessionSettings): string[] {
  return Object.values(authCookies).map((name) => clearCookie({ name, secure }))
}

/** What is no token of a session ends none: whoever leaves is not told that they were out already. */
async function endSessionOf(
  tx: Transaction,
  { tokens }: SessionSettings,
  token: string,
  from: Omit<RequestContext, 'caller'>,
): Promise<void> {
  const claims = await tokens.verify(token).catch((error: unknown) => {
    if (error instanceof Problem) return undefined
    throw error
  })
  if (claims === undefined || claims.metadata?.session_id === undefined) return
  const which = whichOf(claims)
  const whose = { id: which.identity, login: claims.login }
  const by = { ...actorOf({ caller: { kind: 'nobody' }, ...from }), actor_identity: which.identity }
  const actor = { ...by, actor_login: claims.login, actor_token_type: claims.token_type }
  await endSession(tx, { whose, id: which.id, by: actor })
}

const own = { tag, access: 'authenticated' } as const
const sessionId = Type.Object({ session_id: rowId('session') })

const ownListRoute = read({
  ...own,
  method: 'GET',
  path: '/auth/sessions',
  summary: 'Your sessions, the one that was used last first',
  query: Type.Object(pageQuery),
  success: { 200: listOf(SessionDetail) },
  handle({ db, caller, query }) {
    const { identity, session } = person(caller)
    return answerPage(query, (page) => sessions.list(db, identity, session, page))
  },
})

const ownEndRoute = write({
  ...own,
  method: 'DELETE',
  path: '/auth/sessions/{session_id}',
  summary: 'End a session of yours',
  params: sessionId,
  success: { 200: item(Acknowledged) },
  refusals: [404],
  async handle({ tx, caller, params, ...from }) {
    const { identity: id, login } = person(caller)
    return endOne(tx, { id, login }, params.session_id, { caller, ...from })
  },
})

const ownEndAllRoute = write({
  ...own,
  method: 'DELETE',
  path: '/auth/sessions',
  summary: 'End all of your sessions',
  description: 'The one that asks too.',
  success: { 200: item(Acknowledged) },
  async handle({ tx, caller, ...from }) {
    const { identity: id, login } = person(caller)
    return endAll(tx, { id, login }, { caller, ...from })
  },
})

function person(caller: Caller): Extract<Caller, { kind: 'access' }> {
  if (caller.kind === 'access') return caller
  throw new Problem('FORBIDDEN', `A ${caller.kind} token has no sessions.`)
}

const under = '/api/v1/identities/{id}/sessions'
const ofIdentity = { tag: 'identities', scoped: true, tokens: ['access', 'execution'] } as const
const READ = ['identities', 'read'] as const
const UPDATE = ['identities', 'update'] as const

const listRoute = read({
  ...ofIdentity,
  access: READ,
  method: 'GET',
  path: under,
  summary: 'The sessions of an account, the one that was used last first',
  params: Type.Object({ id: rowId('identity') }),
  query: Type.Object(pageQuery),
  success: { 200: listOf(SessionDetail) },
  refusals: [404],
  async handle({ db, caller, params, query }) {
    const identity = await reached(db, caller, params.id, READ)
    const session = caller.kind === 'access' ? caller.session : undefined
    return answerPage(query, (page) => sessions.list(db, identity.id, session, page))
  },
})

const endRoute = write({
  ...ofIdentity,
  access: UPDATE,
  method: 'DELETE',
  path: `${under}/{session_id}`,
  summary: 'End a session of an account',
  params: Type.Object({ id: rowId('identity'), session_id: rowId('session') }),
  success: { 200: item(Acknowledged) },
  refusals: [404],
  async handle({ tx, caller, params, ...from }) {
    const identity = await reached(tx, caller, params.id, UPDATE)
    return endOne(tx, identity, params.session_id, { caller, ...from })
  },
})

const endAllRoute = write({
  ...ofIdentity,
  access: UPDATE,
  method: 'DELETE',
  path: under,
  summary: 'End all sessions of an account',
  description: 'Taking access away needs no more than the grant. Whoever knows the password logs in again.',
  params: Type.Object({ id: rowId('identity') }),
  success: { 200: item(Acknowledged) },
  refusals: [404],
  async handle({ tx, caller, params, ...from }) {
    return endAll(tx, await reached(tx, caller, params.id, UPDATE), { caller, ...from })
  },
})

/** The account, for who may do this to it. To others it is not there, unless they may read it. */
async function reached(
  db: Queryable,
  caller: Caller,
  id: Id<'identity'>,
  permission: Permission,
): Promise<Identity> {
  const identity = await identities.find(db, id)
  const target = { id, ref: identity?.login ?? '', owner: id }
  const seen = allows(caller, permission, target) || allows(caller, READ, target)
  if (identity === undefined || !seen) throw new Problem('NOT_FOUND', `There is no account ${id}.`)
  authorize(caller, permission, { ...target, what: `the account '${identity.login}'` })
  return identity
}

type Whose = Pick<Identity, 'id' | 'login'>

async function endOne(tx: Transaction, whose: Whose, id: Id<'session'>, asking: RequestContext) {
  if (!(await endSession(tx, { whose, id, by: actorOf(asking) })))
    throw new Problem('NOT_FOUND', `'${whose.login}' has no session ${id}.`)
  return { data: { success: true, message: `Session ${id} of '${whose.login}' is ended.` } }
}

async function endAll(tx: Transaction, whose: Whose, asking: RequestContext) {
  const ended = await endSessions(tx, { whose, kept: null, why: 'asked', by: actorOf(asking) })
  return { data: { success: true, message: `Sessions of '${whose.login}' ended: ${ended}.` } }
}
