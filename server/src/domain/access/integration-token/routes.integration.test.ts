import { describe, expect, test } from 'vitest'
import { type Answer, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { closedLogin, sessionSettings } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { identityRoutes } from '../account/routes.ts'
import { sessionRoutes } from '../session/routes.ts'
import { integrationTokenRoutes } from './routes.ts'

const api = await fixture(
  startApi(({ tokens }) => {
    const session = sessionSettings(tokens)
    return [
      ...identityRoutes({ session, options: closedLogin }),
      ...sessionRoutes({ session }),
      ...integrationTokenRoutes({ session }),
    ]
  }),
)
const admin = await api.token()

function dataOf({ status, body }: Answer): JsonObject {
  if (!isJsonObject(body.data)) throw new Error(`${status}: no data in ${JSON.stringify(body)}`)
  return body.data
}

function textIn(data: JsonObject, field: string): string {
  const value = data[field]
  if (typeof value !== 'string') throw new Error(`No ${field} in ${JSON.stringify(data)}`)
  return value
}

const under = (identity: number) => `/api/v1/identities/${identity}/integration-tokens`

async function made(identity: number, body: JsonObject = {}): Promise<{ secret: string; id: number }> {
  const answer = await api.call(`POST ${under(identity)}`, { token: admin, body: { label: 'ci', ...body } })
  const data = dataOf(answer)
  const { integration_token } = data
  if (!isJsonObject(integration_token)) throw new Error('no token')
  return { secret: textIn(data, 'token'), id: Number(integration_token.id) }
}

const logIn = (token: string) => api.call('POST /auth/token-login', { body: { token } })
const me = (token: string) => api.call('GET /auth/me', { token })

describe('an integration token', () => {
  test('is shown once, and only its hash is kept', async () => {
    const { id } = await given.identity(api.db)

    const answer = await api.call(`POST ${under(id)}`, {
      token: admin,
      body: { label: ' deploys ', description: 'of the pipeline' },
    })

    expect(answer.status).toBe(201)
    const { integration_token } = dataOf(answer)
    const token = textIn(dataOf(answer), 'token')
    expect(token).toMatch(/^attune_it_[A-Za-z0-9_-]{43}$/)
    expect(integration_token).toMatchObject({
      identity_id: id,
      label: 'deploys',
      token_prefix: token.slice(0, 18),
      token_suffix: token.slice(-6),
      active: true,
      last_used_at: null,
    })
    expect(integration_token).not.toHaveProperty('token_hash')
    const rows = await api.db.many(sql`select t::text from integration_token t`)
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(JSON.stringify(await api.db.many(sql`select a::text from audit_event a`))).not.toContain(token)
  })

  test('logs in as its account, which is noted', async () => {
    const { id, login } = await given.identity(api.db)
    const { secret } = await made(id)

    const session = dataOf(await logIn(secret))

    expect(session).toMatchObject({ user: { id, login } })
    expect(dataOf(await me(textIn(session, 'access_token'))).id).toBe(id)
    const { body } = await api.call(`GET ${under(id)}`, { token: admin })
    expect(body.data).toMatchObject([{ last_used_at: expect.any(String), last_used_ip: '127.0.0.1' }])
    expect(body.pagination).toMatchObject({ total_items: 1 })
    const entries = await api.db.many(
      sql`select event_type from audit_event where resource_id = ${id} order by id`,
    )
    expect(entries).toEqual([
      { event_type: 'admin.identity.updated' },
      { event_type: 'auth.token_login.success' },
    ])
  })

  test('renews its session, which says whose it is', async () => {
    const { id } = await given.identity(api.db)
    const refresh_token = textIn(dataOf(await logIn((await made(id)).secret)), 'refresh_token')

    const renewed = dataOf(await api.call('POST /auth/refresh', { body: { refresh_token: refresh_token } }))

    expect(renewed).toMatchObject({ user: { id } })
    expect((await me(textIn(renewed, 'access_token'))).status).toBe(200)
  })

  const ends: [string, (token: { id: number }, identity: number) => Promise<unknown>][] = [
    [
      'revoked',
      (token, identity) => api.call(`POST ${under(identity)}/${token.id}/revoke`, { token: admin, body: {} }),
    ],
    ['deleted', (token, identity) => api.call(`DELETE ${under(identity)}/${token.id}`, { token: admin })],
    [
      'expired',
      (token) =>
        api.db.run(
          sql`update integration_token set expires_at = now() - interval '1 s' where id = ${token.id}`,
        ),
    ],
  ]

  test.each(ends)('that is %s opens nothing, and its sessions end at once', async (_, end) => {
    const { id } = await given.identity(api.db)
    const token = await made(id)
    const session = dataOf(await logIn(token.secret))
    const [access_token, refresh_token] = [textIn(session, 'access_token'), textIn(session, 'refresh_token')]

    await end(token, id)

    expect((await me(access_token)).status).toBe(401)
    expect((await api.call('POST /auth/refresh', { body: { refresh_token: refresh_token } })).status).toBe(
      401,
    )
    expect((await logIn(token.secret)).status).toBe(401)
  })

  test('of a frozen account opens nothing', async () => {
    const { id } = await given.identity(api.db)
    const { secret } = await made(id)
    const session = dataOf(await logIn(secret))
    const [access_token, refresh_token] = [textIn(session, 'access_token'), textIn(session, 'refresh_token')]

    await api.db.run(sql`update identity set frozen = true where id = ${id}`)

    expect((await logIn(secret)).status).toBe(401)
    expect((await api.call('POST /auth/refresh', { body: { refresh_token: refresh_token } })).status).toBe(
      401,
    )
    expect((await me(access_token)).status).toBe(403)
  })

  test('that is unknown is refused like one that is revoked', async () => {
    const { id } = await given.identity(api.db)
    const token = await made(id)
    await api.call(`POST ${under(id)}/${token.id}/revoke`, { token: admin, body: {} })

    const [revoked, unknown, nonsense] = [
      await logIn(token.secret),
      await logIn(`attune_it_${'A'.repeat(43)}`),
      await logIn('x'),
    ]

    expect(revoked).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } })
    expect(unknown.body).toEqual(revoked.body)
    expect(nonsense.body).toEqual(revoked.body)
  })

  test('is revoked once: the first reason stands', async () => {
    const { id } = await given.identity(api.db)
    const token = await made(id)
    const revoke = (reason: string) =>
      api.call(`POST ${under(id)}/${token.id}/revoke`, { token: admin, body: { reason } })

    const first = dataOf(await revoke('leaked'))
    const second = dataOf(await revoke('again'))

    expect(first).toMatchObject({ active: false, revocation_reason: 'leaked' })
    expect(second).toMatchObject({ revocation_reason: 'leaked', revoked_at: first.revoked_at })
  })

  test.each([
    [{ label: '  ' }, 422],
    [{ label: 'x', expires_at: '2020-01-01T00:00:00Z' }, 400],
    [{ label: 'x', expires_at: 'tomorrow' }, 422],
    [{ label: 'x', scope: 'all' }, 422],
  ])('%j is refused', async (body, status) => {
    const { id } = await given.identity(api.db)
    expect((await api.call(`POST ${under(id)}`, { token: admin, body })).status).toBe(status)
  })
})

