import { describe, expect, test } from 'vitest'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { permissionRoutes } from '../permission/routes.ts'
import { identityAdminRoutes } from './admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { assignmentRoutes } from './assignment-routes.ts'
import { createPasswordCheck } from '../identity/password.ts'
import { findByLogin } from '../identity/queries.ts'

const api = await fixture(
  startApi(() => [...identityAdminRoutes(endOfAccount), ...assignmentRoutes(), ...permissionRoutes()]),
)

/** Somebody else who manages permissions, so that no test takes away the last one by chance. */
const root = await api.token()

type Grants = { resource: string; actions: string[]; constraints?: object }[]

/** An account with these grants, and its token. */
async function account(grants: Grants, columns: Record<string, unknown> = {}) {
  const identity = await given.identity(api.db, columns)
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: identity.id, permset: set.id })
  return { ...identity, set, token: await api.tokenOf(identity) }
}

const helpdesk = (): Promise<{ id: number; token: string }> =>
  account([{ resource: 'identities', actions: ['read', 'create', 'update', 'delete'] }])

const audited = (resource_id: number) =>
  api.db.many<{ event_type: string; actor_login: string; details: object }>(
    sql`select event_type, actor_login, details from audit_event
      where resource_type = 'identity' and resource_id = ${resource_id} order by id`,
  )

describe('an identity', () => {
  test('is created with a password that is stored as a hash only', async () => {
    const body = {
      login: 'ada@example.org',
      display_name: 'Ada',
      password: 'correct horse',
      attributes: { team: 'ops' },
    }

    const created = await api.call('POST /api/v1/identities', { token: root, body })

    expect(created).toMatchObject({
      status: 201,
      body: {
        data: {
          login: body.login,
          display_name: 'Ada',
          frozen: false,
          attributes: { team: 'ops' },
          roles: [],
        },
      },
    })
    const stored = await findByLogin(api.db, body.login)
    expect(stored?.password_hash).toMatch(/^\$argon2id\$/)
    expect(await createPasswordCheck()('correct horse', stored?.password_hash ?? null)).toBe(true)
    const told = await audited(stored?.id ?? 0)
    expect(told).toMatchObject([{ event_type: 'admin.identity.created', details: { password: true } }])
    expect(JSON.stringify([created.body, told])).not.toMatch(/correct horse|argon2/)
  })

  test.each([
    ['a login that is taken', 409, { login: 'twice' }],
    ['a login of two letters', 422, { login: 'ab' }],
    ['a login that looks like another', 422, { login: 'ada@example.org ' }],
    ['a login of a machine', 422, { login: 'sensor:core.timer' }],
    ['a short password', 422, { login: 'carl', password: '1234567' }],
    ['a long password', 422, { login: 'carl', password: 'x'.repeat(129) }],
    ['attributes that are a list', 422, { login: 'carl', attributes: [] }],
    ['a field that is none', 422, { login: 'carl', roles: ['admin'] }],
  ])('is refused with %s', async (_, status, body) => {
    await api.call('POST /api/v1/identities', { token: root, body: { login: 'twice' } })

    expect(await api.call('POST /api/v1/identities', { token: root, body })).toMatchObject({ status })
    expect(await findByLogin(api.db, 'carl')).toBeUndefined()
  })

  test('is listed by login, found by parts, and never shown with its hash', async () => {
    await given.identity(api.db, { login: 'zoe.b', display_name: 'Zoe 100%', password_hash: 'secret-hash' })
    await given.identity(api.db, { login: 'zoe.a', frozen: true })

    const found = await api.call('GET /api/v1/identities?search=ZOE', { token: root })
    const percent = await api.call('GET /api/v1/identities?search=100%25', { token: root })
    const frozen = await api.call('GET /api/v1/identities?search=zoe&frozen=true', { token: root })

    expect(found.body).toMatchObject({
      data: [{ login: 'zoe.a' }, { login: 'zoe.b' }],
      pagination: { total_items: 2 },
    })
    expect(JSON.stringify(found.body)).not.toContain('secret-hash')
    expect(percent.body.data).toMatchObject([{ login: 'zoe.b' }])
    expect(frozen.body.data).toMatchObject([{ login: 'zoe.a' }])
  })

  test('keeps what an update does not give', async () => {
    const { id } = await given.identity(api.db, {
      display_name: 'Old',
      password_hash: 'h',
      attributes: { a: 1 },
    })

    const renamed = await api.call(`PUT /api/v1/identities/${id}`, {
      token: root,
      body: { display_name: 'New', password: null, attributes: null },
    })

    expect(renamed).toMatchObject({
      status: 200,
      body: { data: { display_name: 'New', attributes: { a: 1 } } },
    })
    expect(await api.db.one(sql`select password_hash from identity where id = ${id}`)).toEqual({
      password_hash: 'h',
    })
    expect(await audited(id)).toMatchObject([{ details: { fields: ['display_name'] } }])
  })

  test('has its new password checked like the first', async () => {
    const { id } = await given.identity(api.db)

    for (const password of ['short', 'x'.repeat(129)])
      expect(
        await api.call(`PUT /api/v1/identities/${id}`, { token: root, body: { password } }),
      ).toMatchObject({
        status: 422,
        body: { details: [{ field: 'password' }] },
      })
  })

  test('that is frozen gets nowhere, and comes back only by logging in', async () => {
    const user = await account([{ resource: 'identities', actions: ['read'] }])
    const look = () => api.call('GET /api/v1/identities', { token: user.token })

    await api.call(`POST /api/v1/identities/${user.id}/freeze`, { token: root })
    const frozen = await look()
    await api.call(`POST /api/v1/identities/${user.id}/unfreeze`, { token: root })

    expect(frozen).toMatchObject({ status: 401 })
    expect(await look()).toMatchObject({ status: 401 })
    const again = await api.tokenOf({ id: user.id, login: 'whoever' })
    expect(await api.call('GET /api/v1/identities', { token: again })).toMatchObject({ status: 200 })
    expect(await audited(user.id)).toMatchObject([
      { details: { frozen: true } },
      { event_type: 'auth.session.ended', details: { why: 'frozen' } },
      { details: { frozen: false } },
    ])
  })

  test('goes with its roles and permissions', async () => {
    const user = await account([])
    await api.call(`POST /api/v1/identities/${user.id}/roles`, { token: root, body: { role: 'ops' } })

    expect(await api.call(`DELETE /api/v1/identities/${user.id}`, { token: root })).toMatchObject({
      status: 200,
      body: { data: { success: true } },
    })
    expect(await api.call(`GET /api/v1/identities/${user.id}`, { token: root })).toMatchObject({
      status: 404,
    })
    expect((await audited(user.id)).map(({ event_type }) => event_type)).toContain('admin.identity.deleted')
  })

  test('is neither frozen nor deleted by itself', async () => {
    const me = await account([
      { resource: 'identities', actions: ['update', 'delete'] },
      { resource: 'permissions', actions: ['manage'] },
    ])
    const tries = [
      api.call(`DELETE /api/v1/identities/${me.id}`, { token: me.token }),
      api.call(`POST /api/v1/identities/${me.id}/freeze`, { token: me.token }),
      api.call(`PUT /api/v1/identities/${me.id}`, { token: me.token, body: { frozen: true } }),
    ]

    expect((await Promise.all(tries)).map(({ status }) => status)).toEqual([400, 400, 400])
  })
})

