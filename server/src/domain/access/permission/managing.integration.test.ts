import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startDepot } from '../../../../test/depot.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { adopt } from '../identity/provider-account.ts'
import { hasManager } from './managing.ts'

/* The last one who manages permissions does not go, whatever takes the authority away. */

let boss: Id<'identity'>
let token: string

const managing = [
  { resource: 'permissions', actions: ['manage'] },
  { resource: 'packs', actions: ['read', 'install', 'delete'], constraints: { owner: 'any' } },
  { resource: 'actions', actions: ['execute'] },
]
const file = (grants: readonly object[]) => `ref: boss\nlabel: Boss\ngrants: ${JSON.stringify(grants)}\n`

/** A pack that brings the one set by which anybody manages permissions, and the account that has it. */
const depot = await fixture(startDepot())

beforeAll(async () => {
  const { db } = depot.api
  boss = (await given.identity(db)).id
  const first = await given.permissionSet(db, { grants: managing })
  await given.permissionAssignment(db, { identity: boss, permset: first.id })
  token = await depot.api.tokenOf({ id: boss, login: 'boss' })
  const source = await depot.directory({ 'permission_sets/boss.yaml': file(managing) })
  expect((await depot.register(source, { by: token })).status).toBe(201)
  const { id } = await db.one<{ id: Id<'permission_set'> }>(
    sql`select id from permission_set where ref = 'depot.boss'`,
  )
  await given.permissionAssignment(db, { identity: boss, permset: id })
  await db.run(sql`delete from permission_assignment where permset <> ${id}`)
})
beforeEach(async () => expect(await hasManager(depot.api.db)).toBe(true))

const refusal = {
  status: 409,
  body: { error: expect.stringContaining('Nobody would be left who manages permissions') },
}
const set = sql`(select id from permission_set where ref = 'depot.boss')`

test('with the pack whose set it is, also by force', async () => {
  expect(await depot.call('DELETE /api/v1/packs/depot', { by: token })).toMatchObject(refusal)
  expect(await depot.call('DELETE /api/v1/packs/depot?force=true', { by: token })).toMatchObject(refusal)
  expect(await depot.refs(sql`select ref from pack where ref = 'depot'`)).toEqual(['depot'])
})

test.each([
  ['no longer has the set', {}],
  ['has it with fewer grants', { 'permission_sets/boss.yaml': file(managing.slice(1)) }],
  [
    'has it with a constraint',
    {
      'permission_sets/boss.yaml': file([
        { ...managing[0], constraints: { attributes: { team: 'red' } } },
        ...managing.slice(1),
      ]),
    },
  ],
])('with a successor of the pack that %s', async (_, files) => {
  const source = await depot.directory(files)

  expect(await depot.register(source, { by: token, force: true })).toMatchObject(refusal)
})

test('with a group that an identity provider no longer names, at the log-in', async () => {
  const { db } = depot.api
  const issuer = 'https://idp.example'
  const person = (...groups: string[]) => ({
    provider: 'oidc' as const,
    issuer,
    subject: 'root',
    display_name: null,
    logins: ['root@example.org'],
    groups,
    profile: { issuer, sub: 'root' },
  })
  const login = (...groups: string[]) => db.transaction((tx) => adopt(tx, person(...groups)))
  await login('bosses')
  await db.run(sql`insert into permission_set_role_assignment (permset, role) values (${set}, 'bosses')`)
  const undo = await db.many<{ identity: Id<'identity'>; permset: Id<'permission_set'> }>(
    sql`delete from permission_assignment returning identity, permset`,
  )

  await expect(login('others')).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(
    db.run(sql`delete from permission_set_role_assignment where role = 'bosses'`),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(login('bosses', 'others')).resolves.toMatchObject({ login: 'root@example.org' })

  for (const one of undo) await given.permissionAssignment(db, one)
  await login('others')
})

test.each([
  ['frozen', sql`update identity set frozen = true`],
  ['deleted', sql`delete from identity where id <> 0`],
  ['left without sets', sql`delete from permission_assignment`],
  [
    'given another set',
    sql`update permission_assignment set permset = (select id from permission_set where ref = 'core.viewer')`,
  ],
  ['with a set that grants nothing', sql`update permission_set set grants = '[]' where ref = 'depot.boss'`],
  ['with a set that is gone', sql`delete from permission_set where ref = 'depot.boss'`],
  ['with its pack gone', sql`delete from pack where ref = 'depot'`],
])('%s by a statement of its own', async (_, statement) => {
  await expect(depot.api.db.run(statement)).rejects.toThrow()
})

test('while somebody else does it, all of that is possible', async () => {
  const { db } = depot.api
  const second = await depot.api.granted({ resource: 'permissions', actions: ['manage'] })
  await db.run(sql`update identity set frozen = true where id = ${boss}`)

  await expect(
    db.run(sql`update identity set frozen = true where id = ${second.identity}`),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
  await db.run(sql`update identity set frozen = false where id = ${boss}`)
})

test('two who would take it from each other at once leave one of them', async () => {
  const { db } = depot.api
  const second = await depot.api.granted({ resource: 'permissions', actions: ['manage'] })
  await db.run(sql`delete from permission_assignment where identity not in (${boss}, ${second.identity})`)

  const outcomes = await Promise.allSettled([
    db.run(sql`update identity set frozen = true where id = ${boss}`),
    db.run(sql`delete from identity where id = ${second.identity}`),
  ])

  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await given.permissionAssignment(db, {
    identity: (await given.identity(db)).id,
    permset: (await db.one<{ id: number }>(sql`select id from permission_set where ref = 'depot.boss'`)).id,
  })
})
