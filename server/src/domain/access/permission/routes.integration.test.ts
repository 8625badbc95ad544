import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../../database/sql.ts'
import { type Api, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import type { JsonObject } from '../../../json.ts'
import { identityAdminRoutes } from '../administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { assignmentRoutes } from '../administration/assignment-routes.ts'
import { permissionRoutes } from './routes.ts'

const routes = () => [...identityAdminRoutes(endOfAccount), ...assignmentRoutes(), ...permissionRoutes()]

const api = await fixture(startApi(routes))
const root = await api.token()

const idOf = ({ body }: { body: JsonObject }): number => {
  const id: unknown = Reflect.get(Object(body.data), 'id')
  if (typeof id !== 'number') throw new Error(`No id in ${JSON.stringify(body)}`)
  return id
}

const audited = (type: string, id: number) =>
  api.db.many<{ event_type: string; details: JsonObject }>(
    sql`select event_type, details from audit_event where resource_type = ${type} and resource_id = ${id} order by id`,
  )

describe('a permission set', () => {
  test('is listed with its grants and roles, by ref, and by pack', async () => {
    const pack = await given.pack(api.db)
    const grants = [{ resource: 'rules', actions: ['read'] }]
    const columns = { pack: pack.id, pack_ref: pack.ref, label: 'L', description: 'D', grants }
    const set = await given.permissionSet(api.db, { ref: `${pack.ref}.b`, ...columns })
    await given.permissionSet(api.db, { ref: `${pack.ref}.a`, pack: pack.id, pack_ref: pack.ref })
    await api.call(`POST /api/v1/permissions/sets/${set.id}/roles`, { token: root, body: { role: 'ops' } })

    const { status, body } = await api.call(`GET /api/v1/permissions/sets?pack_ref=${pack.ref}`, {
      token: root,
    })

    expect(status).toBe(200)
    expect(body.data).toMatchObject([
      { ref: `${pack.ref}.a`, roles: [] },
      {
        id: set.id,
        ref: `${pack.ref}.b`,
        pack_ref: pack.ref,
        label: 'L',
        description: 'D',
        grants,
        modified: false,
        roles: [{ permission_set_id: set.id, permission_set_ref: set.ref, role: 'ops' }],
      },
    ])
  })

  test('gets new grants, which count with the next request, and says that it was changed', async () => {
    const file_content = { label: null, description: null, grants: [] }
    const set = await given.permissionSet(api.db, { grants: [], file_content })
    const user = await given.identity(api.db)
    await given.permissionAssignment(api.db, { identity: user.id, permset: set.id })
    const token = await api.tokenOf(user)
    const look = () => api.call('GET /api/v1/identities', { token })
    const before = await look()
    const grants = [{ resource: 'identities', actions: ['read'] }]

    const changed = await api.call(`PUT /api/v1/permissions/sets/${set.id}`, {
      token: root,
      body: { label: 'Readers', grants },
    })

    expect(changed).toMatchObject({
      status: 200,
      body: { data: { label: 'Readers', grants, modified: true } },
    })
    expect([before.status, (await look()).status]).toEqual([403, 200])
    expect(await audited('permission_set', set.id)).toMatchObject([
      { event_type: 'admin.permission_set.changed', details: { grants_before: [], grants } },
    ])
  })

  test.each([
    ['an unknown action', 400, [{ resource: 'rules', actions: ['fly'] }], 'grants.0.actions'],
    [
      'a constraint that cannot hold',
      400,
      [{ resource: 'rules', actions: ['read'], constraints: { owner: 'any' } }],
      'grants.0.constraints.owner',
    ],
    [
      'an unknown constraint',
      422,
      [{ resource: 'rules', actions: ['read'], constraints: { rooms: [] } }],
      'grants.0.constraints.rooms',
    ],
    ['no list', 422, {}, 'grants'],
  ])('refuses %s by name', async (_, status, grants, field) => {
    const { id } = await given.permissionSet(api.db, { grants: [] })

    const refused = await api.call(`PUT /api/v1/permissions/sets/${id}`, { token: root, body: { grants } })

    expect(refused).toMatchObject({ status, body: { details: [{ field }] } })
    expect(await api.db.one(sql`select grants from permission_set where id = ${id}`)).toEqual({ grants: [] })
  })

  test('that does not exist is not found', async () => {
    expect(
      await api.call('PUT /api/v1/permissions/sets/999999', { token: root, body: { grants: [] } }),
    ).toMatchObject({ status: 404 })
    expect(
      await api.call('POST /api/v1/permissions/sets/999999/roles', { token: root, body: { role: 'x' } }),
    ).toMatchObject({ status: 404 })
  })
})

describe('a role', () => {
  test('brings its holders the sets it has, and takes them away again', async () => {
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'identities', actions: ['read'] }] })
    const user = await given.identity(api.db)
    const token = await api.tokenOf(user)
    const look = async () => (await api.call('GET /api/v1/identities', { token })).status
    const seen = [await look()]

    const given_role = await api.call(`POST /api/v1/identities/${user.id}/roles`, {
      token: root,
      body: { role: 'readers' },
    })
    const has_set = await api.call(`POST /api/v1/permissions/sets/${set.id}/roles`, {
      token: root,
      body: { role: 'readers' },
    })
    seen.push(await look())
    const detail = await api.call(`GET /api/v1/identities/${user.id}`, { token: root })
    await api.call(`DELETE /api/v1/identities/roles/${idOf(given_role)}`, { token: root })
    seen.push(await look())

    expect(seen).toEqual([403, 200, 403])
    expect(given_role).toMatchObject({
      status: 201,
      body: { data: { identity_id: user.id, role: 'readers', source: 'manual', managed: false } },
    })
    expect(has_set).toMatchObject({ status: 201 })
    expect(detail.body.data).toMatchObject({
      roles: [{ role: 'readers' }],
      direct_permissions: [],
      permission_set_refs: [set.ref],
    })
    expect(await audited('identity', user.id)).toMatchObject([
      { event_type: 'admin.role_assignment.changed', details: { change: 'added', role: 'readers' } },
      { event_type: 'admin.role_assignment.changed', details: { change: 'removed', role: 'readers' } },
    ])
  })

  test('is given once, to somebody who is there, and has a name', async () => {
    const { id } = await given.identity(api.db)
    const give = (identity: number, role: string) =>
      api.call(`POST /api/v1/identities/${identity}/roles`, { token: root, body: { role } })

    expect(await give(id, 'ops')).toMatchObject({ status: 201 })
    expect(await give(id, 'ops')).toMatchObject({ status: 409 })
    expect(await give(id, '  ')).toMatchObject({ status: 422 })
    expect(await give(999_999, 'ops')).toMatchObject({ status: 404 })
  })

  test('that an identity provider manages stays', async () => {
    const { id } = await given.identity(api.db)
    const role = await api.db.one<{ id: number }>(sql`
      insert into identity_role_assignment (identity, role, source, managed) values (${id}, 'staff', 'oidc', true)
      returning id`)

    expect(await api.call(`DELETE /api/v1/identities/roles/${role.id}`, { token: root })).toMatchObject({
      status: 400,
    })
    expect((await api.call(`GET /api/v1/identities/${id}`, { token: root })).body.data).toMatchObject({
      roles: [{ role: 'staff', source: 'oidc', managed: true }],
    })
  })
})

