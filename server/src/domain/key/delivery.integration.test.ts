import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase, type Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { freshDatabase } from '../../../test/database.ts'
import * as given from '../../../test/given.ts'
import type { Grant } from '../../http/permission.ts'
import type { Id } from '../../id.ts'
import { createCipher } from '../secret/cipher.ts'
import { assignKeys, openKeys, type Recipient } from './delivery.ts'

const cipher = createCipher('a key of thirty-two characters or more')
let fresh: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
let recipient: Recipient

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase({ url: fresh.url })
})
afterAll(async () => {
  await db.close()
  await fresh.drop()
})
beforeEach(async () => {
  await db.run(sql`truncate key`)
  const action = await given.action(db)
  const executor = await identityWith({ resource: 'keys', actions: ['read'] })
  recipient = {
    action: action.id,
    pack: action.pack,
    executor,
    permission_set_refs: [],
    authority_set_refs: null,
  }
})

async function identityWith(...grants: Grant[]): Promise<Id<'identity'>> {
  const { id } = await given.identity(db)
  const set = await given.permissionSet(db, { grants })
  await given.permissionAssignment(db, { identity: id, permset: set.id })
  return id
}

const encrypted = (value: string) => ({
  encrypted: true,
  value: cipher.encrypt(value),
  encryption_key_hash: cipher.key_hash,
})
const systemKey = (name: string, value: string) => given.key(db, { name, ...encrypted(value) })
const packKey = (name: string, value: string, pack: number = recipient.pack) =>
  given.key(db, { name, owner_type: 'pack', owner_pack: pack, ...encrypted(value) })
const actionKey = (name: string, value: string) =>
  given.key(db, { name, owner_type: 'action', owner_action: recipient.action, ...encrypted(value) })

async function delivered(to: Recipient = recipient, inject_system_keys = true) {
  const assigned = await assignKeys(db, [to], { inject_system_keys })
  return openKeys(assigned(to), cipher)
}

test('an action gets the keys of the system, its pack and itself; of one name, the nearest', async () => {
  await systemKey('one', 'of the system')
  await systemKey('two', 'of the system')
  await systemKey('three', 'of the system')
  await packKey('two', 'of the pack')
  await packKey('three', 'of the pack')
  await actionKey('three', 'of the action')

  expect((await delivered()).values).toEqual({
    one: 'of the system',
    two: 'of the pack',
    three: 'of the action',
  })
})

test('the keys of other packs, of identities and of sensors are never delivered', async () => {
  await packKey('other', 'x', (await given.pack(db)).id)
  await given.key(db, { owner_type: 'identity', owner_identity: recipient.executor, ...encrypted('x') })
  await given.key(db, { owner_type: 'sensor', owner_sensor: (await given.sensor(db)).id, ...encrypted('x') })

  expect((await delivered()).values).toEqual({})
})

test('a key of the system goes only where the one it runs as may read it', async () => {
  const { ref } = await systemKey('one', 'x')
  const reads = (constraints: Grant['constraints'] = {}): Grant => ({
    resource: 'keys',
    actions: ['read'],
    constraints,
  })
  const as = async (executor: Recipient['executor']) => (await delivered({ ...recipient, executor })).values
  const frozen = await identityWith(reads())
  await db.run(sql`update identity set frozen = true where id = ${frozen}`)

  expect(await as(await identityWith(reads({ refs: [ref] })))).toEqual({ one: 'x' })
  expect(await as(await identityWith(reads({ encrypted: false })))).toEqual({})
  expect(await as(await identityWith())).toEqual({})
  expect(await as(frozen)).toEqual({})
  expect(await as(null)).toEqual({})
})

test('a permission set of the execution adds to what the one it runs as may read', async () => {
  await systemKey('one', 'x')
  const set = await given.permissionSet(db, { grants: [{ resource: 'keys', actions: ['read'] }] })
  const executor = await identityWith()

  expect((await delivered({ ...recipient, executor, permission_set_refs: [set.ref] })).values).toEqual({
    one: 'x',
  })
})

test('where they are turned off, no key of the system is delivered', async () => {
  await systemKey('one', 'x')
  await packKey('two', 'y')

  expect((await delivered(recipient, false)).values).toEqual({ two: 'y' })
})

test('the values of encrypted keys are secrets, others are not', async () => {
  await packKey('token', 'secret')
  await given.key(db, { name: 'region', owner_type: 'pack', owner_pack: recipient.pack, value: 'eu' })

  expect(await delivered()).toEqual({ values: { token: 'secret', region: 'eu' }, secrets: ['secret'] })
})

test('a key that cannot be read is refused by its ref', async () => {
  const other = createCipher('another key of thirty-two characters')
  const { ref } = await given.key(db, {
    owner_type: 'pack',
    owner_pack: recipient.pack,
    encrypted: true,
    value: other.encrypt('x'),
    encryption_key_hash: other.key_hash,
  })

  await expect(delivered()).rejects.toThrow(`The key '${ref}' cannot be read.`)
})
