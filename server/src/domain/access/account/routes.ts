import { Type } from 'typebox'
import { nullable } from '../../../database/row.ts'
import type { Caller } from '../../caller/caller.ts'
import { call, item, type Route, read, write } from '../../../http/route.ts'
import { sessionAnswer } from '../../../http/session-cookie.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { actorOf } from '../../audit/actor.ts'
import { begin } from '../login-attempt/attempt.ts'
import { endSessions } from '../session/end.ts'
import { OpenSession, openSession, type SessionSettings } from '../session/open.ts'
import type { Identity } from '../identity/identity.ts'
import { loginNameProblem } from '../identity/login-name.ts'
import { loginRoute } from './login-routes.ts'
import { createPasswordCheck, hashPassword, type PasswordCheck } from '../identity/password.ts'
import { isLocal, Profile, profileOf } from '../identity/profile.ts'
import * as identities from '../identity/queries.ts'
import { recordChange } from '../identity/audit.ts'

const closed = { additionalProperties: false } as const
const tag = 'auth'

/** Which ways to log in there are, and how the login page shows them. */
export type LoginOptions = {
  allow_self_registration: boolean
  login_page: { show_local_login: boolean; show_oidc_login: boolean; show_ldap_login: boolean }
  oidc: ProviderOption
  ldap: ProviderOption
}
type ProviderOption = {
  enabled: boolean
  provider_name: string
  provider_label?: string
  provider_icon_url?: string
}

export type IdentityDeps = {
  session: SessionSettings
  options: LoginOptions
}

/** Accounts as their owners see them: logging in, the profile, the password. */
export function identityRoutes({ session, options }: IdentityDeps): Route[] {
  const check = createPasswordCheck()
  return [
    settingsRoute(options),
    loginRoute(session, check),
    registerRoute(session, options),
    meRoute,
    renameRoute,
    changePasswordRoute(check),
  ]
}

const AuthSettings = Type.Object(
  {
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
  },
  { title: 'AuthSettings' },
)

function settingsRoute({ login_page, oidc, ldap, allow_self_registration }: LoginOptions): Route {
  const [byOidc, byLdap] = [shownOf(oidc), shownOf(ldap)]
  const data = {
    authentication_enabled: true,
    local_password_enabled: true,
    local_password_visible_by_default: login_page.show_local_login,
    oidc_enabled: oidc.enabled,
    oidc_visible_by_default: oidc.enabled && login_page.show_oidc_login,
    oidc_provider_name: byOidc.name,
    oidc_provider_label: byOidc.label,
    oidc_provider_icon_url: byOidc.icon_url,
    ldap_enabled: ldap.enabled,
    ldap_visible_by_default: ldap.enabled && login_page.show_ldap_login,
    ldap_provider_name: byLdap.name,
    ldap_provider_label: byLdap.label,
    ldap_provider_icon_url: byLdap.icon_url,
    self_registration_enabled: allow_self_registration,
  }
  return read({
    method: 'GET',
    path: '/auth/settings',
    summary: 'Ways to log in',
    tag,
    access: 'public',
    success: { 200: item(AuthSettings) },
    handle: async () => ({ data }),
  })
}

/** How a provider is shown; nothing of one that is not enabled. */
function shownOf({ enabled, provider_name, provider_label, provider_icon_url }: ProviderOption) {
  if (!enabled) return { name: null, label: null, icon_url: null }
  return { name: provider_name, label: provider_label ?? null, icon_url: provider_icon_url ?? null }
}

const newPassword = Type.String({ minLength: 8, maxLength: 128 })

function registerRoute(session: SessionSettings, { allow_self_registration }: LoginOptions): Route {
  return call({
    method: 'POST',
    path: '/auth/register',
    summary: 'Make an account for yourself',
    description: 'It holds no permissions. Only where security.allow_self_registration is on.',
    tag,
    access: 'public',
    body: Type.Object(
      {
        login: Type.String({ minLength: 3, maxLength: 255 }),
        password: newPassword,
        display_name: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
      },
      closed,
    ),
    success: { 200: item(OpenSession) },
    refusals: [403, 409, 429],
    async handle({ database, body, caller, headers, ...from }) {
      if (!allow_self_registration)
        throw new Problem('FORBIDDEN', 'Nobody makes an account here by themselves; ask an administrator.')
      const { login, password } = body
      const fault = loginNameProblem(login)
      if (fault !== undefined)
        throw new Problem('VALIDATION_ERROR', `login: ${fault}`, [{ field: 'login', message: fault }])
      // Counted like a failed login, and not given back: accounts are not made by the thousand.
      await begin(database, { provider: 'local', login, client_ip: from.client_ip })
      const account = {
        login,
        display_name: nameOf(body.display_name),
        password_hash: await hashPassword(password),
      }
      const data = await database.transaction(async (tx) => {
        const made = await identities.createIfAbsent(tx, account)
        if (made === undefined)
          throw new Problem('CONFLICT', `The login '${login}' is taken; choose another one.`, [
            { field: 'login', message: 'is taken' },
          ])
        await recordChange(
          tx,
          { event: 'created', by: caller, whose: made, details: { by: 'registration' } },
          from,
        )
        return openSession(tx, session, { holder: made, provider: 'local' }, from)
      })
      return sessionAnswer(data, headers, session)
    },
  })
}

