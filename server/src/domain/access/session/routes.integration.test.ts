import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Answer, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { closedLogin, sessionSettings, tokensOf } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { identityAdminRoutes } from '../administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { hashPassword } from '../identity/password.ts'
import { identityRoutes } from '../account/routes.ts'
import { integrationTokenRoutes } from '../integration-token/routes.ts'
import { MOST_SESSIONS } from './queries.ts'
import { sessionRoutes } from './routes.ts'
import { RACE_SECONDS } from './verdict.ts'

const password = 'correct horse'

const password_hash = await hashPassword(password)
const api = await fixture(
  startApi(({ tokens }) => {
    const session = sessionSettings(tokens)
    return [
      ...identityRoutes({ session, options: closedLogin }),
      ...sessionRoutes({ session }),
      ...integrationTokenRoutes({ session }),
      ...identityAdminRoutes(endOfAccount),
    ]
  }),
)
const root = await api.token()

type Pair = { access: string; refresh: string }

function pairIn({ body, status }: Answer): Pair {
  const { access_token: access, refresh_token: refresh } = isJsonObject(body.data) ? body.data : {}
  if (typeof access !== 'string' || typeof refresh !== 'string')
    throw new Error(`${status}: no tokens in ${JSON.stringify(body)}`)
  return { access, refresh }
}

const account = () => given.identity(api.db, { password_hash })

let number = 0
/** Tests share no limit: each logs in from an address of its own. */
async function logIn(login: string, secret = password): Promise<Pair> {
  const response = await api.server.inject({
    method: 'POST',
    url: '/auth/login',
    payload: { login, password: secret },
    remoteAddress: `192.0.2.${(number += 1)}`,
  })
  return pairIn({ status: response.statusCode, body: response.json(), headers: {} })
}

const refresh = (refresh_token: string, headers = {}) =>
  api.call('POST /auth/refresh', { body: { refresh_token }, headers })
const me = async (token: string) => (await api.call('GET /auth/me', { token })).status
const isOver = async ({ access, refresh: token }: Pair) =>
  (await me(access)) === 401 && (await refresh(token)).status === 401

/** Lets the moments pass in which two may race. */
const later = () =>
  api.db.run(sql`update session set last_used_at = last_used_at - make_interval(secs => ${RACE_SECONDS + 1})`)

function audited(login: string) {
  return api.db.many<{ event_type: string; actor_login: string; details: JsonObject }>(sql`
    select event_type, actor_login, details from audit_event
    where resource_ref = ${login} and event_type like 'auth.session%' order by id`)
}

function rowsOf({ body }: Answer): JsonObject[] {
  return Array.isArray(body.data) ? body.data.filter(isJsonObject) : []
}

describe('renewal', () => {
  test('gives a new refresh token each time', async () => {
    const user = await account()
    const first = await tokensOf(api, user)

    const second = pairIn(await refresh(first.refresh))
    const third = pairIn(await refresh(second.refresh))

    expect(new Set([first.refresh, second.refresh, third.refresh]).size).toBe(3)
    expect(await me(third.access)).toBe(200)
    expect(await me(first.access)).toBe(200) // until it expires
  })

  test('with a token that was used ends the session for both, and is told', async () => {
    const user = await account()
    const stolen = await tokensOf(api, user)
    const owners = pairIn(await refresh(stolen.refresh))
    await later()

    expect((await refresh(stolen.refresh)).status).toBe(401)

    expect(await isOver(owners)).toBe(true)
    expect(await me(stolen.access)).toBe(401)
    expect(await audited(user.login)).toMatchObject([{ event_type: 'auth.session.reused' }])
    const alerts = await api.db.many(
      sql`select from alert where correlation_id = ${`session:${user.id}:reused`}`,
    )
    expect(alerts).toHaveLength(1)
  })

  test('by the thief first, and then by the owner, ends it too', async () => {
    const user = await account()
    const owners = await tokensOf(api, user)
    const thiefs = pairIn(await refresh(owners.refresh, { 'user-agent': 'thief' }))

    expect((await refresh(owners.refresh)).status).toBe(401)

    expect(await isOver(thiefs)).toBe(true)
  })

  test('by two tabs at once logs nobody out, and moves the session once', async () => {
    const user = await account()
    const { refresh: token } = await tokensOf(api, user)

    const pairs = (await Promise.all(Array.from({ length: 8 }, () => refresh(token)))).map(pairIn)

    for (const { access } of pairs) expect(await me(access)).toBe(200)
    expect(await api.db.many(sql`select generation from session where identity = ${user.id}`)).toEqual([
      { generation: 2 },
    ])
    // What both hold is for one renewal: who comes second next time, and late, is found out.
    const [one, two] = pairs
    if (one === undefined || two === undefined) throw new Error('Eight were asked.')
    const next = pairIn(await refresh(one.refresh))
    await later()
    expect((await refresh(two.refresh)).status).toBe(401)
    expect(await isOver(next)).toBe(true)
  })

  test('in a race from another program is no race', async () => {
    const { refresh: token } = await tokensOf(api, await account())
    await refresh(token, { 'user-agent': 'one' })

    expect((await refresh(token, { 'user-agent': 'other' })).status).toBe(401)
  })

  test('takes no access token, no token of another session, none that says less', async () => {
    const user = await account()
    const other = await account()
    const { access } = await tokensOf(api, user)
    const mine = await given.session(api.db, { identity: user.id })
    const mint = (sub: number, metadata: JsonObject) =>
      api.tokens.mint({ sub: String(sub), login: 'x', token_type: 'refresh', metadata, ttl_seconds: 60 })

    expect((await refresh(access)).status).toBe(401)
    expect((await refresh(await mint(other.id, { session_id: mine.id, generation: 1 }))).status).toBe(401)
    expect((await refresh(await mint(user.id, { session_id: mine.id }))).status).toBe(401)
    expect((await refresh(await mint(user.id, { session_id: mine.id, generation: 2 }))).status).toBe(401)
    expect((await refresh(await mint(user.id, {}))).status).toBe(401)
    expect((await refresh(await mint(user.id, { session_id: mine.id, generation: 1 }))).status).toBe(200)
  })
})

