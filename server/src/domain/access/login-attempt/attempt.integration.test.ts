import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { Problem } from '../../../problem.ts'
import { begin } from './attempt.ts'
import { openFreshDatabase } from '../../../../test/database.ts'
import { fixture } from '../../../../test/fixture.ts'
import { limits, type LoginSource } from './limit.ts'

const { db, url } = await fixture(openFreshDatabase())
/** A second process of the API. */
const elsewhere = openDatabase({ url })

afterAll(() => elsewhere.close())

let number = 0

/** A login and an address that no other test uses. */
function someone(): LoginSource {
  number += 1
  return { provider: 'local', login: `user${number}`, client_ip: `192.0.2.${number}` }
}

async function fails(trier: LoginSource, database = db): Promise<Problem | undefined> {
  const outcome = await begin(database, trier).catch((error: unknown) => error)
  return outcome instanceof Problem ? outcome : undefined
}

const { burst } = limits.login_at_address

test('after some failures one must wait, and is told for how long', async () => {
  const trier = someone()
  for (let failure = 0; failure < burst; failure += 1) expect(await fails(trier)).toBeUndefined()

  const refusal = await fails(trier)

  expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(refusal?.retry_after_seconds).toBeGreaterThan(0)
  expect(refusal?.retry_after_seconds).toBeLessThanOrEqual(limits.login_at_address.interval_seconds)
})

test('attempts at the same time, in several processes, get no more chances than one after the other', async () => {
  const trier = someone()
  const attempts = Array.from({ length: 20 }, (_, index) => fails(trier, index % 2 === 0 ? db : elsewhere))

  const refused = (await Promise.all(attempts)).filter((refusal) => refusal !== undefined)

  expect(refused).toHaveLength(20 - burst)
})

test('trying on while it is closed does not keep it closed', async () => {
  const trier = someone()
  for (let failure = 0; failure < burst; failure += 1) await fails(trier)
  const first = (await fails(trier))?.retry_after_seconds ?? 0

  for (let more = 0; more < 10; more += 1) await fails(trier)

  expect((await fails(trier))?.retry_after_seconds).toBeLessThanOrEqual(first)
})

test('time opens it again', async () => {
  const trier = someone()
  for (let failure = 0; failure < burst; failure += 1) await fails(trier)
  expect(await fails(trier)).toBeDefined()

  await db.run(sql`
    update login_attempt set until = until - make_interval(secs => ${limits.login_at_address.interval_seconds})`)

  expect(await fails(trier)).toBeUndefined()
})

test('a success empties what failed before it', async () => {
  const trier = someone()
  for (let failure = 1; failure < burst; failure += 1) await fails(trier)

  await (await begin(db, trier)).succeeded(db)

  for (let failure = 0; failure < burst; failure += 1) expect(await fails(trier)).toBeUndefined()
})

test('success with an account of one’s own does not pay for guessing at others', async () => {
  const own = someone()
  const { client_ip } = own
  for (let round = 0; round < limits.address.burst; round += 1) {
    await (await begin(db, own)).succeeded(db)
    expect(await fails({ ...own, login: `victim${round}` })).toBeUndefined()
  }

  expect(await fails({ provider: 'local', login: 'one more', client_ip })).toBeDefined()
})

test('many addresses that guess at one login are slowed, and its owner gets in all the same', async () => {
  const owner = someone()
  await (await begin(db, owner)).succeeded(db)
  const from = (index: number) => ({ ...owner, client_ip: `198.51.100.${index}` })
  for (let index = 0; index < limits.login.burst; index += 1) expect(await fails(from(index))).toBeUndefined()

  expect(await fails(from(200))).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(await fails(owner)).toBeUndefined()
})

test('a local login and one of the directory are counted apart', async () => {
  const trier = someone()
  for (let failure = 0; failure < burst; failure += 1) await fails(trier)

  expect(await fails({ ...trier, provider: 'ldap' })).toBeUndefined()
})

test('wrong integration tokens stop the address that sends them and nobody else', async () => {
  const token = (client_ip: string): LoginSource => ({
    provider: 'token',
    login: 'integration token',
    client_ip,
  })
  for (let failure = 0; failure < limits.address.burst; failure += 1)
    expect(await fails(token('203.0.113.1'))).toBeUndefined()

  expect(await fails(token('203.0.113.1'))).toBeDefined()
  expect(await fails(token('203.0.113.2'))).toBeUndefined()
})

test('rows that say nothing any more are cleared away, and no login is in any', async () => {
  await db.run(sql`update login_attempt set until = now() - interval '1 minute'`)
  const before = await db.one<{ rows: number }>(sql`select count(*) as rows from login_attempt`)

  for (let more = 0; more < 5; more += 1) await fails(someone())

  const after = await db.one<{ rows: number }>(sql`select count(*) as rows from login_attempt`)
  expect(after.rows).toBeLessThan(before.rows)
})
