import type { Database } from '../database/database.ts'
import * as identities from '../domain/identity/queries.ts'
import type { Tokens } from '../domain/token/token.ts'
import { toId } from '../id.ts'
import { Problem } from '../problem.ts'
import type { Caller, Claims, TokenType } from './caller.ts'
import { permits } from './permission.ts'
import type { Route } from './route.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Finds out who calls and whether the route lets them in. Throws UNAUTHORIZED or FORBIDDEN. */
export async function authorize(
  route: Route,
  headers: Headers,
  context: { database: Database; tokens: Tokens },
): Promise<Caller> {
  if (route.access === 'public') return { kind: 'nobody' }
  const token = bearerOf(headers)
  if (token === undefined)
    throw new Problem('UNAUTHORIZED', 'Log in and send the token as `Authorization: Bearer …`.')
  const caller = await callerOf(await context.tokens.verify(token), context.database)
  admit(route, caller)
  return caller
}

/** A header wins over the cookie. */
function bearerOf(headers: Headers): string | undefined {
  const header = headers.authorization
  if (typeof header === 'string') return /^Bearer (\S+)$/.exec(header)?.[1] ?? ''
  const cookie = headers.cookie
  return typeof cookie === 'string' ? /(?:^|;\s*)attune_access_token=([^;]+)/.exec(cookie)?.[1] : undefined
}

async function callerOf(claims: Claims, database: Database): Promise<Caller> {
  const kind = tokenTypeOf(claims)
  switch (kind) {
    case 'access': {
      const identity = await identities.findWithGrants(database, toId<'identity'>(Number(claims.sub)))
      if (identity === undefined)
        throw new Problem('UNAUTHORIZED', 'The account of this token is gone; log in again.')
      if (identity.frozen) throw new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
      return { kind, identity: identity.id, login: identity.login, grants: identity.grants }
    }
    case 'sensor': {
      const triggers = claims.metadata?.trigger_types
      return {
        kind,
        identity: null,
        sensor_ref: claims.login,
        trigger_types: Array.isArray(triggers) ? triggers.filter((ref) => typeof ref === 'string') : [],
      }
    }
    case 'execution':
      return {
        kind,
        identity: toId<'identity'>(Number(claims.sub)),
        execution: toId<'execution'>(Number(claims.metadata?.execution_id)),
        metadata: claims.metadata ?? {},
      }
  }
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

function admit(route: Route, caller: Caller): void {
  if (caller.kind === 'nobody' || !route.tokens.includes(caller.kind)) {
    throw new Problem('FORBIDDEN', `A ${caller.kind} token may not do this.`)
  }
  if (caller.kind !== 'access' || route.access === 'authenticated' || route.access === 'public') return
  if (!permits(caller.grants, route.access)) {
    throw new Problem(
      'FORBIDDEN',
      `This needs the permission ${route.access.join(':')}; ask an administrator.`,
    )
  }
}
