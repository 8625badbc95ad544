import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { nullable } from '../../../database/row.ts'
import { answerableFor, type Caller } from '../../caller/caller.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { moment, rowId } from '../../../http/parameter.ts'
import type { Permission } from '../../caller/permission.ts'
import { call, item, type Route, read, write } from '../../../http/route.ts'
import { sessionAnswer } from '../../../http/session-cookie.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { requireAuthorityOver } from '../identity/authority.ts'
import type { Identity } from '../identity/identity.ts'
import { refusePlatform } from '../identity/platform.ts'
import * as identities from '../identity/queries.ts'
import { recordChange, recordLogin } from '../identity/audit.ts'
import { begin } from '../login-attempt/attempt.ts'
import { OpenSession, openSession, type SessionSettings } from '../session/open.ts'
import type { Target } from '../../caller/constraint.ts'
import { allows, authorize } from '../../caller/scope.ts'
import { IntegrationTokenDetail } from './integration-token.ts'
import * as integrationTokens from './queries.ts'
import { hashOf, isSecret, makeSecret } from './secret.ts'

const closed = { additionalProperties: false } as const
const tokens = ['access', 'execution'] as const
const under = '/api/v1/identities/{id}/integration-tokens'
const ofIdentity = Type.Object({ id: rowId('identity') })
const oneToken = Type.Object({ id: rowId('identity'), token_id: rowId('integration_token') })
const managing = { tag: 'identities', access: ['identities', 'update'], tokens, scoped: true } as const

/** Credentials for programs that act as an account. */
export function integrationTokenRoutes({ session }: { session: SessionSettings }): Route[] {
  return [loginRoute(session), listRoute, createRoute, revokeRoute, deleteRoute]
}

function loginRoute(session: SessionSettings): Route {
  return call({
    method: 'POST',
    path: '/auth/token-login',
    summary: 'Log in with an integration token',
    tag: 'auth',
    access: 'public',
    guard: 'credential',
    body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 1024 }) }, closed),
    success: { 200: item(OpenSession) },
    refusals: [401, 429],
    async handle({ database, body, headers, ...from }) {
      const trier = { provider: 'token', login: 'integration token', client_ip: from.client_ip } as const
      const attempt = await begin(database, trier)
      const bearer = isSecret(body.token)
        ? await integrationTokens.findBearerOfHash(database, hashOf(body.token))
        : undefined
      const kind = 'auth.token_login'
      const who = bearer === undefined ? undefined : { id: bearer.identity, login: bearer.login }
      if (bearer === undefined || !bearer.active || bearer.frozen) {
        const details = bearer === undefined ? {} : { integration_token_id: bearer.id }
        await recordLogin(database, { kind, outcome: 'failure', who, details }, from)
        throw new Problem(
          'UNAUTHORIZED',
          'This integration token opens nothing: it is unknown, revoked or expired.',
        )
      }
      const holder = { ...bearer, id: bearer.identity }
      const opening = { holder, provider: 'token', integration_token: bearer.id } as const
      const data = await database.transaction(async (tx) => {
        const opened = await openSession(tx, session, opening, from)
        await attempt.succeeded(tx)
        await integrationTokens.noteUse(tx, bearer.id, from.client_ip)
        const details = { integration_token_id: bearer.id }
        await recordLogin(tx, { kind, outcome: 'success', who, details }, from)
        return opened
      })
      return sessionAnswer(data, headers, session)
    },
  })
}

const listRoute = read({
  ...managing,
  access: ['identities', 'read'],
  method: 'GET',
  path: under,
  summary: 'List the integration tokens of an account, newest first',
  params: ofIdentity,
  query: Type.Object(pageQuery),
  success: { 200: listOf(IntegrationTokenDetail) },
  refusals: [404],
  async handle({ db, caller, params, query }) {
    const identity = await readable(db, caller, params.id)
    return answerPage(query, (page) => integrationTokens.list(db, identity.id, page))
  },
})

const Created = Type.Object(
  {
    token: Type.String({ description: 'The secret. It is shown this once.' }),
    integration_token: IntegrationTokenDetail,
  },
  { title: 'NewIntegrationToken' },
)

