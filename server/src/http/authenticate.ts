import type { Database } from '../database/database.ts'
import { findBearer } from '../domain/execution/queries.ts'
import * as identities from '../domain/identity/queries.ts'
import * as integrationTokens from '../domain/integration-token/queries.ts'
import type { Tokens } from '../domain/token/token.ts'
import { toId } from '../id.ts'
import { Problem } from '../problem.ts'
import type { Caller, Claims, TokenType } from './caller.ts'
import { authCookies, cookieIn, type Headers } from './cookie.ts'
import { requireOwnPage } from './own-page.ts'
import { mentions, permits } from './permission.ts'
import type { Route } from './route.ts'

/** Finds out who calls; nobody is asked for where anyone may. Throws UNAUTHORIZED, or FORBIDDEN for a frozen account. */
export async function identify(
  route: Route,
  headers: Headers,
  context: { database: Database; tokens: Tokens; cors_origins: readonly string[] },
): Promise<Caller> {
  if (route.access === 'public') return { kind: 'nobody' }
  const bearer = bearerOf(headers)
  const token = bearer ?? cookieIn(headers, authCookies.access)
  if (token === undefined)
    throw new Problem('UNAUTHORIZED', 'Log in and send the token as `Authorization: Bearer …`.')
  const claims = await context.tokens.verify(token)
  // A browser sends cookies whoever asked for the request: one that changes something must come from our own pages.
  if (bearer === undefined && route.method !== 'GET') requireOwnPage(headers, context.cors_origins)
  return callerOf(claims, context.database)
}

/** A header wins over the cookie, also one that says nothing of use. */
function bearerOf({ authorization }: Headers): string | undefined {
  return typeof authorization === 'string' ? (/^Bearer (\S+)$/.exec(authorization)?.[1] ?? '') : undefined
}

function callerOf(claims: Claims, database: Database): Promise<Caller> {
  return callers[tokenTypeOf(claims)](claims, database)
}

const callers = {
  access: accessCaller,
  sensor: sensorCaller,
  execution: executionCaller,
} as const satisfies Record<TokenType, (claims: Claims, database: Database) => Promise<Caller>>

async function accessCaller(claims: Claims, database: Database): Promise<Caller> {
  const identity = await identities.findWithGrants(database, toId<'identity'>(Number(claims.sub)))
  if (identity === undefined)
    throw new Problem('UNAUTHORIZED', 'The account of this token is gone; log in again.')
  if (identity.frozen) throw frozen()
  await requireActiveSource(claims, database)
  const { id, login, attributes, grants } = identity
  return { kind: 'access', identity: id, login, attributes, grants }
}

function frozen(): Problem {
  return new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
}

/** A session that began with an integration token ends with it. */
async function requireActiveSource({ metadata }: Claims, database: Database): Promise<void> {
  const source = metadata?.integration_token_id
  if (source === undefined) return
  const active =
    typeof source === 'number' &&
    (await integrationTokens.isActive(database, toId<'integration_token'>(source)))
  if (!active)
    throw new Problem('UNAUTHORIZED', 'The integration token of this session is revoked or has expired.')
}

async function sensorCaller(claims: Claims, database: Database): Promise<Caller> {
  if (await identities.isSensorFrozen(database, claims.login)) throw frozen()
  const triggers = claims.metadata?.trigger_types
  return {
    kind: 'sensor',
    identity: null,
    sensor_ref: claims.login,
    trigger_types: Array.isArray(triggers) ? triggers.filter((ref) => typeof ref === 'string') : [],
    claims,
  }
}

/** The token of an execution is good while the execution runs, and for what its permission sets grant. */
async function executionCaller(claims: Claims, database: Database): Promise<Caller> {
  const execution = toId<'execution'>(Number(claims.metadata?.execution_id))
  const bearer = Number.isSafeInteger(execution) ? await findBearer(database, execution) : undefined
  if (bearer?.live !== true)
    throw new Problem('UNAUTHORIZED', 'The execution of this token has ended, and the token with it.')
  if (bearer.frozen) throw frozen()
  const { runs_as, action_ref, permission_set_refs, grants } = bearer
  return { kind: 'execution', execution, runs_as, action_ref, permission_set_refs, grants }
}

function tokenTypeOf(claims: Claims): TokenType {
  switch (claims.token_type) {
    case 'access':
    case 'sensor':
    case 'execution':
      return claims.token_type
    default:
      throw new Problem(
        'UNAUTHORIZED',
        `A ${claims.token_type} token cannot be used here; send an access token.`,
      )
  }
}

/** Whether the route lets them in. Throws FORBIDDEN. */
export function admit(route: Route, caller: Caller): void {
  if (route.access === 'public') return
  if (caller.kind === 'nobody' || !route.tokens.includes(caller.kind)) {
    throw new Problem('FORBIDDEN', `A ${caller.kind} token may not do this.`)
  }
  if (caller.kind === 'sensor' || route.access === 'authenticated') return
  if (caller.kind === 'execution' && route.own) return
  const granted = route.scoped ? mentions : permits
  const missing = [route.access, ...route.also].find((permission) => !granted(caller.grants, permission))
  if (missing !== undefined)
    throw new Problem('FORBIDDEN', `This needs the permission ${missing.join(':')}; ask an administrator.`)
}
