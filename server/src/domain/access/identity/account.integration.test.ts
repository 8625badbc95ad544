import { describe, expect, test } from 'vitest'
import { type Answer, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sessionSettings, tokensOf } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { limits } from '../login-attempt/limit.ts'
import { sessionRoutes } from '../session/routes.ts'
import { hashPassword } from './password.ts'
import { identityRoutes, type LoginOptions } from '../account/routes.ts'

/* Accounts beyond the happy login: registration, passwords, cookies, limits. */

const options: LoginOptions = {
  allow_self_registration: true,
  login_page: { show_local_login: true, show_oidc_login: true, show_ldap_login: false },
  oidc: { enabled: true, provider_name: 'corp', provider_label: 'Corp' },
  ldap: { enabled: false, provider_name: 'ldap' },
}

const api = await fixture(
  startApi(({ tokens }) => [
    ...identityRoutes({ session: sessionSettings(tokens), options }),
    ...sessionRoutes({
      session: sessionSettings(tokens),
      endAtProvider: async (id_token) => `https://idp.example/end?hint=${id_token}`,
    }),
  ]),
)

const password = 'correct horse'

async function account(columns: object = {}): Promise<{ id: number; login: string; token: string }> {
  const { id, login } = await given.identity(api.db, {
    password_hash: await hashPassword(password),
    ...columns,
  })
  const token = await api.tokenOf({ id, login })
  return { id, login, token }
}

function dataOf({ body }: Answer): JsonObject {
  if (!isJsonObject(body.data)) throw new Error(`No data in ${JSON.stringify(body)}`)
  return body.data
}

function textIn(data: JsonObject, field: string): string {
  const value = data[field]
  if (typeof value !== 'string') throw new Error(`No ${field} in ${JSON.stringify(data)}`)
  return value
}

let address = 0
/** Tests share no limit: each asks from an address of its own. */
const log = (login: string, secret: string) =>
  api.server.inject({
    method: 'POST',
    url: '/auth/login',
    payload: { login, password: secret },
    remoteAddress: `192.0.2.${(address += 1)}`,
  })

function audited(login: string) {
  return api.db.many<{ event_type: string; outcome: string; actor_login: string; details: JsonObject }>(sql`
    select event_type, outcome, actor_login, details from audit_event
    where resource_ref = ${login} order by id`)
}

describe('registration', () => {
  test('makes an account that holds nothing and is logged in', async () => {
    const body = { login: 'newcomer', password: 'eight or more', display_name: ' New ' }

    const answer = await api.call('POST /auth/register', { body })

    expect(answer.status).toBe(200)
    expect(dataOf(answer)).toMatchObject({ user: { login: 'newcomer', display_name: 'New' } })
    const me = await api.call('GET /auth/me', { token: textIn(dataOf(answer), 'access_token') })
    expect(dataOf(me)).toMatchObject({ effective_permissions: [], assigned_permission_set_refs: [] })
    expect(await audited('newcomer')).toMatchObject([{ event_type: 'admin.identity.created' }])
  })

  test('a login that is there is refused and keeps its password', async () => {
    const { login } = await account()

    const answer = await api.call('POST /auth/register', { body: { login, password: 'another one' } })

    expect(answer).toMatchObject({ status: 409, body: { details: [{ field: 'login' }] } })
    expect((await log(login, password)).statusCode).toBe(200)
  })

  test.each(['sensor:core.timer', 'OIDC:x12', ' padded', 'a\tb c', 'ab'])(
    'nobody becomes %j',
    async (login) => {
      const answer = await api.call('POST /auth/register', { body: { login, password: 'eight or more' } })
      expect(answer).toMatchObject({ status: 422, body: { details: [{ field: 'login' }] } })
    },
  )

  test('is closed unless it is opened', async () => {
    const closed = await startApi(({ tokens }) =>
      identityRoutes({
        session: sessionSettings(tokens),
        options: { ...options, allow_self_registration: false },
      }),
    )
    const body = { login: 'newcomer', password: 'eight or more' }
    const { status } = await closed.call('POST /auth/register', { body })
    const rows = await closed.db.many(sql`select from identity where login = 'newcomer'`)
    await closed.close()

    expect(status).toBe(403)
    expect(rows).toEqual([])
  })
})