describe('what a caller may not see', () => {
  test('looks as if it were not there; what they may only see is refused', async () => {
    const one = await given.identity(api.db)
    const other = await given.identity(api.db)
    const { token } = await account([
      { resource: 'identities', actions: ['read'], constraints: { ids: [one.id] } },
    ])
    const gone = await api.call(`GET /api/v1/identities/${other.id + 1000}`, { token })
    const answer = (id: number) => ({
      status: 404,
      body: { ...gone.body, error: `There is no identity ${id}.` },
    })

    expect(await api.call(`GET /api/v1/identities/${one.id}`, { token })).toMatchObject({ status: 200 })
    expect(await api.call(`GET /api/v1/identities/${other.id}`, { token })).toMatchObject(answer(other.id))
    expect((await api.call('GET /api/v1/identities', { token })).body).toMatchObject({
      data: [{ id: one.id }],
      pagination: { total_items: 1 },
    })
    expect(await api.call(`DELETE /api/v1/identities/${one.id}`, { token })).toMatchObject({ status: 403 })
  })

  test('a grant for who has an attribute opens to them alone', async () => {
    const grants = [
      { resource: 'identities', actions: ['read'], constraints: { attributes: { team: 'ops' } } },
    ]
    const [member, stranger] = await Promise.all([
      account(grants, { attributes: { team: 'ops' } }),
      account(grants, { attributes: { team: 'dev' } }),
    ])
    const seen = async (token: string) => (await api.call('GET /api/v1/identities', { token })).body.data

    expect(await seen(member.token)).not.toEqual([])
    expect(await seen(stranger.token)).toEqual([])
  })

  test('nobody gets in without the grant', async () => {
    const token = await api.token('rules:read')
    const { id } = await given.identity(api.db)
    const calls = [
      'GET /api/v1/identities',
      `GET /api/v1/identities/${id}`,
      `GET /api/v1/identities/${id}/permissions`,
      `DELETE /api/v1/identities/${id}`,
      `POST /api/v1/identities/${id}/freeze`,
      `POST /api/v1/identities/${id}/unfreeze`,
      'DELETE /api/v1/identities/roles/1',
      'GET /api/v1/permissions/sets',
      'DELETE /api/v1/permissions/sets/roles/1',
      'DELETE /api/v1/permissions/assignments/1',
    ] as const

    for (const call of calls) expect(await api.call(call, { token }), call).toMatchObject({ status: 403 })
  })
})

