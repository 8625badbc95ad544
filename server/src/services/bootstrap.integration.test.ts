import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { loadSettings } from '../config/load.ts'
import { raw, sql } from '../database/sql.ts'
import { bootstrap } from './bootstrap.ts'

const api = await fixture(startApi(() => []))
const home = await mkdtemp(join(tmpdir(), 'attune-bootstrap-'))

afterAll(async () => {
  await rm(home, { recursive: true })
})

async function start() {
  const { settings } = await loadSettings({}, { overrides: { demo: false } })
  return bootstrap({ database: api.db, settings, log: api.log, cipher: api.cipher }, home)
}

const setsOf = async (login: string) =>
  (
    await api.db.many<{ ref: string }>(sql`
      select s.ref from identity i
      join identity_permission_set a on a.identity = i.id
      join permission_set s on s.id = a.permset
      where i.login = ${login}`)
  ).map(({ ref }) => ref)

test('the first start makes the administrator; a later one gives an account of that name nothing', async () => {
  expect((await start()).admin_password).toMatch(/^\S{12,}$/)
  expect(await setsOf('admin')).toEqual(['core.admin'])

  // Another administrator removes the account, and somebody who may create accounts takes the name.
  await api.token('permissions:manage')
  await api.db.run(sql`delete from identity where login = 'admin'`)
  expect((await start()).admin_password).toBeUndefined()
  await given.identity(api.db, { login: 'admin' })
  await start()

  expect(await setsOf('admin')).toEqual([])
})

test('where nobody manages permissions, a start gives nothing to an account that is there', async () => {
  await withoutGuard(() => api.db.run(sql`delete from permission_assignment`))

  expect((await start()).admin_password).toBeUndefined()

  expect(await setsOf('admin')).toEqual([])
})

test('where nobody manages permissions and there is no such account, a start makes one anew', async () => {
  await withoutGuard(() => api.db.run(sql`delete from identity where login = 'admin'`))

  expect((await start()).admin_password).toMatch(/^\S{12,}$/)

  expect(await setsOf('admin')).toEqual(['core.admin'])
})

/** As a hand in the database may do it. */
async function withoutGuard(work: () => Promise<unknown>): Promise<void> {
  for (const how of ['disable', 'enable'] as const) {
    for (const table of ['identity', 'permission_assignment'])
      await api.db.run(sql`alter table ${raw(table)} ${raw(how)} trigger keep_managers`)
    if (how === 'disable') await work()
  }
}