describe('changing the password', () => {
  const change = (token: string, current_password: string, new_password = 'a new password') =>
    api.call('POST /auth/change-password', { token, body: { current_password, new_password } })

  test('the next login needs the new one', async () => {
    const { login, token } = await account()

    expect(await change(token, password)).toMatchObject({ status: 200, body: { data: { success: true } } })

    expect((await log(login, password)).statusCode).toBe(401)
    expect((await log(login, 'a new password')).statusCode).toBe(200)
    const [entry] = await audited(login)
    expect(entry).toMatchObject({ event_type: 'admin.identity.updated', details: { changed: ['password'] } })
    expect(JSON.stringify(entry)).not.toContain('a new password')
  })

  test('whoever found a session cannot find the password by trying', async () => {
    const { token } = await account()
    const statuses: number[] = []
    for (let attempt = 0; attempt <= limits.login_at_address.burst; attempt += 1)
      statuses.push((await change(token, `guess ${attempt}`)).status)

    expect(statuses).toEqual([...Array(limits.login_at_address.burst).fill(401), 429])
    expect((await change(token, password)).status).toBe(429)
  })

  test('an account of a provider has none here', async () => {
    const { token } = await account({ attributes: { oidc: { issuer: 'x', sub: 'y' } } })

    expect(await change(token, password)).toMatchObject({ status: 403 })
  })

  test('a frozen account, and tokens that are no access tokens, do not get that far', async () => {
    const { token, id } = await account()
    const { refresh } = await tokensOf(api, { id, login: 'x' })
    await api.db.run(sql`update identity set frozen = true where id = ${id}`)

    expect((await change(token, password)).status).toBe(403)
    expect((await change(refresh, password)).status).toBe(401)
    expect((await change(await api.sensorToken('core.x', []), password)).status).toBe(403)
  })
})

describe('the display name', () => {
  test('is changed, and cleared without text', async () => {
    const { token } = await account()
    const put = (body: JsonObject) => api.call('PUT /auth/me', { token, body })

    expect(dataOf(await put({ display_name: '  Ada ' }))).toMatchObject({ display_name: 'Ada' })
    expect(dataOf(await put({}))).toMatchObject({ display_name: null })
  })

  test('of a provider’s account is the provider’s', async () => {
    const { token } = await account({ attributes: { ldap: { distinguished_name: 'uid=x' } } })

    expect(await api.call('PUT /auth/me', { token, body: { display_name: 'x' } })).toMatchObject({
      status: 403,
    })
  })
})

describe('guessing', () => {
  const guess = (login: string, remoteAddress: string) =>
    api.server.inject({
      method: 'POST',
      url: '/auth/login',
      remoteAddress,
      payload: { login, password: 'x' },
    })

  test('is slowed with the time to wait, the same for logins that are nobody’s', async () => {
    const { login } = await account()
    const answers = []
    for (const [name, from] of [
      [login, '198.51.100.1'],
      ['nobody at all', '198.51.100.2'],
    ] as const) {
      for (let attempt = 0; attempt < limits.login_at_address.burst; attempt += 1) await guess(name, from)
      answers.push(await guess(name, from))
    }

    for (const { statusCode, headers, json } of answers) {
      expect(statusCode).toBe(429)
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    }
  })

  test('does not keep out who comes from elsewhere', async () => {
    const { login } = await account()
    for (let attempt = 0; attempt < limits.login_at_address.burst + 1; attempt += 1)
      await guess(login, '198.51.100.3')

    expect((await log(login, password)).statusCode).toBe(200)
  })

  test('is on record, and what was typed is not', async () => {
    const { login } = await account()
    await log(login, 'wrong')
    await log(login, password)
    await log('my secret password', 'x')

    expect(await audited(login)).toMatchObject([
      { event_type: 'auth.login.failure', outcome: 'failure', actor_login: login },
      { event_type: 'auth.login.success', outcome: 'success', actor_login: login },
    ])
    const all = await api.db.many(sql`select a::text from audit_event a`)
    expect(JSON.stringify(all)).not.toContain('my secret password')
  })
})