describe('sessions end', () => {
  test('with a change of password, but the one that does it', async () => {
    const { login } = await account()
    const [own, stolen] = [await logIn(login), await logIn(login)]
    const body = { current_password: password, new_password: 'another horse' }

    expect((await api.call('POST /auth/change-password', { token: own.access, body })).status).toBe(200)

    expect(await isOver(stolen)).toBe(true)
    expect(await me(own.access)).toBe(200)
    expect((await refresh(own.refresh)).status).toBe(200)
    expect(await audited(login)).toMatchObject([
      {
        event_type: 'auth.session.ended',
        actor_login: login,
        details: { why: 'password', sessions_ended: 1 },
      },
    ])
  })

  const administered: [string, string, JsonObject][] = [
    ['a reset', '', { password: 'of the administrator' }],
    ['a freeze', '', { frozen: true }],
    ['a freeze by its own route', '/freeze', {}],
  ]

  test.each(administered)('with %s', async (_, path, body) => {
    const { id, login } = await account()
    const open = await logIn(login)
    const method = path === '' ? 'PUT' : 'POST'

    const { status } = await api.call(`${method} /api/v1/identities/${id}${path}`, { token: root, body })

    expect(status).toBe(200)
    expect(await isOver(open)).toBe(true)
    await api.call(`POST /api/v1/identities/${id}/unfreeze`, { token: root })
    expect(await isOver(open)).toBe(true)
  })

  test('with the account', async () => {
    const { id, login } = await account()
    const open = await logIn(login)

    await api.call(`DELETE /api/v1/identities/${id}`, { token: root })

    expect(await isOver(open)).toBe(true)
  })

  test('of an integration token like any other', async () => {
    const { id } = await account()
    const made = await api.call(`POST /api/v1/identities/${id}/integration-tokens`, {
      token: root,
      body: { label: 'ci' },
    })
    const secret = isJsonObject(made.body.data) ? made.body.data.token : null
    const open = pairIn(await api.call('POST /auth/token-login', { body: { token: secret ?? '' } }))
    expect(await me(open.access)).toBe(200)

    await api.call(`PUT /api/v1/identities/${id}`, { token: root, body: { password: 'a new one for them' } })

    expect(await isOver(open)).toBe(true)
  })

  test('with what does not touch them not at all', async () => {
    const { id, login } = await account()
    const open = await logIn(login)

    await api.call(`PUT /api/v1/identities/${id}`, { token: root, body: { display_name: 'Ada' } })

    expect(await me(open.access)).toBe(200)
  })

  test('when their owner leaves, by the token, the cookie, or one that was used', async () => {
    const { login } = await account()
    const own = { host: 'attune.example', 'sec-fetch-site': 'same-origin' }
    const [one, two, three, four] = [
      await logIn(login),
      await logIn(login),
      await logIn(login),
      await logIn(login),
    ]
    const used = three.refresh
    const renewed = pairIn(await refresh(used))

    await api.call('POST /auth/logout', { body: { refresh_token: one.refresh } })
    await api.server.inject({
      url: '/auth/logout',
      headers: { cookie: `attune_refresh_token=${two.refresh}` },
    })
    await api.call('POST /auth/logout', { body: { refresh_token: used } })
    const cookie = `attune_refresh_token=${four.refresh}`
    const foreign = await api.call('POST /auth/logout', {
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
    })
    expect(foreign.status).toBe(403)
    expect(await me(four.access)).toBe(200)
    const left = await api.call('POST /auth/logout', { headers: { cookie, ...own } })

    expect(left.headers['set-cookie']).toHaveLength(3)
    for (const pair of [one, two, renewed, four]) expect(await isOver(pair)).toBe(true)
    const again = await api.call('POST /auth/logout', { body: { refresh_token: one.refresh } })
    expect(again.status).toBe(200)
  })

  test('a login with the old password that a reset overtakes opens none', async () => {
    const { id, login } = await account()
    const slow = api.db.transaction(async (tx) => {
      await tx.run(sql`select from identity where id = ${id} for update`)
      const attempt = api.server.inject({
        method: 'POST',
        url: '/auth/login',
        payload: { login, password },
        remoteAddress: '198.51.100.1',
      })
      // The login has read the old hash when it waits for the row.
      await waiting()
      await tx.run(sql`update identity set password_hash = 'another' where id = ${id}`)
      return { attempt }
    })

    expect((await (await slow).attempt).statusCode).toBe(401)
    expect(await api.db.many(sql`select from session where identity = ${id}`)).toEqual([])
  })
})

