import { beforeAll, expect, test } from 'vitest'
import { json, sql } from '../src/database/sql.ts'
import { PLATFORM } from '../src/domain/access/identity/platform.ts'
import { resources } from '../src/domain/caller/permission.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { accessToken } from './session.ts'
import { wholeApi } from './whole-api.ts'
import { makeWorld, pathIn } from './world.ts'

/* Whoever may read everything and change nothing learns no credential, whichever route they ask. */

const planted = {
  'webhook key': `wh_${'5e'.repeat(16)}`,
  'webhook signature': 'planted-signature-secret',
  'sensor configuration': 'planted-sensor-secret',
  'header of a pack index': 'planted-index-header',
  'password hash': '$argon2id$planted',
  'variable of an execution': 'planted-variable',
}

const api = await fixture(wholeApi())
const world = await makeWorld(api.db)

beforeAll(async () => {
  const { db } = api
  const hmac = { enabled: true, algorithm: 'sha256', secret: planted['webhook signature'] }
  await db.run(sql`
    update trigger set webhook_enabled = true, webhook_key = ${planted['webhook key']},
      webhook_config = ${json({ hmac })}`)
  await db.run(sql`update sensor set config = ${json({ login: planted['sensor configuration'] })}`)
  await db.run(sql`update identity set password_hash = ${planted['password hash']} where id <> ${PLATFORM}`)
  await db.run(
    sql`update execution set env_vars = ${json({ VARIABLE: planted['variable of an execution'] })}`,
  )
  await db.run(sql`
    insert into pack_registry_index (name, url, position, enabled, headers)
    values ('planted', 'https://packs.example/index.json', 1, false,
      ${json({ authorization: planted['header of a pack index'] })})`)
})

async function bearer(actions: readonly string[]): Promise<string> {
  const grants = Object.entries(resources).flatMap(([resource, all]) => {
    const held = all.filter((action: string) => actions.includes(action))
    return held.length > 0 ? [{ resource, actions: held }] : []
  })
  const { id, login } = await given.identity(api.db)
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: id, permset: set.id })
  return `Bearer ${await accessToken(api.platform, { id, login }, 3600)}`
}

test('a reader of everything gets no credential from any route that reads', async () => {
  const authorization = await bearer(['read'])
  const told: string[] = []
  let answered = 0
  for (const route of api.routes.filter(({ method, produces }) => method === 'GET' && produces === 'json')) {
    const path = pathIn(world, route)
    const { status, text } = await api.ask('GET', path, { headers: { authorization } })
    answered += status === 200 ? 1 : 0
    told.push(
      ...Object.entries(planted).flatMap(([what, secret]) =>
        text.includes(secret) ? [`${path} tells the ${what}`] : [],
      ),
    )
  }

  expect(told).toEqual([])
  expect(answered).toBeGreaterThan(40)
})

test('whoever may change a trigger is shown its key', async () => {
  const authorization = await bearer(['read', 'update'])
  const { text } = await api.ask('GET', `/api/v1/triggers/${world.named['triggers']}`, {
    headers: { authorization },
  })

  expect(text).toContain(planted['webhook key'])
})