describe('cookies', () => {
  const own = { host: 'attune.example', origin: 'https://attune.example', 'sec-fetch-site': 'same-origin' }
  const foreign = { host: 'attune.example', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

  test('our own pages get the session as cookies that no script reads, others do not', async () => {
    const { login } = await account()
    const body = { login, password }

    const there = await api.call('POST /auth/login', { body, headers: own })
    const elsewhere = await api.call('POST /auth/login', { body, headers: foreign })
    const script = await api.call('POST /auth/login', { body })

    expect(there.headers['set-cookie']).toEqual([
      expect.stringMatching(/^attune_access_token=[^;]+; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^attune_refresh_token=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ])
    expect(elsewhere.headers).not.toHaveProperty('set-cookie')
    expect(script.headers).not.toHaveProperty('set-cookie')
  })

  test('a cookie reads from anywhere and changes things from our own pages only', async () => {
    const { token } = await account()
    const cookie = `other=1; attune_access_token=${token}`
    const rename = (headers: Record<string, string>) =>
      api.call('PUT /auth/me', { headers: { cookie, ...headers }, body: { display_name: 'x' } })

    expect((await api.call('GET /auth/me', { headers: { cookie, ...foreign } })).status).toBe(200)
    expect((await rename(own)).status).toBe(200)
    expect((await rename({ origin: 'https://ui.example.org' })).status).toBe(403) // not trusted by this server
    expect(await rename(foreign)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    expect((await rename({})).status).toBe(403)
  })

  test('a header needs no page, and wins over the cookie', async () => {
    const [one, other] = [await account(), await account()]
    const cookie = `attune_access_token=${one.token}`

    const me = await api.call('GET /auth/me', { token: other.token, headers: { cookie } })
    const changed = await api.call('PUT /auth/me', { token: other.token, headers: { cookie }, body: {} })
    const broken = await api.call('GET /auth/me', {
      token: other.token,
      headers: { cookie: 'attune_access_token=x' },
    })
    const wrong = await api.call('GET /auth/me', { token: 'x', headers: { cookie } })

    expect(dataOf(me).id).toBe(other.id)
    expect(changed.status).toBe(200)
    expect(broken.status).toBe(200)
    expect(wrong.status).toBe(401)
  })

  test('a session is renewed by its cookie from our own pages, without a body', async () => {
    const { id, login } = await account()
    const { refresh } = await tokensOf(api, { id, login })
    const cookie = `attune_refresh_token=${refresh}`

    const renewed = await api.call('POST /auth/refresh', { headers: { cookie, ...own } })
    const foreigner = await api.call('POST /auth/refresh', { headers: { cookie, ...foreign } })
    const nothing = await api.call('POST /auth/refresh', { headers: own })

    expect(renewed.status).toBe(200)
    expect(renewed.headers['set-cookie']).toHaveLength(2)
    expect(foreigner.status).toBe(403)
    expect(nothing.status).toBe(401)
  })

  test('leaving leads to the provider for who came from there', async () => {
    const { headers } = await api.server.inject({
      url: '/auth/logout',
      headers: { cookie: 'attune_oidc_id_token=abc' },
    })

    expect(headers.location).toBe('https://idp.example/end?hint=abc')
    expect(headers['set-cookie']).toHaveLength(3)
  })
})

test('the login page learns which ways there are', async () => {
  expect(dataOf(await api.call('GET /auth/settings'))).toMatchObject({
    oidc_enabled: true,
    oidc_provider_name: 'corp',
    oidc_provider_label: 'Corp',
    oidc_provider_icon_url: null,
    ldap_enabled: false,
    ldap_visible_by_default: false,
    self_registration_enabled: true,
  })
})

describe('freezing takes effect at once', () => {
  test('for an execution that acts for the account', async () => {
    const { id } = await account()
    const execution = await given.execution(api.db, { executor: id, status: 'running' })
    const token = await api.executionToken(execution, id)
    const me = () => api.call('GET /auth/me', { token })
    expect((await me()).body.error).toContain('A execution token may not do this')

    await api.db.run(sql`update identity set frozen = true where id = ${id}`)

    expect(await me()).toMatchObject({ status: 403, body: { error: expect.stringContaining('frozen') } })
  })
})
