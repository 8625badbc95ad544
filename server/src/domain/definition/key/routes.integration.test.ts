import { describe, expect, test } from 'vitest'
import { type Answer, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { keyRoutes } from './routes.ts'

const SECRET = 'correct-horse-battery'

const api = await fixture(startApi((parts) => keyRoutes(parts)))
const admin = await api.token()

let made = 0
const unique = () => `test.key_${++made}`

function create(body: JsonObject = {}, token = admin): Promise<Answer> {
  return api.call('POST /api/v1/keys', {
    token,
    body: { ref: unique(), name: `name_${made}`, owner_type: 'system', value: SECRET, ...body },
  })
}

async function key(body: JsonObject = {}): Promise<JsonObject & { ref: string }> {
  const answer = await create(body)
  expect(answer).toMatchObject({ status: 201 })
  return withRef(answer)
}

function withRef(answer: Answer): JsonObject & { ref: string } {
  const data = dataOf(answer)
  if (typeof data.ref !== 'string') throw new Error('There is no ref.')
  return { ...data, ref: data.ref }
}

function dataOf({ body: { data } }: Answer): JsonObject {
  if (!isJsonObject(data)) throw new Error('There is no data.')
  return data
}

function refsOf({ body: { data } }: Answer): unknown[] {
  return Array.isArray(data) ? data.map((row) => (isJsonObject(row) ? row.ref : row)) : []
}

const get = (ref: string, token: string) => api.call(`GET /api/v1/keys/${ref}`, { token })

/** A token of an account that has these grants. */
async function tokenWith(...grants: Grant[]): Promise<{ token: string; identity: number }> {
  const { id, login } = await given.identity(api.db)
  const set = await given.permissionSet(api.db, { grants })
  await given.permissionAssignment(api.db, { identity: id, permset: set.id })
  const token = await api.tokenOf({ id, login })
  return { token, identity: id }
}

const reading = (constraints?: Grant['constraints']): Grant => ({
  resource: 'keys',
  actions: ['read', 'decrypt'],
  ...(constraints === undefined ? {} : { constraints }),
})

describe('a key', () => {
  test('is encrypted at rest unless it is said to be no secret', async () => {
    const secret = await key()
    const open = await key({ encrypted: false, value: { region: 'eu' } })

    const rows = await api.db.many(sql`
      select id, encrypted, value, encryption_key_hash from key
      where id = any(${[secret.id, open.id]}) order by id`)
    expect(rows).toEqual([
      { id: secret.id, encrypted: true, value: expect.any(String), encryption_key_hash: api.cipher.key_hash },
      { id: open.id, encrypted: false, value: { region: 'eu' }, encryption_key_hash: null },
    ])
    expect(JSON.stringify(rows)).not.toContain(SECRET)
    expect(secret).toMatchObject({ owner: 'system', value: SECRET })
    expect(secret).not.toHaveProperty('encryption_key_hash')
  })

  test('belongs to an owner by id or by ref, of the kind that is said', async () => {
    const pack = await given.pack(api.db)
    const action = await given.action(api.db)
    const sensor = await given.sensor(api.db)

    expect(await key({ owner_type: 'pack', owner_pack_ref: pack.ref })).toMatchObject({
      owner: String(pack.id),
      owner_pack: pack.id,
      owner_pack_ref: pack.ref,
    })
    expect(await key({ owner_type: 'action', owner_action: action.id })).toMatchObject({
      owner_action_ref: action.ref,
    })
    expect(await key({ owner_type: 'sensor', owner_sensor_ref: sensor.ref })).toMatchObject({
      owner_sensor: sensor.id,
    })
  })

  test.each<[string, JsonObject]>([
    ['owner_pack_ref', { owner_type: 'pack', owner_pack_ref: 'nowhere' }],
    ['owner_pack_ref', { owner_type: 'pack' }],
    ['owner_action', { owner_type: 'system', owner_action: 1 }],
    ['owner_identity', { owner_type: 'identity', owner_identity: 999_999 }],
  ])('with a wrong %s is refused', async (field, body) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { details: [{ field }] } })
  })

  test.each(['Upper', 'a..b', '.a', ''])('of the ref %j is refused', async (ref) => {
    expect(await create({ ref })).toMatchObject({ status: 422, body: { details: [{ field: 'ref' }] } })
  })

  test('has a ref of its own, and a name once for its owner', async () => {
    const { ref, name = '' } = await key()

    expect(await create({ ref })).toMatchObject({ status: 409, body: { details: [{ field: 'ref' }] } })
    expect(await create({ name })).toMatchObject({ status: 409, body: { details: [{ field: 'name' }] } })
  })

  test('with a value that is too large is refused', async () => {
    expect(await create({ value: 'x'.repeat(70_000) })).toMatchObject({ status: 413 })
  })

  test('is deleted', async () => {
    const { ref } = await key()

    expect(await api.call(`DELETE /api/v1/keys/${ref}`, { token: admin })).toMatchObject({
      status: 200,
    })
    expect(await get(ref, admin)).toMatchObject({ status: 404 })
  })

  test('has exactly the owner of its type, whoever writes the row', async () => {
    const pack = await given.pack(api.db)
    const insert = (columns: JsonObject) => given.key(api.db, columns)

    await expect(insert({ owner_type: 'pack' })).rejects.toThrow('key_owner_matches_type')
    await expect(insert({ owner_type: 'system', owner_pack: pack.id })).rejects.toThrow(
      'key_owner_matches_type',
    )
    await expect(insert({ owner_type: 'action', owner_pack: pack.id })).rejects.toThrow(
      'key_owner_matches_type',
    )
    expect(await insert({ owner_type: 'pack', owner_pack: pack.id })).toMatchObject({
      owner: String(pack.id),
      owner_pack_ref: pack.ref,
    })
  })
})

