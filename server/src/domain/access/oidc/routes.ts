import { Type } from 'typebox'
import { authCookies, clearCookie, cookieIn, setCookie } from '../../../http/cookie.ts'
import { Answer, call, type Route } from '../../../http/route.ts'
import { sessionCookies } from '../../../http/session-cookie.ts'
import { Problem } from '../../../problem.ts'
import { adopt } from '../identity/provider-account.ts'
import { recordLogin } from '../identity/audit.ts'
import { frozen, type OpenSession, openSession, type SessionSettings } from '../session/open.ts'
import { cliPage } from './cli-page.ts'
import { type Flow, FLOW_SECONDS, isLocalPath, isLoopback, readFlow, writeFlow } from './flow.ts'
import { personOf } from './person.ts'
import type { OidcProvider } from './provider.ts'

const tag = 'auth'
const FLOW_COOKIE = 'attune_oidc_flow'

/** `provider` is undefined where none is configured. */
export type OidcDeps = { session: SessionSettings; provider: OidcProvider | undefined }

/** Logging in at an identity provider: a way out, a way back. */
export function oidcRoutes(deps: OidcDeps): Route[] {
  return [outRoute(deps), backRoute(deps)]
}

function outRoute({ session, provider }: OidcDeps): Route {
  const { secure_cookies: secure } = session
  return call({
    method: 'GET',
    path: '/auth/oidc/login',
    summary: 'Log in at the identity provider',
    tag,
    access: 'public',
    query: Type.Object({
      redirect_to: Type.Optional(
        Type.String({ maxLength: 1000, description: 'Local path to return to; begins with a single /.' }),
      ),
      cli_redirect_uri: Type.Optional(
        Type.String({ maxLength: 1000, description: 'http URL on localhost where the command line waits.' }),
      ),
    }),
    success: { 307: Type.Null() },
    refusals: [501, 503],
    async handle({ query }) {
      const asked = destinationOf(query)
      const { url, flow } = await configured(provider).begin()
      const cookie = setCookie({
        name: FLOW_COOKIE,
        value: writeFlow({ ...flow, ...asked }),
        max_age_seconds: FLOW_SECONDS,
        secure,
      })
      return new Answer(307, undefined, { location: url, 'set-cookie': cookie })
    },
  })
}

type Destination = Pick<Flow, 'redirect_to' | 'cli_redirect_uri'>

function destinationOf(query: Destination): Destination {
  const { redirect_to, cli_redirect_uri } = query
  if (cli_redirect_uri !== undefined && !isLoopback(cli_redirect_uri))
    throw wrong('cli_redirect_uri', 'must be an http URL on localhost, 127.0.0.1 or [::1]')
  if (redirect_to !== undefined && !isLocalPath(redirect_to))
    throw wrong('redirect_to', 'must be a path that begins with a single /')
  return query
}

function wrong(field: string, message: string): Problem {
  return new Problem('BAD_REQUEST', `${field} ${message}.`, [{ field, message }])
}

function configured(provider: OidcProvider | undefined): OidcProvider {
  if (provider !== undefined) return provider
  throw new Problem('NOT_IMPLEMENTED', 'No identity provider is configured; set security.oidc.')
}

const text = Type.Optional(Type.String({ maxLength: 8192 }))

function backRoute({ session, provider }: OidcDeps): Route {
  const { secure_cookies: secure } = session
  return call({
    method: 'GET',
    path: '/auth/callback',
    summary: 'Come back from the identity provider',
    description:
      'Sets the session as cookies and leads to /login/callback, whose fragment says where to go on. For the command line: a page that hands the session over.',
    tag,
    access: 'public',
    guard: 'credential',
    query: Type.Object({
      code: text,
      state: text,
      error: text,
      error_description: text,
      iss: text,
      session_state: text,
    }),
    success: { 307: Type.Null(), 200: Type.String({ description: 'A page for the command line.' }) },
    refusals: [401, 403, 501, 503],
    async handle({ database, query, headers, ...from }) {
      const { finish } = configured(provider)
      const flow = readFlow(cookieIn(headers, FLOW_COOKIE))
      if (flow === undefined)
        throw new Problem('BAD_REQUEST', 'No login is under way in this browser; start again at /login.')
      const { claims, id_token } = await finish(flow, new URLSearchParams(query))
      const opened = await database.transaction(async (tx) => {
        const adopted = await adopt(tx, personOf(claims))
        const outcome = adopted.frozen ? 'failure' : 'success'
        const details = { provider: 'oidc', issuer: claims.iss }
        await recordLogin(tx, { kind: 'auth.login', outcome, who: adopted, details }, from)
        return adopted.frozen
          ? undefined
          : openSession(tx, session, { holder: adopted, provider: 'oidc' }, from)
      })
      if (opened === undefined) throw frozen()
      const forget = clearCookie({ name: FLOW_COOKIE, secure })
      const { cli_redirect_uri } = flow
      if (cli_redirect_uri !== undefined) return handedOver(opened, { cli_redirect_uri, forget })
      const idCookie = setCookie({
        name: authCookies.oidc_id,
        value: id_token,
        max_age_seconds: session.refresh_ttl_seconds,
        secure,
      })
      const next = new URLSearchParams({ redirect_to: flow.redirect_to ?? '/' })
      return new Answer(307, undefined, {
        location: `/login/callback#${next.toString()}`,
        'set-cookie': [...sessionCookies(opened, session), idCookie, forget],
      })
    },
  })
}

function handedOver(
  { access_token, refresh_token, token_type, expires_in, user }: OpenSession,
  { cli_redirect_uri, forget }: { cli_redirect_uri: string; forget: string },
): Answer {
  const login = user?.login ?? ''
  const fields = { access_token, refresh_token, token_type, expires_in: String(expires_in), login }
  const { html, headers } = cliPage({ cli_redirect_uri, login, fields })
  return new Answer(200, html, { ...headers, 'set-cookie': forget })
}
