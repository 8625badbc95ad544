import { Problem } from '../problem.ts'
import type { Caller } from '../domain/caller/caller.ts'
import { authCookies, cookieIn, type Headers } from './cookie.ts'
import { requireSameOrigin } from './same-origin.ts'
import { mentions, permits } from '../domain/caller/permission.ts'
import type { Route } from './route.ts'

export type Identification = {
  /** Who shows a token. Throws UNAUTHORIZED, or FORBIDDEN for a frozen account. */
  callerOf(token: string): Promise<Caller>
  /** Origins besides our own whose pages may use the cookies. */
  cors_origins: readonly string[]
}

/** Finds out who calls; nobody is asked for where anyone may. Throws UNAUTHORIZED, or FORBIDDEN for a frozen account. */
export async function identify(
  route: Route,
  headers: Headers,
  { callerOf, cors_origins }: Identification,
): Promise<Caller> {
  if (route.access === 'public') return { kind: 'nobody' }
  const bearer = bearerOf(headers)
  const token = bearer ?? cookieIn(headers, authCookies.access)
  if (token === undefined)
    throw new Problem('UNAUTHORIZED', 'Log in and send the token as `Authorization: Bearer …`.')
  const caller = await callerOf(token)
  // A browser sends cookies whoever asked for the request: one that changes something must come from our own pages.
  if (bearer === undefined && route.method !== 'GET') requireSameOrigin(headers, cors_origins)
  return caller
}

/** A header wins over the cookie, also one that says nothing of use. */
function bearerOf({ authorization }: Headers): string | undefined {
  return typeof authorization === 'string' ? (/^Bearer (\S+)$/.exec(authorization)?.[1] ?? '') : undefined
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