describe('the value', () => {
  test('is shown to whoever may decrypt, and is null to others; both are audited', async () => {
    const { ref, id } = await key()
    const reader = await api.token('keys:read')

    expect(dataOf(await get(ref, admin)).value).toBe(SECRET)
    expect(dataOf(await get(ref, reader)).value).toBeNull()

    const audited = await api.db.many(sql`
      select event_type, actor_token_type, details from audit_event
      where category = 'secret' and resource_id = ${id} order by id`)
    expect(audited).toMatchObject([
      { event_type: 'secret.key.created' },
      { event_type: 'secret.key.decrypted' },
      { event_type: 'secret.key.read', actor_token_type: 'access', details: { encrypted: true } },
    ])
    expect(JSON.stringify(audited)).not.toContain(SECRET)
  })

  test('that is no secret needs no decrypt', async () => {
    const { ref } = await key({ encrypted: false })

    expect(dataOf(await get(ref, await api.token('keys:read'))).value).toBe(SECRET)
  })

  test('is left out when it is not wanted', async () => {
    const { ref } = await key()

    const answer = await api.call(`GET /api/v1/keys/${ref}?decrypt=false`, { token: admin })

    expect(dataOf(answer).value).toBeNull()
  })

  test('is not shown to whoever creates or changes a key without decrypt', async () => {
    const keeper = await api.token('keys:read', 'keys:create', 'keys:update')

    const made = await create({}, keeper)
    const changed = await api.call(`PUT /api/v1/keys/${withRef(made).ref}`, {
      token: keeper,
      body: { value: 'another' },
    })

    expect([dataOf(made).value, dataOf(changed).value]).toEqual([null, null])
  })
})