describe('an assignment', () => {
  test('gives a set by id or login, once, and is undone', async () => {
    const user = await given.identity(api.db)
    const set = await given.permissionSet(api.db, { grants: [] })
    const assign = (body: JsonObject) =>
      api.call('POST /api/v1/permissions/assignments', { token: root, body })

    const made = await assign({ identity_login: user.login, permission_set_ref: set.ref })
    const again = await assign({ identity_id: user.id, permission_set_ref: set.ref })
    const listed = await api.call(`GET /api/v1/identities/${user.id}/permissions`, { token: root })
    const undone = await api.call(`DELETE /api/v1/permissions/assignments/${idOf(made)}`, { token: root })
    const twice = await api.call(`DELETE /api/v1/permissions/assignments/${idOf(made)}`, { token: root })

    expect(made).toMatchObject({
      status: 201,
      body: { data: { identity_id: user.id, permission_set_id: set.id, permission_set_ref: set.ref } },
    })
    expect(listed.body.data).toMatchObject([{ id: idOf(made), permission_set_ref: set.ref }])
    expect([again.status, undone.status, twice.status]).toEqual([409, 200, 404])
  })

  test('names exactly one identity, and things that are there', async () => {
    const { id, login } = await given.identity(api.db)
    const { ref } = await given.permissionSet(api.db)
    const assign = async (body: JsonObject) =>
      (await api.call('POST /api/v1/permissions/assignments', { token: root, body })).status

    expect(await assign({ permission_set_ref: ref })).toBe(400)
    expect(await assign({ identity_id: id, identity_login: login, permission_set_ref: ref })).toBe(400)
    expect(await assign({ identity_login: 'nobody-here', permission_set_ref: ref })).toBe(404)
    expect(await assign({ identity_id: id, permission_set_ref: 'demo.nothing' })).toBe(404)
  })
})

