import { describe, expect, test } from 'vitest'
import { type Answer, startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { eventRoutes } from '../../flow/event/routes.ts'
import { identityAdminRoutes } from '../../access/administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { keyRoutes } from '../key/routes.ts'
import { issueToHost, renewForHost } from './issue.ts'
import { sensorTokenRoutes } from './routes.ts'

const bootstrap_token = 'a bootstrap token of thirty-two bytes'

const api = await fixture(
  startApi((parts) => [
    ...sensorTokenRoutes({ ...parts, bootstrap_token }),
    ...identityAdminRoutes(endOfAccount),
    ...eventRoutes(parts),
    ...keyRoutes(parts),
  ]),
)

function dataOf({ body, status }: Answer): JsonObject {
  if (!isJsonObject(body.data)) throw new Error(`${status}: no data in ${JSON.stringify(body)}`)
  return body.data
}

function tokenIn(data: JsonObject): string {
  if (typeof data.token !== 'string') throw new Error(`No token in ${JSON.stringify(data)}`)
  return data.token
}

const changing = (constraints = {}) => ({ resource: 'triggers', actions: ['read', 'update'], constraints })

/** A sensor with two triggers, and somebody who may change what its pack has. */
async function watched() {
  const sensor = await given.sensor(api.db)
  const serving = { pack: sensor.pack, sensor: sensor.id, sensor_ref: sensor.ref }
  const triggers = [await given.trigger(api.db, serving), await given.trigger(api.db, serving)] as const
  const other = await given.trigger(api.db, { pack: sensor.pack })
  const changer = await api.granted(changing({ pack_refs: [sensor.pack_ref] }))
  return { sensor, triggers, other, changer }
}

const ask = (token: string, body: JsonObject) => api.call('POST /auth/sensor-token', { token, body })
const asHost = (body: JsonObject, shown = bootstrap_token) =>
  api.call('POST /auth/internal/sensor-token', { body, headers: { 'x-agent-token': shown } })
const emit = async (token: string, trigger_ref: string) =>
  (await api.call('POST /api/v1/events', { token, body: { trigger_ref, payload: {} } })).status
const renew = (token: string) => api.call('POST /api/v1/auth/refresh', { token, body: {} })

async function asked(by: { token: string }, sensor_ref: string, more: JsonObject = {}): Promise<string> {
  return tokenIn(dataOf(await ask(by.token, { sensor_ref, ...more })))
}

function trailOf(ref: string) {
  return api.db.many<{
    event_type: string
    actor_login: string
    actor_identity: number
    details: JsonObject
  }>(sql`
    select event_type, actor_login, actor_identity, details from audit_event
    where resource_type = 'sensor' and resource_ref = ${ref} order by id`)
}

describe('who asks for a token', () => {
  test('and may change the sensor gets one that emits what its row serves', async () => {
    const { sensor, triggers, other, changer } = await watched()

    const answer = await ask(changer.token, { sensor_ref: sensor.ref })

    expect(dataOf(answer)).toMatchObject({
      sensor_ref: sensor.ref,
      trigger_types: triggers.map(({ ref }) => ref).sort(),
    })
    expect(dataOf(answer).expires_at).toMatch(/\+00:00$/)
    const token = tokenIn(dataOf(answer))
    expect(await emit(token, triggers[0].ref)).toBe(201)
    expect(await emit(token, triggers[1].ref)).toBe(201)
    expect(await emit(token, other.ref)).toBe(403)
    expect(await trailOf(sensor.ref)).toMatchObject([
      {
        event_type: 'auth.sensor_token.issued',
        actor_identity: changer.identity,
        details: { made_by: 'person', requested_by: changer.identity },
      },
    ])
  })

  test('narrows it, and does not widen it', async () => {
    const { sensor, triggers, other, changer } = await watched()
    const [one, two] = triggers

    const narrow = await asked(changer, sensor.ref, { trigger_types: [one.ref, one.ref] })
    const wide = await ask(changer.token, { sensor_ref: sensor.ref, trigger_types: [one.ref, other.ref] })

    expect(await emit(narrow, one.ref)).toBe(201)
    expect(await emit(narrow, two.ref)).toBe(403)
    expect(wide).toMatchObject({ status: 422, body: { details: [{ field: 'trigger_types' }] } })
  })

  test('for a sensor that is not there gets none, whatever else they may', async () => {
    const everything = await api.token()

    expect((await ask(everything, { sensor_ref: 'core.whatever', trigger_types: ['core.x'] })).status).toBe(
      404,
    )
    expect((await asHost({ sensor_ref: 'core.whatever' })).status).toBe(404)
    const accounts = await api.db.many(sql`select from identity where login = 'sensor:core.whatever'`)
    expect(accounts).toEqual([])
  })

  test('and may emit every event, read the sensor, or change another one, gets none', async () => {
    const { sensor } = await watched()
    const { sensor: elsewhere, changer: stranger } = await watched()
    const body = { sensor_ref: sensor.ref }

    expect((await ask(await api.token('events:create'), body)).status).toBe(403)
    expect((await ask(await api.token('triggers:read'), body)).status).toBe(403)
    expect((await ask(stranger.token, body)).status).toBe(404)
    expect((await ask(await api.sensorToken(elsewhere.ref, []), body)).status).toBe(403)
    const execution = await given.execution(api.db, { status: 'running' })
    expect((await ask(await api.executionToken(execution), body)).status).toBe(403)
    expect((await api.call('POST /auth/sensor-token', { body })).status).toBe(401)
  })

  test('of a disabled sensor, or one whose account is frozen, gets none', async () => {
    const { sensor, changer } = await watched()
    await api.db.run(sql`update sensor set enabled = false where id = ${sensor.id}`)
    expect((await ask(changer.token, { sensor_ref: sensor.ref })).status).toBe(403)
    expect((await asHost({ sensor_ref: sensor.ref })).status).toBe(403)

    await api.db.run(sql`update sensor set enabled = true where id = ${sensor.id}`)
    await given.identity(api.db, { login: `sensor:${sensor.ref}`, frozen: true })
    expect((await ask(changer.token, { sensor_ref: sensor.ref })).status).toBe(403)
  })

  test.each([3599, 259_201])('%i seconds are refused', async (ttl_seconds) => {
    const { sensor, changer } = await watched()
    expect((await ask(changer.token, { sensor_ref: sensor.ref, ttl_seconds })).status).toBe(422)
  })
})

describe('a token that a person asked for', () => {
  test('reads no key, of the sensor or its pack, in clear or at all', async () => {
    const { sensor, changer } = await watched()
    const owners = [
      {
        owner_type: 'sensor',
        owner_sensor: sensor.id,
        owner_sensor_ref: sensor.ref,
        owner: String(sensor.id),
      },
      {
        owner_type: 'pack',
        owner_pack: sensor.pack,
        owner_pack_ref: sensor.pack_ref,
        owner: String(sensor.pack),
      },
    ]
    const keys = [await given.key(api.db, owners[0]), await given.key(api.db, owners[1])]
    const token = await asked(changer, sensor.ref)
    const host = await api.sensorToken(sensor.ref, [])

    for (const { ref } of keys) {
      expect((await api.call(`GET /api/v1/keys/${ref}`, { token: host })).status).toBe(200)
      expect((await api.call(`GET /api/v1/keys/${ref}`, { token })).status).toBe(404)
      expect((await api.call(`PUT /api/v1/keys/${ref}`, { token, body: { value: 'x' } })).status).not.toBe(
        200,
      )
      expect((await api.call(`DELETE /api/v1/keys/${ref}`, { token })).status).not.toBe(200)
    }
    expect((await api.call('GET /api/v1/keys', { token })).status).toBe(403)
    const body = {
      local_ref: 'mine',
      name: 'mine',
      value: 'x',
      owner_type: 'sensor',
      owner_sensor_ref: sensor.ref,
    }
    expect((await api.call('POST /api/v1/keys', { token, body })).status).not.toBe(201)
  })

  const ends: [
    string,
    (who: { identity: Id<'identity'>; sensor: { id: number; ref: string } }) => Promise<unknown>,
  ][] = [
    ['is deleted', ({ identity }) => api.db.run(sql`delete from identity where id = ${identity}`)],
    [
      'is frozen by hand',
      ({ identity }) => api.db.run(sql`update identity set frozen = true where id = ${identity}`),
    ],
    [
      'loses the permission',
      ({ identity }) => api.db.run(sql`delete from permission_assignment where identity = ${identity}`),
    ],
    [
      'may change other packs only',
      ({ identity }) =>
        api.db.run(sql`
            update permission_set set grants = jsonb_set(grants, '{0,constraints,pack_refs}', '["elsewhere"]')
            where id in (select permset from permission_assignment where identity = ${identity})`),
    ],
  ]

  test.each(ends)('ends when its requester %s, and is not renewed', async (_, end) => {
    const { sensor, triggers, changer } = await watched()
    const token = await asked(changer, sensor.ref)
    const [{ ref }] = triggers
    expect(await emit(token, ref)).toBe(201)

    await end({ identity: changer.identity, sensor })

    expect([401, 403]).toContain(await emit(token, ref))
    expect([401, 403]).toContain((await renew(token)).status)
  })

  test('does not come back when the account is unfrozen', async () => {
    const { sensor, triggers, changer } = await watched()
    const token = await asked(changer, sensor.ref)
    const root = await api.token()

    await api.call(`POST /api/v1/identities/${changer.identity}/freeze`, { token: root })
    await api.call(`POST /api/v1/identities/${changer.identity}/unfreeze`, { token: root })

    expect(await emit(token, triggers[0].ref)).toBe(401)
  })

  test('is not renewed into more than it was: the same row, the same length, on record', async () => {
    const { sensor, triggers, changer } = await watched()
    const token = await asked(changer, sensor.ref, { trigger_types: [triggers[0].ref], ttl_seconds: 7200 })

    const { status, body } = await renew(token)

    expect(status).toBe(200)
    const [before, after] = await Promise.all([api.tokens.verify(token), api.tokens.verify(tokenIn(body))])
    expect(after).toMatchObject({ sub: before.sub, login: sensor.ref, metadata: before.metadata })
    expect(after.exp - (after.iat ?? 0)).toBe(7200)
    expect(await emit(tokenIn(body), triggers[1].ref)).toBe(403)
    const expires_at = typeof body.expires_at === 'string' ? Date.parse(body.expires_at) : Number.NaN
    expect(Math.abs(expires_at / 1000 - after.exp)).toBeLessThan(2)
    expect((await trailOf(sensor.ref)).map(({ event_type }) => event_type)).toEqual([
      'auth.sensor_token.issued',
      'auth.sensor_token.renewed',
    ])
  })
})

describe('a token of a sensor', () => {
  test('ends with the sensor, also when another one gets its ref', async () => {
    const { sensor, triggers, changer } = await watched()
    const tokens = [
      await asked(changer, sensor.ref),
      tokenIn(dataOf(await asHost({ sensor_ref: sensor.ref }))),
    ]

    await api.db.run(sql`delete from sensor where id = ${sensor.id}`)
    const again = await given.sensor(api.db, { pack: sensor.pack, ref: sensor.ref })
    await api.db.run(sql`update trigger set sensor = ${again.id} where id = ${triggers[0].id}`)

    for (const token of tokens) {
      expect(await emit(token, triggers[0].ref)).toBe(401)
      expect((await renew(token)).status).toBe(401)
    }
  })

  test('emits nothing while the sensor is disabled, and is not renewed', async () => {
    const { sensor, triggers } = await watched()
    const token = await api.sensorToken(sensor.ref, [])

    await api.db.run(sql`update sensor set enabled = false where id = ${sensor.id}`)

    expect(await emit(token, triggers[0].ref)).toBe(403)
    expect((await renew(token)).status).toBe(403)
  })

  test('emits nothing that another sensor serves by now', async () => {
    const { sensor, triggers, changer } = await watched()
    const token = await asked(changer, sensor.ref, { trigger_types: [triggers[0].ref] })
    const other = await given.sensor(api.db)

    await api.db.run(sql`update trigger set sensor = ${other.id} where id = ${triggers[0].id}`)

    expect(await emit(token, triggers[0].ref)).toBe(403)
  })

  test('stops when the account of the sensor is frozen', async () => {
    const { sensor } = await watched()
    const token = await api.sensorToken(sensor.ref, [])
    expect((await renew(token)).status).toBe(200)

    await given.identity(api.db, { login: `sensor:${sensor.ref}`, frozen: true })

    expect((await renew(token)).status).toBe(403)
  })

  test('that somebody forges with the secret of the services is worth what its row says', async () => {
    const { sensor, triggers, other, changer } = await watched()
    const { sensor: elsewhere } = await watched()
    const person = await given.sensorToken(api.db, {
      sensor: sensor.id,
      made_by: 'person',
      requested_by: changer.identity,
      trigger_types: [triggers[0].ref],
    })
    const forge = (sub: number, metadata: JsonObject) =>
      api.tokens.mint({
        sub: String(sub),
        login: 'core.other',
        token_type: 'sensor',
        metadata,
        ttl_seconds: 1e9,
      })
    const claimed = { trigger_types: [other.ref], made_by: 'host', of_host: true }

    const real = await forge(sensor.id, { sensor_token_id: person.id, ...claimed })
    expect(await emit(real, triggers[0].ref)).toBe(201)
    expect(await emit(real, other.ref)).toBe(403)
    expect((await api.call('GET /api/v1/keys', { token: real })).status).toBe(403)
    for (const [sub, metadata] of [
      [elsewhere.id, { sensor_token_id: person.id }],
      [sensor.id, claimed],
      [sensor.id, { sensor_token_id: 987_654_321 }],
      [sensor.id, { sensor_token_id: { id: person.id } }],
      [sensor.id, { sensor_token_id: 1e30 }],
    ] as const)
      expect(await emit(await forge(sub, metadata), triggers[0].ref)).toBe(401)
    await api.db.run(sql`update sensor_token set expires_at = now() - interval '1 s' where id = ${person.id}`)
    expect(await emit(real, triggers[0].ref)).toBe(401)
  })

  test('is listed and ended by who may change the sensor, and by nobody else', async () => {
    const { sensor, triggers, changer } = await watched()
    const { changer: stranger } = await watched()
    const token = await asked(changer, sensor.ref)
    const path = `/api/v1/sensors/${sensor.ref}/tokens`

    const { body } = await api.call(`GET ${path}`, { token: changer.token })
    const [row] = Array.isArray(body.data) ? body.data.filter(isJsonObject) : []
    expect(row).toMatchObject({ made_by: 'person', requested_by: changer.identity })
    expect(JSON.stringify(body)).not.toContain(token)
    expect((await api.call(`GET ${path}`, { token: stranger.token })).status).toBe(404)
    expect((await api.call(`DELETE ${path}/${Number(row?.id)}`, { token: stranger.token })).status).toBe(404)
    expect(await emit(token, triggers[0].ref)).toBe(201)

    expect((await api.call(`DELETE ${path}/${Number(row?.id)}`, { token: changer.token })).status).toBe(200)

    expect(await emit(token, triggers[0].ref)).toBe(401)
    expect((await renew(token)).status).toBe(401)
    expect((await api.call(`DELETE ${path}/${Number(row?.id)}`, { token: changer.token })).status).toBe(404)
    expect((await trailOf(sensor.ref)).at(-1)).toMatchObject({ event_type: 'auth.sensor_token.revoked' })
  })
})

describe('a host', () => {
  test('shows the bootstrap token, and gets what the row of the sensor serves', async () => {
    const { sensor, triggers, other } = await watched()
    const body = { sensor_ref: sensor.ref }

    expect((await asHost(body, `${bootstrap_token}x`)).status).toBe(401)
    expect((await api.call('POST /auth/internal/sensor-token', { body })).status).toBe(401)
    expect((await asHost({ ...body, trigger_types: [other.ref] })).status).toBe(422)
    const token = tokenIn(dataOf(await asHost(body)))
    expect(await emit(token, triggers[0].ref)).toBe(201)
    expect(await emit(token, other.ref)).toBe(403)
    expect((await trailOf(sensor.ref)).at(-1)).toMatchObject({
      event_type: 'auth.sensor_token.issued',
      actor_login: 'bootstrap token',
    })
  })

  test('gets none where no bootstrap token is set', async () => {
    const closed = await startApi(({ tokens }) => sensorTokenRoutes({ tokens, bootstrap_token: undefined }))
    const { status } = await closed.call('POST /auth/internal/sensor-token', {
      body: { sensor_ref: 'core.timer' },
      headers: { 'x-agent-token': 'undefined' },
    })
    await closed.close()

    expect(status).toBe(403)
  })

  test('that runs the sensor gives each process its own token, and ends that of the one before', async () => {
    const { sensor, triggers } = await watched()
    const worker = await given.worker(api.db, { worker_role: 'sensor' })
    const host = { worker: worker.id, worker_name: worker.name, generation: 1 }
    const made = () => api.db.transaction((tx) => issueToHost({ tx, tokens: api.tokens, host }, sensor))
    const renewed = () => api.db.transaction((tx) => renewForHost({ tx, tokens: api.tokens, host }, sensor))

    const first = await made()
    const longer = await renewed()
    expect(await emit(first.token, triggers[0].ref)).toBe(201)
    expect(await emit(longer.token, triggers[0].ref)).toBe(201)
    const second = await made()

    expect(await emit(first.token, triggers[0].ref)).toBe(401)
    expect(await emit(longer.token, triggers[0].ref)).toBe(401)
    expect(await emit(second.token, triggers[0].ref)).toBe(201)
    expect(await trailOf(sensor.ref)).toMatchObject([
      { event_type: 'auth.sensor_token.issued', actor_login: worker.name },
      { event_type: 'auth.sensor_token.renewed', actor_login: worker.name },
      { event_type: 'auth.sensor_token.issued', actor_login: worker.name },
    ])
  })
})