describe('no way up', () => {
  const admin = (): Promise<{ id: number; login: string }> =>
    account([
      { resource: 'identities', actions: ['update'] },
      { resource: 'permissions', actions: ['manage'] },
    ])

  test('a helpdesk sets passwords of accounts that hold no more than it does, and of no others', async () => {
    const { token } = await helpdesk()
    const [user, boss] = [await given.identity(api.db), await admin()]
    const set = (id: number) =>
      api.call(`PUT /api/v1/identities/${id}`, { token, body: { password: 'correct horse' } })

    expect(await set(user.id)).toMatchObject({ status: 200 })
    const refused = await set(boss.id)
    expect(refused).toMatchObject({ status: 403 })
    expect(refused.body.error).toContain('permissions:manage')
    expect((await findByLogin(api.db, boss.login))?.password_hash).toBeNull()
  })

  test('a grant with constraints does not count as holding', async () => {
    const grants = [{ resource: 'rules', actions: ['update'] }]
    const { token } = await account([
      { resource: 'identities', actions: ['update'] },
      { resource: 'rules', actions: ['update'], constraints: { pack_refs: ['demo'] } },
    ])
    const { id } = await account(grants)

    expect(
      await api.call(`PUT /api/v1/identities/${id}`, { token, body: { password: 'correct horse' } }),
    ).toMatchObject({ status: 403 })
  })

  test('who manages permissions sets any password', async () => {
    const { token } = await account([
      { resource: 'identities', actions: ['update'] },
      { resource: 'permissions', actions: ['manage'] },
    ])
    const { id } = await account([{ resource: 'keys', actions: ['decrypt'] }])

    expect(
      await api.call(`PUT /api/v1/identities/${id}`, { token, body: { password: 'correct horse' } }),
    ).toMatchObject({ status: 200 })
  })

  test('a frozen account that holds more is not let in again, but may be locked out', async () => {
    const { token } = await helpdesk()
    const boss = await admin()

    expect(await api.call(`POST /api/v1/identities/${boss.id}/freeze`, { token })).toMatchObject({
      status: 200,
    })
    expect(await api.call(`POST /api/v1/identities/${boss.id}/unfreeze`, { token })).toMatchObject({
      status: 403,
    })
    expect(
      await api.call(`PUT /api/v1/identities/${boss.id}`, { token, body: { frozen: false } }),
    ).toMatchObject({ status: 403 })
  })

  test('nobody gives themselves the attribute that their grant asks for', async () => {
    const me = await account([
      { resource: 'identities', actions: ['update'] },
      { resource: 'keys', actions: ['decrypt'], constraints: { attributes: { cleared: true } } },
    ])
    const body = { attributes: { cleared: true } }

    expect(await api.call(`PUT /api/v1/identities/${me.id}`, { token: me.token, body })).toMatchObject({
      status: 403,
    })
  })

  test('nobody ties an account to a person of an identity provider unless they manage permissions', async () => {
    const { id, token } = await helpdesk()
    const attributes = { oidc: { issuer: 'https://id.example.org', sub: 'the-boss' } }

    expect(await api.call(`PUT /api/v1/identities/${id}`, { token, body: { attributes } })).toMatchObject({
      status: 403,
      body: { details: [{ field: 'attributes.oidc' }] },
    })
    expect(
      await api.call('POST /api/v1/identities', { token, body: { login: 'shadow', attributes } }),
    ).toMatchObject({ status: 403 })
  })

  test('roles and sets are given by none but who manages permissions', async () => {
    const { id, token } = await helpdesk()
    const set = await given.permissionSet(api.db, { grants: [] })
    const calls: [`${string} ${string}`, JsonObject][] = [
      [`POST /api/v1/identities/${id}/roles`, { role: 'admin' }],
      ['POST /api/v1/permissions/assignments', { identity_id: id, permission_set_ref: set.ref }],
      [`PUT /api/v1/permissions/sets/${set.id}`, { grants: [] }],
      [`POST /api/v1/permissions/sets/${set.id}/roles`, { role: 'admin' }],
    ]

    for (const [call, body] of calls)
      expect(await api.call(call, { token, body }), call).toMatchObject({ status: 403 })
  })
})