const createRoute = write({
  ...managing,
  method: 'POST',
  path: under,
  summary: 'Make an integration token for an account',
  description:
    'For another account than your own you must manage permissions, or hold everything that it may do. An execution has no account of its own: one of its permission sets must grant permissions:manage.',
  params: ofIdentity,
  body: Type.Object(
    {
      label: Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' }),
      description: Type.Optional(nullable(Type.String({ maxLength: 2000 }))),
      expires_at: Type.Optional(nullable(moment('From when on it opens nothing; null for never.'))),
    },
    closed,
  ),
  success: { 201: item(Created) },
  refusals: [404],
  async handle({ tx, caller, params, body, ...from }) {
    const identity = await writable(tx, caller, params.id)
    refusePlatform(identity.id)
    // The token lends what the account may do.
    await requireAuthorityOver(tx, caller, identity.id, 'no token is made for it')
    requireFuture(body.expires_at)
    const { token, kept } = makeSecret()
    const integration_token = await integrationTokens.create(tx, {
      ...kept,
      identity: identity.id,
      label: body.label.trim(),
      description: body.description ?? null,
      expires_at: body.expires_at ?? null,
      created_by: answerableFor(caller),
    })
    const { id, label } = integration_token
    const details = { integration_token: 'created', integration_token_id: id, label }
    await recordChange(tx, { event: 'updated', by: caller, whose: identity, details }, from)
    return { data: { token, integration_token } }
  },
})

const revokeRoute = write({
  ...managing,
  method: 'POST',
  path: `${under}/{token_id}/revoke`,
  summary: 'End an integration token',
  description: 'Sessions that began with it end with it. Harmless when it was revoked before.',
  params: oneToken,
  body: Type.Object({ reason: Type.Optional(nullable(Type.String({ maxLength: 2000 }))) }, closed),
  success: { 200: item(IntegrationTokenDetail) },
  refusals: [404],
  async handle({ tx, caller, params, body, ...from }) {
    const identity = await writable(tx, caller, params.id)
    const which = { identity: identity.id, id: params.token_id }
    const by = { revoked_by: answerableFor(caller), reason: body.reason ?? null }
    const revoked = await integrationTokens.revoke(tx, which, by)
    if (revoked === undefined) throw noSuchToken(which)
    const details = { integration_token: 'revoked', integration_token_id: revoked.id, label: revoked.label }
    await recordChange(tx, { event: 'updated', by: caller, whose: identity, details }, from)
    return { data: revoked }
  },
})

const deleteRoute = write({
  ...managing,
  method: 'DELETE',
  path: `${under}/{token_id}`,
  summary: 'Delete an integration token',
  params: oneToken,
  success: { 200: item(Type.Object({ success: Type.Boolean(), message: Type.String() })) },
  refusals: [404],
  async handle({ tx, caller, params, ...from }) {
    const identity = await writable(tx, caller, params.id)
    const which = { identity: identity.id, id: params.token_id }
    const removed = await integrationTokens.remove(tx, which)
    if (removed === undefined) throw noSuchToken(which)
    const details = {
      integration_token: 'deleted',
      integration_token_id: which.id,
      label: removed.label,
    }
    await recordChange(tx, { event: 'updated', by: caller, whose: identity, details }, from)
    return { data: { success: true, message: `The integration token '${removed.label}' is deleted.` } }
  },
})

function targetOf({ id, login }: Identity): Target {
  return { id, ref: login, owner: id }
}

/** An account that the caller may not see answers as if it were not there. */
async function readable(db: Queryable, caller: Caller, id: Id<'identity'>): Promise<Identity> {
  const identity = await identities.find(db, id)
  const seen = identity !== undefined && mayOn(caller, ['identities', 'read'], identity)
  if (!seen) throw new Problem('NOT_FOUND', `There is no account ${id}.`)
  return identity
}

/** Whoever may change an account may know of it. */
async function writable(db: Queryable, caller: Caller, id: Id<'identity'>): Promise<Identity> {
  const permission = ['identities', 'update'] as const
  const identity = await identities.find(db, id)
  if (identity !== undefined && mayOn(caller, permission, identity)) return identity
  const seen = await readable(db, caller, id)
  authorize(caller, permission, { ...targetOf(seen), what: `the account '${seen.login}'` })
  return seen
}

function mayOn(caller: Caller, permission: Permission, identity: Identity): boolean {
  return allows(caller, permission, targetOf(identity))
}

function requireFuture(expires_at: string | null | undefined): void {
  if (expires_at === null || expires_at === undefined || Date.parse(expires_at) > Date.now()) return
  const message = 'must be in the future'
  throw new Problem('BAD_REQUEST', `expires_at ${message}.`, [{ field: 'expires_at', message }])
}

function noSuchToken({ identity, id }: { identity: Id<'identity'>; id: Id<'integration_token'> }): Problem {
  return new Problem('NOT_FOUND', `The account ${identity} has no integration token ${id}.`)
}