async function waiting(): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const [row] = await api.db.many<{ waits: number }>(sql`
      select count(*)::int as waits from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    if ((row?.waits ?? 0) > 0 || Date.now() > deadline) return
    await sleep(20)
  }
}

describe('sessions are looked at and ended', () => {
  test('by their owner: which one asks is told, tokens are not', async () => {
    const { login } = await account()
    const [one, two] = [await logIn(login), await logIn(login)]

    const answer = await api.call('GET /auth/sessions', { token: one.access })

    const rows = rowsOf(answer)
    expect(rows).toHaveLength(2)
    expect(rows.filter(({ current }) => current === true)).toHaveLength(1)
    expect(rows[0]).toMatchObject({ provider: 'local', client_ip: expect.stringMatching(/^192\.0\.2\./) })
    expect(JSON.stringify(answer.body)).not.toContain(one.refresh)
    const other = rows.find(({ current }) => current === false)
    expect((await api.call(`DELETE /auth/sessions/${Number(other?.id)}`, { token: one.access })).status).toBe(
      200,
    )
    expect(await isOver(two)).toBe(true)
    expect((await api.call('DELETE /auth/sessions', { token: one.access })).status).toBe(200)
    expect(await isOver(one)).toBe(true)
  })

  test('nobody ends or sees one of another account by its id', async () => {
    const [mine, theirs] = [await account(), await account()]
    const own = await tokensOf(api, mine)
    const other = await tokensOf(api, theirs)
    const [row] = rowsOf(await api.call('GET /auth/sessions', { token: other.access }))
    const id = Number(row?.id)

    expect((await api.call(`DELETE /auth/sessions/${id}`, { token: own.access })).status).toBe(404)
    expect(
      (await api.call(`DELETE /api/v1/identities/${mine.id}/sessions/${id}`, { token: root })).status,
    ).toBe(404)
    expect(
      (await api.call(`GET /api/v1/identities/${theirs.id}/sessions`, { token: own.access })).status,
    ).toBe(403)
    expect(
      (await api.call(`DELETE /api/v1/identities/${theirs.id}/sessions`, { token: own.access })).status,
    ).toBe(403)
    expect(await me(other.access)).toBe(200)
  })

  test('by who may change the account; who may only read it ends none', async () => {
    const { id } = await account()
    const open = await tokensOf(api, { id, login: 'x' })
    const path = `/api/v1/identities/${id}/sessions`
    const reader = await api.token('identities:read')
    const [row] = rowsOf(await api.call(`GET ${path}`, { token: reader }))

    expect((await api.call(`DELETE ${path}/${Number(row?.id)}`, { token: reader })).status).toBe(403)
    expect((await api.call(`DELETE ${path}`, { token: reader })).status).toBe(403)
    expect(await me(open.access)).toBe(200)
    const changer = await api.token('identities:update')
    expect((await api.call(`DELETE ${path}/${Number(row?.id)}`, { token: changer })).status).toBe(200)
    expect(await isOver(open)).toBe(true)
    expect((await api.call(`DELETE ${path}`, { token: changer })).status).toBe(200)
  })

  test('an account has so many and no more: the ones that were not used for longest end', async () => {
    const { id, login } = await account()
    await api.db.run(sql`
      insert into session (identity, provider, client_ip, expires_at, last_used_at)
      select ${id}, 'local', '127.0.0.1', now() + interval '1 day', now() - n * interval '1 minute'
      from generate_series(1, ${MOST_SESSIONS}) n`)

    const newest = await logIn(login)

    const { count } = await api.db.one<{ count: number }>(
      sql`select count(*)::int as count from session where identity = ${id}`,
    )
    expect(count).toBe(MOST_SESSIONS)
    expect(await me(newest.access)).toBe(200)
  })
})
