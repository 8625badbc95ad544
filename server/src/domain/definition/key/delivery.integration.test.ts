import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../../database/sql.ts'
import { openFreshDatabase } from '../../../../test/database.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { createCipher } from '../../secret/cipher.ts'
import { assignKeys, openKeys, type KeyRecipient } from './delivery.ts'

const cipher = createCipher('a key of thirty-two characters or more')
let recipient: KeyRecipient

const { db } = await fixture(openFreshDatabase())
beforeEach(async () => {
  await db.run(sql`truncate key, audit_event`)
  const { id, ref, pack } = await given.action(db)
  const execution = await given.execution(db, { action: id })
  const executor = await identityWith({ resource: 'keys', actions: ['decrypt'] })
  recipient = {
    execution: execution.id,
    correlation_id: null,
    action: id,
    action_ref: ref,
    pack,
    key_refs: [],
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
const systemKey = (name: string, value: string) =>
  given.key(db, { name, ref: `sys.${name}`, ...encrypted(value) })
const packKey = (name: string, value: string, pack: number = recipient.pack) =>
  given.key(db, { name, owner_type: 'pack', owner_pack: pack, ...encrypted(value) })
const actionKey = (name: string, value: string) =>
  given.key(db, { name, owner_type: 'action', owner_action: recipient.action, ...encrypted(value) })

async function assigned(to: KeyRecipient = recipient, inject_system_keys = true) {
  const map = await db.transaction((tx) => assignKeys(tx, [to], { inject_system_keys }))
  return map.get(to.execution)
}

async function delivered(to: KeyRecipient = recipient) {
  const assignment = await assigned(to)
  if (assignment === undefined) throw new Error('nothing was assigned')
  return openKeys(assignment, cipher)
}

/** Why the action does not run; undefined where it does. */
async function refused(to: KeyRecipient = recipient, inject_system_keys = true): Promise<string | undefined> {
  const assignment = await assigned(to, inject_system_keys)
  return assignment?.kind === 'refused' ? assignment.reason : undefined
}

const deliveries = () =>
  db.many(sql`
    select actor_identity, resource_type, resource_id, resource_ref, details
    from audit_event where event_type = 'secret.key.delivered' order by id`)

test('an action gets the keys of the system that it names, of its pack and itself; of one name, the nearest', async () => {
  await systemKey('one', 'of the system')
  await systemKey('two', 'of the system')
  await systemKey('three', 'of the system')
  await systemKey('four', 'of the system')
  await packKey('two', 'of the pack')
  await packKey('three', 'of the pack')
  await actionKey('three', 'of the action')

  expect((await delivered({ ...recipient, key_refs: ['sys.one', 'sys.two', 'sys.three'] })).values).toEqual({
    one: 'of the system',
    two: 'of the pack',
    three: 'of the action',
  })
})

test('an action that names none gets none, whatever the one it runs as may read', async () => {
  await systemKey('one', 'x')

  expect((await delivered()).values).toEqual({})
  expect(await deliveries()).toEqual([])
})

test('what is delivered is on record, an entry for each execution', async () => {
  await systemKey('one', 'x')
  await systemKey('two', 'y')
  await packKey('other', 'z')
  const another = await given.execution(db, { action: recipient.action })
  const naming = { ...recipient, key_refs: ['sys.one', 'sys.two'] }
  const batch = [naming, { ...naming, execution: another.id, key_refs: ['sys.two'] }]
  const plain = { ...recipient, execution: (await given.execution(db)).id }

  await db.transaction((tx) => assignKeys(tx, [...batch, plain], { inject_system_keys: true }))

  expect(await deliveries()).toEqual(
    batch.map(({ execution, key_refs }) => ({
      actor_identity: recipient.executor,
      resource_type: 'execution',
      resource_id: execution,
      resource_ref: recipient.action_ref,
      details: { key_refs },
    })),
  )
})

test('the keys of other packs, of identities and of sensors are never delivered', async () => {
  await packKey('other', 'x', (await given.pack(db)).id)
  await given.key(db, { owner_type: 'identity', owner_identity: recipient.executor, ...encrypted('x') })
  await given.key(db, { owner_type: 'sensor', owner_sensor: (await given.sensor(db)).id, ...encrypted('x') })

  expect((await delivered()).values).toEqual({})
})

test('a key of the system goes only where the one it runs as may decrypt it, and without it nothing runs', async () => {
  const { ref } = await systemKey('one', 'x')
  const may = (...actions: string[]): Grant => ({ resource: 'keys', actions })
  const as = (executor: KeyRecipient['executor']) => refused({ ...recipient, key_refs: [ref], executor })
  const frozen = await identityWith(may('decrypt'))
  await db.run(sql`update identity set frozen = true where id = ${frozen}`)
  const lacking = [
    await identityWith(may('read')),
    await identityWith({ ...may('decrypt'), constraints: { refs: ['sys.two'] } }),
    await identityWith({ ...may('decrypt'), constraints: { owner_types: ['pack'] } }),
    await identityWith(),
    frozen,
    null,
  ]

  expect(await as(await identityWith({ ...may('decrypt'), constraints: { refs: [ref] } }))).toBeUndefined()
  for (const executor of lacking) expect(await as(executor)).toContain(`The key 'sys.one', which the action`)
  expect(await deliveries()).toHaveLength(1)
})

test('a permission set of the execution adds to what the one it runs as may decrypt', async () => {
  const { ref } = await systemKey('one', 'x')
  const set = await given.permissionSet(db, { grants: [{ resource: 'keys', actions: ['decrypt'] }] })
  const executor = await identityWith()

  const to = { ...recipient, executor, key_refs: [ref], permission_set_refs: [set.ref] }
  expect((await delivered(to)).values).toEqual({ one: 'x' })
})

test('a named key that is not there, or not of the system, is a reason that says so', async () => {
  const { ref } = await packKey('mine', 'x')

  expect(await refused({ ...recipient, key_refs: ['sys.gone'] })).toContain(
    `There is no key 'sys.gone' of the`,
  )
  expect(await refused({ ...recipient, key_refs: [ref] })).toContain(`There is no key '${ref}' of the system`)
})

test('a worker that delivers none runs nothing that names some', async () => {
  const { ref } = await systemKey('one', 'x')
  await packKey('two', 'y')

  expect(await refused(recipient, false)).toBeUndefined()
  expect(await refused({ ...recipient, key_refs: [ref] }, false)).toContain('worker.inject_system_keys')
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
