import { Type } from 'typebox'
import { nullable } from '../../database/row.ts'
import type { Claims } from '../../http/caller.ts'
import { Answer, call, item, type Route, read } from '../../http/route.ts'
import { toId } from '../../id.ts'
import { Problem } from '../../problem.ts'
import type { Tokens } from '../token/token.ts'
import { createPasswordCheck } from './password.ts'
import { Profile, profileOf } from './profile.ts'
import * as identities from './queries.ts'
import { openSession, Session, type SessionSettings } from './session.ts'

const closed = { additionalProperties: false } as const
const tag = 'auth'

const AuthSettings = Type.Object({
  authentication_enabled: Type.Boolean(),
  local_password_enabled: Type.Boolean(),
  local_password_visible_by_default: Type.Boolean(),
  oidc_enabled: Type.Boolean(),
  oidc_visible_by_default: Type.Boolean(),
  oidc_provider_name: nullable(Type.String()),
  oidc_provider_label: nullable(Type.String()),
  oidc_provider_icon_url: nullable(Type.String()),
  ldap_enabled: Type.Boolean(),
  ldap_visible_by_default: Type.Boolean(),
  ldap_provider_name: nullable(Type.String()),
  ldap_provider_label: nullable(Type.String()),
  ldap_provider_icon_url: nullable(Type.String()),
  self_registration_enabled: Type.Boolean(),
})

export function identityRoutes(settings: SessionSettings): Route[] {
  return [
    settingsRoute,
    loginRoute(settings),
    refreshRoute(settings),
    logoutRoute,
    meRoute,
    sensorRefreshRoute(settings.tokens),
  ]
}

const settingsRoute = read({
  method: 'GET',
  path: '/auth/settings',
  summary: 'Ways to log in',
  tag,
  access: 'public',
  success: { 200: item(AuthSettings) },
  handle: async () => ({
    data: {
      authentication_enabled: true,
      local_password_enabled: true,
      local_password_visible_by_default: true,
      oidc_enabled: false,
      oidc_visible_by_default: false,
      oidc_provider_name: null,
      oidc_provider_label: null,
      oidc_provider_icon_url: null,
      ldap_enabled: false,
      ldap_visible_by_default: false,
      ldap_provider_name: null,
      ldap_provider_label: null,
      ldap_provider_icon_url: null,
      self_registration_enabled: false,
    },
  }),
})

function loginRoute(settings: SessionSettings): Route {
  const check = createPasswordCheck()
  return call({
    method: 'POST',
    path: '/auth/login',
    summary: 'Log in with a password',
    tag,
    access: 'public',
    body: Type.Object(
      {
        login: Type.String({ minLength: 1, maxLength: 255 }),
        password: Type.String({ minLength: 1, maxLength: 1024 }),
      },
      closed,
    ),
    success: { 200: item(Session) },
    refusals: [401, 403, 429],
    async handle({ database, body }) {
      const identity = await identities.findByLogin(database, body.login)
      const known = await check(body.password, identity?.password_hash ?? null)
      if (identity === undefined || !known) throw new Problem('UNAUTHORIZED', 'Login or password is wrong.')
      const { id, login, display_name } = identity
      return { data: { ...(await openSession(settings, identity)), user: { id, login, display_name } } }
    },
  })
}

function refreshRoute(settings: SessionSettings): Route {
  return read({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Renew a session',
    description: 'A new pair of tokens for a refresh token, which stays valid until it expires.',
    tag,
    access: 'public',
    body: Type.Object({ refresh_token: Type.String({ minLength: 1, maxLength: 8192 }) }, closed),
    success: { 200: item(Session) },
    refusals: [401, 403],
    async handle({ db, body }) {
      const claims = await settings.tokens.verify(body.refresh_token)
      if (claims.token_type !== 'refresh' || claims.scope !== undefined) {
        throw new Problem('UNAUTHORIZED', 'This is not a refresh token; log in again.')
      }
      const identity = await identities.find(db, toId<'identity'>(Number(claims.sub)))
      if (identity === undefined)
        throw new Problem('UNAUTHORIZED', 'The account of this token is gone; log in again.')
      return { data: await openSession(settings, identity) }
    },
  })
}

const logoutRoute = read({
  method: 'GET',
  path: '/auth/logout',
  summary: 'Leave',
  description: 'Clears the cookies and leads to the login page. Tokens stay valid until they expire.',
  tag,
  access: 'public',
  success: { 307: Type.Null() },
  handle: async () => new Answer(307, undefined, { location: '/login', 'set-cookie': clearedCookies }),
})

const clearedCookies = ['attune_access_token', 'attune_refresh_token', 'attune_oidc_id_token'].map(
  (name) => `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`,
)

const meRoute = read({
  method: 'GET',
  path: '/auth/me',
  summary: 'Who is logged in',
  tag,
  access: 'authenticated',
  success: { 200: item(Profile) },
  refusals: [404],
  async handle({ db, caller }) {
    const profile = caller.kind === 'access' ? await identities.findProfile(db, caller.identity) : undefined
    if (profile === undefined) throw new Problem('NOT_FOUND', 'The account is gone.')
    return { data: profileOf(profile) }
  },
})

/** Not under `data`: sensors that exist read the token at the top. */
const SensorToken = Type.Object({ token: Type.String(), expires_at: Type.String({ format: 'date-time' }) })

function sensorRefreshRoute(tokens: Tokens): Route {
  return read({
    method: 'POST',
    path: '/api/v1/auth/refresh',
    summary: 'Renew the token of a sensor',
    description:
      'The same sensor, the same triggers, valid as long as before. Refused when the sensor is gone or disabled.',
    tag,
    access: 'authenticated',
    tokens: ['sensor'],
    success: { 200: SensorToken },
    async handle({ db, caller }) {
      if (caller.kind !== 'sensor') throw new Problem('FORBIDDEN', 'Only sensors renew their token here.')
      if (!(await identities.isSensorEnabled(db, caller.sensor_ref))) {
        throw new Problem(
          'FORBIDDEN',
          `The sensor '${caller.sensor_ref}' is gone or disabled; its token is not renewed.`,
        )
      }
      return renew(tokens, caller.claims)
    },
  })
}

async function renew(tokens: Tokens, claims: Claims): Promise<{ token: string; expires_at: string }> {
  const { sub, login, scope, metadata, iat, exp } = claims
  const ttl_seconds = iat === undefined ? 86_400 : exp - iat
  const token = await tokens.mint({
    sub,
    login,
    token_type: 'sensor',
    ...(scope === undefined ? {} : { scope }),
    ...(metadata === undefined ? {} : { metadata }),
    ttl_seconds,
  })
  return { token, expires_at: new Date(Date.now() + ttl_seconds * 1000).toISOString() }
}