describe('the last one who manages permissions', () => {
  let own: Api

  beforeAll(async () => {
    own = await startApi(routes)
  })

  afterAll(() => own.close())

  test('cannot be frozen or deleted, nor lose the set, nor the set its grant', async () => {
    const grants = [{ resource: 'permissions', actions: ['manage'] }]
    const boss = await given.identity(own.db)
    const frozen = await given.identity(own.db, { frozen: true })
    const conditional = await given.identity(own.db)
    const set = await given.permissionSet(own.db, { grants })
    const some = await given.permissionSet(own.db, {
      grants: [{ ...grants[0], constraints: { attributes: { a: 1 } } }],
    })
    await given.permissionAssignment(own.db, { identity: boss.id, permset: set.id })
    await given.permissionAssignment(own.db, { identity: frozen.id, permset: set.id })
    await given.permissionAssignment(own.db, { identity: conditional.id, permset: some.id })
    const assignment = await own.db.one<{ id: number }>(
      sql`select id from permission_assignment where identity = ${boss.id}`,
    )
    const helpdesk = await own.token('identities:update')
    const remover = await own.token('identities:delete')
    const token = await own.tokenOf(boss)

    const calls = [
      own.call(`POST /api/v1/identities/${boss.id}/freeze`, { token: helpdesk }),
      own.call(`PUT /api/v1/identities/${boss.id}`, { token: helpdesk, body: { frozen: true } }),
      own.call(`DELETE /api/v1/identities/${boss.id}`, { token: remover }),
      own.call(`DELETE /api/v1/permissions/assignments/${assignment.id}`, { token }),
      own.call(`PUT /api/v1/permissions/sets/${set.id}`, { token, body: { grants: [] } }),
    ]

    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([409, 409, 409, 409, 409])
    expect(await own.call('POST /api/v1/identities/1/unfreeze', { token })).not.toMatchObject({ status: 401 })
  })

  test('two cannot take it from each other at once', async () => {
    const [one, other] = [await given.identity(own.db), await given.identity(own.db)]
    const set = await given.permissionSet(own.db, {
      grants: [
        { resource: 'permissions', actions: ['manage'] },
        { resource: 'identities', actions: ['update'] },
      ],
    })
    for (const { id } of [one, other])
      await given.permissionAssignment(own.db, { identity: id, permset: set.id })
    await own.db.run(sql`delete from permission_assignment where identity not in (${one.id}, ${other.id})`)

    const freeze = async (by: typeof one, whom: typeof one) =>
      own.call(`POST /api/v1/identities/${whom.id}/freeze`, { token: await own.tokenOf(by) })
    const statuses = (await Promise.all([freeze(one, other), freeze(other, one)])).map(({ status }) => status)

    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    const left = await own.db.many(
      sql`select id from identity where id in (${one.id}, ${other.id}) and not frozen`,
    )
    expect(left).toHaveLength(1)
  })
})