describe('a change', () => {
  const put = (ref: string, body: JsonObject, token = admin) =>
    api.call(`PUT /api/v1/keys/${ref}`, { token, body })
  const stored = (ref: unknown) =>
    api.db.one<{ encrypted: boolean; value: unknown }>(
      sql`select encrypted, value from key where ref = ${ref}`,
    )

  test('of the flag alone encrypts or decrypts what is there', async () => {
    const { ref } = await key()

    expect(dataOf(await put(ref, { encrypted: false }))).toMatchObject({ encrypted: false, value: SECRET })
    expect(await stored(ref)).toEqual({ encrypted: false, value: SECRET })
    expect(dataOf(await put(ref, { encrypted: true }))).toMatchObject({ encrypted: true, value: SECRET })
    expect((await stored(ref)).value).not.toBe(SECRET)
  })

  test('that lays a value open needs decrypt; a new value does not', async () => {
    const { ref } = await key()
    const keeper = await api.token('keys:read', 'keys:update')

    expect(await put(ref, { encrypted: false }, keeper)).toMatchObject({ status: 403 })
    expect((await stored(ref)).encrypted).toBe(true)
    expect(await put(ref, { encrypted: false, value: 'open' }, keeper)).toMatchObject({ status: 200 })
  })

  test('of nothing, or of null, leaves everything', async () => {
    const { ref, name } = await key()

    const answer = await put(ref, { name: null, encrypted: null, value: null })

    expect(dataOf(answer)).toMatchObject({ name, encrypted: true, value: SECRET })
  })

  test('is refused with 404 where the key may not be read, and with 403 where it may', async () => {
    const { ref } = await key()

    const unseen = await put(ref, { name: 'x' }, await api.token('keys:update'))
    const absent = await put('no.such', { name: 'x' }, admin)
    expect(unseen).toMatchObject({ status: 404 })
    expect(JSON.stringify(unseen.body).replaceAll(ref, 'no.such')).toBe(JSON.stringify(absent.body))
    const elsewhere = { resource: 'keys', actions: ['update'], constraints: { refs: ['other.key'] } }
    const { token } = await tokenWith(reading(), elsewhere)
    expect(await put(ref, { name: 'x' }, token)).toMatchObject({ status: 403 })
  })

  test('may not leave what a grant allows', async () => {
    const { ref } = await key()
    const { token } = await tokenWith(reading(), {
      resource: 'keys',
      actions: ['update'],
      constraints: { encrypted: true },
    })

    expect(await put(ref, { value: 'x', encrypted: false }, token)).toMatchObject({ status: 403 })
    expect(await put(ref, { value: 'x' }, token)).toMatchObject({ status: 200 })
  })
})

describe('grants', () => {
  test('show in lists and one by one the same keys, and no others', async () => {
    const pack = await given.pack(api.db)
    const ofPack = await key({ owner_type: 'pack', owner_pack_ref: pack.ref })
    const open = await key({ encrypted: false })
    const { identity: other } = await tokenWith()
    const ofOther = await given.key(api.db, { owner_type: 'identity', owner_identity: other })
    const grants: Grant['constraints'][] = [
      undefined,
      { refs: [open.ref] },
      { owner_types: ['pack'], owner_refs: [pack.ref] },
      { encrypted: false },
      { owner_types: ['identity'] },
      { owner: 'any' },
      { owner: 'none' },
      { owner: 'self' },
    ]
    const mine = new Set<unknown>([ofPack, open, ofOther].map(({ ref }) => ref))

    for (const constraints of grants) {
      const { token } = await tokenWith(reading(constraints))
      const listed = refsOf(await api.call('GET /api/v1/keys?per_page=1000', { token })).filter((ref) =>
        mine.has(ref),
      )
      const gotten = []
      for (const { ref } of [ofPack, open, ofOther])
        if ((await get(ref, token)).status === 200) gotten.push(ref)

      expect(listed, JSON.stringify(constraints)).toEqual(gotten.toSorted())
    }
  })

  test('that are not narrowed do not reach into the keys of another identity', async () => {
    const owner = await tokenWith(reading())
    const body = { owner_type: 'identity', owner_identity: owner.identity }
    expect(await create(body)).toMatchObject({ status: 403 }) // not even an administrator

    const trusted = await tokenWith({ resource: 'keys', actions: ['create'], constraints: { owner: 'any' } })
    const made = await create(body, trusted.token)
    expect(made).toMatchObject({ status: 201, body: { data: { value: null } } })

    expect(await get(withRef(made).ref, admin)).toMatchObject({ status: 404 })
    expect(dataOf(await get(withRef(made).ref, owner.token)).value).toBe(SECRET)
  })

  test('are asked for before a list: without one it is refused', async () => {
    expect(await api.call('GET /api/v1/keys', { token: await api.token('rules:read') })).toMatchObject({
      status: 403,
    })
  })

  test('filter before the total is counted', async () => {
    const pack = await given.pack(api.db)
    await key({ owner_type: 'pack', owner_pack_ref: pack.ref })
    await key({ owner_type: 'pack', owner_pack_ref: pack.ref, encrypted: false })
    const { token } = await tokenWith(reading({ encrypted: true }))

    const answer = await api.call(`GET /api/v1/keys?owner_type=pack&owner=${pack.ref}`, { token })

    expect(answer.body).toMatchObject({ pagination: { total_items: 1 }, data: [{ encrypted: true }] })
    expect(JSON.stringify(answer.body)).not.toContain('value')
  })
})