describe('who makes tokens', () => {
  test('needs the permission, and may not reach further than their own grants', async () => {
    const target = await given.identity(api.db)
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['decrypt'] }] })
    await given.permissionAssignment(api.db, { identity: target.id, permset: set.id })
    const body = { label: 'x' }
    const make = (token: string, identity: number = target.id) =>
      api.call(`POST ${under(identity)}`, { token, body })

    expect((await make(await api.token('identities:read'))).status).toBe(403)
    const climber = await make(await api.token('identities:read', 'identities:update'))
    expect(climber).toMatchObject({ status: 403, body: { error: expect.stringContaining('keys:decrypt') } })
    expect((await make(await api.token('identities:update', 'keys:decrypt'))).status).toBe(201)
    expect((await make(admin, 987_654_321)).status).toBe(404)
  })

  test('a grant for one’s own account shows and touches no other', async () => {
    const [own, other] = [await given.identity(api.db), await given.identity(api.db)]
    const grants = [{ resource: 'identities', actions: ['read', 'update'], constraints: { owner: 'self' } }]
    const set = await given.permissionSet(api.db, { grants })
    await given.permissionAssignment(api.db, { identity: own.id, permset: set.id })
    const token = await api.tokenOf(own)
    const theirs = await made(other.id)

    expect((await api.call(`POST ${under(own.id)}`, { token, body: { label: 'mine' } })).status).toBe(201)
    expect((await api.call(`GET ${under(other.id)}`, { token })).status).toBe(404)
    expect((await api.call(`DELETE ${under(other.id)}/${theirs.id}`, { token })).status).toBe(404)
    expect((await api.call(`DELETE ${under(own.id)}/${theirs.id}`, { token })).status).toBe(404)
    expect((await logIn(theirs.secret)).status).toBe(200)
  })
})
