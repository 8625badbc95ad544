import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { closedLogin, sessionSettings } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import { sessionRoutes } from '../session/routes.ts'
import { hashPassword } from '../identity/password.ts'
import { identityRoutes } from './routes.ts'

const api = await fixture(
  startApi(({ tokens }) => [
    ...identityRoutes({ session: sessionSettings(tokens), options: closedLogin }),
    ...sessionRoutes({ session: sessionSettings(tokens) }),
  ]),
)

async function account(columns: object = {}): Promise<{ id: number; login: string; password: string }> {
  const password = 'correct horse'
  const identity = await given.identity(api.db, { password_hash: await hashPassword(password), ...columns })
  return { id: identity.id, login: identity.login, password }
}

const login = (body: { login: string; password: string }) => api.call('POST /auth/login', { body })

describe('login', () => {
  test('gives tokens that are let in', async () => {
    const { id, ...credentials } = await account({ display_name: 'Ada' })

    const { status, body } = await login(credentials)

    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 60,
      user: { id, login: credentials.login, display_name: 'Ada' },
    })
    const token = tokenOf(body.data, 'access_token')
    expect(await api.call('GET /auth/me', { token })).toMatchObject({ status: 200, body: { data: { id } } })
  })

  test('a wrong password, an unknown login and an account without a password are refused alike', async () => {
    const { login: known } = await account()
    const { login: closed } = await given.identity(api.db)

    const answers = await Promise.all([
      login({ login: known, password: 'wrong' }),
      login({ login: 'nobody', password: 'wrong' }),
      login({ login: closed, password: 'wrong' }),
    ])

    const [first] = answers
    expect(first).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHORIZED', error: 'Login or password is wrong.' },
    })
    expect(answers.map(({ body }) => body)).toEqual([first?.body, first?.body, first?.body])
  })

  test('a frozen account learns so only with its password', async () => {
    const { id: _, ...credentials } = await account({ frozen: true })

    expect(await login(credentials)).toMatchObject({ status: 403 })
    expect(await login({ ...credentials, password: 'wrong' })).toMatchObject({ status: 401 })
  })

  test.each([
    [{ login: 'ada' }, 'password'],
    [{ login: '', password: 'x' }, 'login'],
    [{ login: 'ada', password: 'x', remember: true }, 'remember'],
    [{ login: 'a\u0000', password: 'x' }, 'login'],
  ])('%j is refused for its field %s', async (body, field) => {
    expect(await api.call('POST /auth/login', { body })).toMatchObject({
      status: 422,
      body: { code: 'VALIDATION_ERROR', details: [{ field }] },
    })
  })
})

describe('refresh', () => {
  test('a refresh token gives a new pair, and that one another', async () => {
    const { id: _, ...credentials } = await account()
    let refresh_token = tokenOf((await login(credentials)).body.data, 'refresh_token')

    for (const _ of [1, 2]) {
      const { status, body } = await api.call('POST /auth/refresh', { body: { refresh_token } })
      refresh_token = tokenOf(body.data, 'refresh_token')
      expect(status).toBe(200)
      expect(body.data).not.toHaveProperty('user')
      expect(await api.call('GET /auth/me', { token: tokenOf(body.data, 'access_token') })).toMatchObject({
        status: 200,
      })
    }
  })

  test('other tokens and garbage are refused', async () => {
    const access = await api.token()

    expect(await api.call('POST /auth/refresh', { body: { refresh_token: access } })).toMatchObject({
      status: 401,
    })
    expect(await api.call('POST /auth/refresh', { body: { refresh_token: 'x.y.z' } })).toMatchObject({
      status: 401,
    })
  })

  test('an account that is gone or frozen gets no new tokens', async () => {
    const { id, ...credentials } = await account()
    const refresh_token = tokenOf((await login(credentials)).body.data, 'refresh_token')

    await api.db.run(sql`update identity set frozen = true where id = ${id}`)
    expect(await api.call('POST /auth/refresh', { body: { refresh_token } })).toMatchObject({ status: 403 })

    await api.db.run(sql`delete from identity where id = ${id}`)
    expect(await api.call('POST /auth/refresh', { body: { refresh_token } })).toMatchObject({ status: 401 })
  })

  test('a refresh token opens nothing else', async () => {
    const { id: _, ...credentials } = await account()
    const token = tokenOf((await login(credentials)).body.data, 'refresh_token')

    expect(await api.call('GET /auth/me', { token })).toMatchObject({ status: 401 })
  })
})

describe('who am I', () => {
  test('permissions are the union of all grants, with the sets they come from', async () => {
    const identity = await given.identity(api.db)
    const sets = await Promise.all([
      given.permissionSet(api.db, { ref: 'demo.a', grants: [{ resource: 'rules', actions: ['read'] }] }),
      given.permissionSet(api.db, {
        ref: 'demo.b',
        grants: [
          { resource: 'rules', actions: ['update', 'read'] },
          { resource: 'events', actions: ['read'], constraints: {} },
        ],
      }),
    ])
    for (const { id } of sets)
      await given.permissionAssignment(api.db, { identity: identity.id, permset: id })
    const token = await api.tokenOf(identity)

    const { body } = await api.call('GET /auth/me', { token })

    expect(body.data).toEqual({
      id: identity.id,
      login: identity.login,
      display_name: null,
      auth_provider: 'local',
      is_local: true,
      can_change_password: true,
      effective_permissions: [
        { resource: 'events', actions: ['read'] },
        { resource: 'rules', actions: ['read', 'update'] },
      ],
      assigned_permission_set_refs: ['demo.a', 'demo.b'],
    })
  })

  test('an account of an identity provider shows what the provider says', async () => {
    const attributes = { oidc: { email: 'ada@example.org', groups: ['ops', 1], sub: 's-1' } }
    const identity = await given.identity(api.db, { attributes })
    const token = await api.tokenOf(identity)

    expect((await api.call('GET /auth/me', { token })).body.data).toMatchObject({
      auth_provider: 'oidc',
      can_change_password: false,
      provider_profile: {
        provider: 'oidc',
        email: 'ada@example.org',
        subject: 's-1',
        groups: ['ops'],
        issuer: null,
      },
    })
  })

  test('nobody is not told', async () => {
    expect(await api.call('GET /auth/me')).toMatchObject({ status: 401 })
    expect(await api.call('GET /auth/me', { token: await api.sensorToken('core.x', []) })).toMatchObject({
      status: 403,
    })
  })
})

test('the ways to log in are open to everyone', async () => {
  expect(await api.call('GET /auth/settings')).toMatchObject({
    status: 200,
    body: { data: { local_password_enabled: true, oidc_enabled: false, oidc_provider_name: null } },
  })
})

test('leaving clears the cookies and leads to the login page', async () => {
  const { statusCode, headers } = await api.server.inject({ url: '/auth/logout' })

  expect(statusCode).toBe(307)
  expect(headers.location).toBe('/login')
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^attune_access_token=; .*Max-Age=0/),
    expect.stringMatching(/^attune_refresh_token=; .*Max-Age=0/),
    expect.stringMatching(/^attune_oidc_id_token=; .*Max-Age=0/),
  ])
})

function tokenOf(data: unknown, field: string): string {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, field) : undefined
  if (typeof value !== 'string') throw new Error(`No ${field} in ${JSON.stringify(data)}`)
  return value
}