describe('other tokens', () => {
  test('a sensor reads its own keys and those of its pack, and keeps its own', async () => {
    const sensor = await given.sensor(api.db)
    const token = await api.sensorToken(sensor.ref, [])
    const own = await key({ owner_type: 'sensor', owner_sensor_ref: sensor.ref })
    const ofPack = await key({ owner_type: 'pack', owner_pack_ref: sensor.pack_ref })
    const system = await key()
    const status = async (what: `${string} ${string}`, body?: JsonObject) =>
      (await api.call(what, { token, ...(body === undefined ? {} : { body }) })).status

    expect(refsOf(await api.call('GET /api/v1/keys', { token }))).toEqual([own.ref, ofPack.ref])
    expect(dataOf(await get(own.ref, token)).value).toBe(SECRET)
    expect(dataOf(await get(ofPack.ref, token)).value).toBe(SECRET)
    expect(await status(`GET /api/v1/keys/${system.ref}`)).toBe(404)
    expect(await status(`PUT /api/v1/keys/${own.ref}`, { value: 'cursor 2' })).toBe(200)
    expect(await status(`PUT /api/v1/keys/${ofPack.ref}`, { value: 'x' })).toBe(403)
  })

  test('an execution with `standard` reads the keys of its action and its pack alone', async () => {
    const action = await given.action(api.db)
    const { identity } = await tokenWith()
    const execution = await given.execution(api.db, {
      action: action.id,
      executor: identity,
      status: 'running',
      permission_set_refs: ['standard'],
    })
    const token = await api.executionToken(execution)
    const ofAction = await key({ owner_type: 'action', owner_action_ref: action.ref })
    const ofPack = await key({ owner_type: 'pack', owner_pack_ref: action.pack_ref })
    const other = await key({ owner_type: 'pack', owner_pack_ref: (await given.pack(api.db)).ref })

    expect(dataOf(await get(ofAction.ref, token)).value).toBe(SECRET)
    expect(dataOf(await get(ofPack.ref, token)).value).toBe(SECRET)
    expect(await get(other.ref, token)).toMatchObject({ status: 404 })
    expect(refsOf(await api.call('GET /api/v1/keys', { token }))).toEqual([ofAction.ref, ofPack.ref])
    expect(await create({ owner_type: 'action', owner_action_ref: action.ref }, token)).toMatchObject({
      status: 403,
    })
  })

  test('an execution is what its row says, whatever its token claims', async () => {
    const { identity } = await tokenWith(reading())
    const { identity: other } = await tokenWith()
    const action = await given.action(api.db)
    const ofAction = await key({ owner_type: 'action', owner_action_ref: action.ref })
    const execution = await given.execution(api.db, { status: 'running', executor: other })
    const claims = {
      action_ref: action.ref,
      permission_set_refs: ['standard', 'core.admin'],
      grants: [reading()],
    }
    const forge = (metadata: JsonObject) =>
      api.tokens.mint({
        sub: String(identity),
        login: 'admin',
        token_type: 'execution',
        ttl_seconds: 60,
        metadata: { ...claims, ...metadata },
      })
    const list = async (token: string) => (await api.call('GET /api/v1/keys', { token })).status

    const real = await forge({ execution_id: execution.id })
    expect(await get(ofAction.ref, real)).toMatchObject({ status: 404 })
    expect(await list(real)).toBe(403)
    expect(await list(await forge({}))).toBe(401)
    expect(await list(await forge({ execution_id: 987_654_321 }))).toBe(401)
    expect(await list(await forge({ execution_id: [execution.id] }))).toBe(401)
    // What nobody asked for runs as the platform, which has no permissions.
    const nobodys = await given.execution(api.db, { status: 'running' })
    expect(await list(await forge({ execution_id: nobodys.id }))).toBe(403)
  })

  test('an execution without permissions sees none', async () => {
    const execution = await given.execution(api.db, { status: 'running' })
    const token = await api.executionToken(execution)

    expect(await api.call('GET /api/v1/keys', { token })).toMatchObject({ status: 403 })
    expect(await get((await key()).ref, token)).toMatchObject({ status: 404 })
  })
})