/** Without text there is no name. */
function nameOf(text: string | null | undefined): string | null {
  const name = text?.trim() ?? ''
  return name === '' ? null : name
}

const profile = { path: '/auth/me', tag, access: 'authenticated', success: { 200: item(Profile) } } as const

const meRoute = read({
  ...profile,
  method: 'GET',
  summary: 'Who is logged in',
  refusals: [404],
  async handle({ db, caller }) {
    const found = caller.kind === 'access' ? await identities.findProfile(db, caller.identity) : undefined
    if (found === undefined) throw gone()
    return { data: profileOf(found) }
  },
})

const renameRoute = write({
  ...profile,
  method: 'PUT',
  summary: 'Change your display name',
  description: 'Blank, null or left out clears it.',
  body: Type.Object({ display_name: Type.Optional(nullable(Type.String({ maxLength: 255 }))) }, closed),
  refusals: [404],
  async handle({ tx, caller, body, ...from }) {
    const identity = ownOf(await ownAccount(tx, caller), 'display name')
    const display_name = nameOf(body.display_name)
    await identities.setDisplayName(tx, identity.id, display_name)
    await recordChange(
      tx,
      { event: 'updated', by: caller, whose: identity, details: { changed: ['display_name'] } },
      from,
    )
    const found = await identities.findProfile(tx, identity.id)
    if (found === undefined) throw gone()
    return { data: profileOf(found) }
  },
})

const Changed = Type.Object({ success: Type.Boolean(), message: Type.String() })

function changePasswordRoute(check: PasswordCheck): Route {
  return call({
    method: 'POST',
    path: '/auth/change-password',
    summary: 'Change your password',
    description: 'The session that does it goes on; every other one ends.',
    tag,
    access: 'authenticated',
    body: Type.Object(
      { current_password: Type.String({ minLength: 1, maxLength: 1024 }), new_password: newPassword },
      closed,
    ),
    success: { 200: item(Changed) },
    refusals: [404, 429],
    async handle({ database, caller, body, ...from }) {
      const identity = ownOf(await ownAccount(database, caller), 'password')
      // Whoever got hold of a session shall not find the password by trying.
      const { login } = identity
      const attempt = await begin(database, { provider: 'local', login, client_ip: from.client_ip })
      if (!(await check(body.current_password, identity.password_hash)))
        throw new Problem('UNAUTHORIZED', 'The current password is wrong.', [
          { field: 'current_password', message: 'is wrong' },
        ])
      const password_hash = await hashPassword(body.new_password)
      await database.transaction(async (tx) => {
        await identities.setPassword(tx, identity.id, password_hash)
        await attempt.succeeded(tx)
        await recordChange(
          tx,
          { event: 'updated', by: caller, whose: identity, details: { changed: ['password'] } },
          from,
        )
        const by = actorOf({ caller, ...from })
        await endSessions(tx, { whose: identity, kept: sessionOf(caller), why: 'password', by })
      })
      return { data: { success: true, message: 'The password is changed.' } }
    },
  })
}

async function ownAccount(db: Parameters<typeof identities.find>[0], caller: Caller): Promise<Identity> {
  const identity = caller.kind === 'access' ? await identities.find(db, caller.identity) : undefined
  if (identity === undefined) throw gone()
  return identity
}

function sessionOf(caller: Caller): Id<'session'> | null {
  return (caller.kind === 'access' ? caller.session : undefined) ?? null
}

/** What a provider knows of a person is changed there. */
function ownOf(identity: Identity, what: string): Identity {
  if (isLocal(identity.attributes)) return identity
  throw new Problem(
    'FORBIDDEN',
    `The ${what} of this account is kept by its identity provider; change it there.`,
  )
}

function gone(): Problem {
  return new Problem('NOT_FOUND', 'The account is gone.')
}
