import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { openHeaders, sealHeaders } from '../../packs/pack-index/headers.ts'
import * as indexes from '../../packs/pack-index/queries.ts'
import { type Cipher, createCipher } from '../../secret/cipher.ts'
import * as secretValues from '../../secret/queries.ts'
import { openSecrets, type SealedSecret, storeSecrets } from '../../flow/webhook/secret.ts'
import { keyRoutes } from './routes.ts'

const OLD = 'the old key of thirty-two characters'
const NEW = 'the new key of thirty-two characters'
const before = createCipher(OLD)
const during = createCipher(NEW, [OLD])
const after = createCipher(NEW)

const api = await fixture(startApi((parts) => keyRoutes({ ...parts, cipher: during })))
const token = await api.token()
beforeEach(async () => {
  await api.db.run(sql`truncate key, execution_secret_value`)
})

const key = (value: string, cipher: Cipher = before) =>
  given.key(api.db, { encrypted: true, value: cipher.encrypt(value), encryption_key_hash: cipher.key_hash })

async function secretValue(id: number, value: string): Promise<void> {
  const row = { id, secrets: [{ pointer: '/token', value }], source_kind: 'parameter' }
  await api.db.transaction((tx) => secretValues.store(tx, before, 'execution_config', [row]))
}

async function rotate(): Promise<JsonObject> {
  const { status, body } = await api.call('POST /api/v1/keys/rotate-encryption', { token })
  expect(status).toBe(200)
  return isJsonObject(body.data) ? body.data : {}
}

/** Every key as only the new encryption key reads it. */
async function readWithNewAlone(): Promise<unknown[]> {
  const rows = await api.db.many<{ value: string; encryption_key_hash: string }>(
    sql`select value, encryption_key_hash from key where encrypted order by id`,
  )
  return rows.map((row) => after.decrypt(row.value, row.encryption_key_hash))
}

test('everything is encrypted anew, and the old key is needed no more', async () => {
  for (const value of ['a', 'b', 'c']) await key(value)
  await given.key(api.db, { value: 'open' })
  for (const id of [1, 2]) await secretValue(id, `secret ${id}`)
  const { id: trigger } = await given.trigger(api.db)
  await api.db.transaction((tx) => storeSecrets(tx, before, { trigger, secrets: ['signing'] }))

  const index = { name: null, url: 'https://packs.example/index.json', position: 0, enabled: true }
  await api.db.transaction((tx) =>
    indexes.insert(tx, { ...index, ...sealHeaders(before, { 'X-One': 'first', 'X-Two': 'second' }) }),
  )

  expect(await rotate()).toEqual({
    keys: { reencrypted: 3, current: 3, remaining: 0, unreadable: 0 },
    secret_values: { reencrypted: 2, current: 2, remaining: 0, unreadable: 0 },
    webhook_secrets: { reencrypted: 1, current: 1, remaining: 0, unreadable: 0 },
    pack_index_headers: { reencrypted: 1, current: 1, remaining: 0, unreadable: 0 },
    done: true,
  })

  expect(await readWithNewAlone()).toEqual(['a', 'b', 'c'])
  expect(await secretValues.reveal(api.db, after, 'execution_config', [1, 2])).toEqual(
    new Map([1, 2].map((id) => [id, [{ pointer: '/token', value: `secret ${id}` }]])),
  )
  const signing = await api.db.one<SealedSecret>(
    sql`select encrypted_value, encryption_key_hash from webhook_secret where trigger = ${trigger}`,
  )
  expect(openSecrets(after, signing)).toEqual(['signing'])
  const [stored] = await indexes.all(api.db)
  expect(stored && openHeaders(after, stored)).toEqual({ 'X-One': 'first', 'X-Two': 'second' })
  expect(await rotate()).toMatchObject({ keys: { reencrypted: 0 }, done: true })
})

test('it is audited from its beginning', async () => {
  await rotate()

  const audited = await api.db.many<{ event_type: string }>(
    sql`select event_type from audit_event where event_type like 'secret.encryption%' order by id desc limit 2`,
  )
  expect(audited.map(({ event_type }) => event_type)).toEqual([
    'secret.encryption.rotation_ended',
    'secret.encryption.rotation_started',
  ])
})

test('what nobody can read is told of and keeps nothing else from being done', async () => {
  await key('a')
  await key('lost', createCipher('a key that nobody has configured at all'))
  await given.key(api.db, { encrypted: true, value: 'bm9uc2Vuc2U=', encryption_key_hash: before.key_hash })

  expect(await rotate()).toMatchObject({
    keys: { reencrypted: 1, current: 1, remaining: 0, unreadable: 2 },
    done: true,
  })
})

test('two at once, and changes meanwhile, lose nothing', async () => {
  const keys = []
  for (let n = 0; n < 450; n += 1) keys.push(await key(`value ${n}`))
  const changed = keys.filter((_, n) => n % 50 === 0)

  const [one, other] = await Promise.all([
    rotate(),
    rotate(),
    ...changed.map(({ ref }) =>
      api.call(`PUT /api/v1/keys/${ref}`, { token, body: { value: `new ${ref}` } }),
    ),
  ])

  expect(one).toMatchObject({ done: true })
  expect(other).toMatchObject({ done: true })
  const expected = keys.map((one, n) => (changed.includes(one) ? `new ${one.ref}` : `value ${n}`))
  expect(await readWithNewAlone()).toEqual(expected)
})

test('it needs keys:update for every key', async () => {
  const { id, login } = await given.identity(api.db)
  const grants = [{ resource: 'keys', actions: ['update'], constraints: { owner: 'any' } }]
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: id, permset: set.id })
  const narrow = await api.tokenOf({ id, login })

  const { status } = await api.call('POST /api/v1/keys/rotate-encryption', { token: narrow })

  expect(status).toBe(403)
})
