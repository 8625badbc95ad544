import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { listenToLifecycle } from '../../../../test/lifecycle.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { findActive } from './active.ts'
import { sensorRoutes } from './routes.ts'

let pack: given.GivenPack
let runtime: { id: number; ref: string }
let trigger: given.GivenTrigger

const api = await fixture(startApi(() => sensorRoutes()))
const token = await api.token()
const lifecycle = await listenToLifecycle(api.db)

beforeEach(async () => {
  pack = await given.pack(api.db)
  runtime = await given.runtime(api.db, { pack: pack.id })
  trigger = await given.trigger(api.db, { pack: pack.id })
})

const ref = () => `${pack.ref}.watch`
const valid = () => ({
  ref: ref(),
  pack_ref: pack.ref,
  label: 'Watch',
  entrypoint: 'watch.sh',
  runtime_ref: runtime.ref,
  trigger_ref: trigger.ref,
})
const create = (body: JsonObject = {}, as = token) =>
  api.call('POST /api/v1/sensors', { token: as, body: { ...valid(), ...body } })
const call = (what: `${string} ${string}`, body?: JsonObject, as = token) =>
  api.call(what, body === undefined ? { token: as } : { token: as, body })
const active = async () => (await findActive(api.db)).filter((sensor) => sensor.ref === ref())

test('a sensor serves the trigger that it was made for, and its configuration is not shown', async () => {
  await given.rule(api.db, { trigger: trigger.id })

  const answer = await create({ config: { token: 'sesame' }, worker_selector: { zone: 'north' } })

  expect(answer).toMatchObject({
    status: 201,
    body: {
      data: {
        ref: ref(),
        is_adhoc: true,
        enabled: true,
        runtime: runtime.id,
        worker_selector: { zone: 'north' },
      },
      message: 'Sensor created',
    },
  })
  expect(JSON.stringify(answer.body)).not.toContain('sesame')
  expect(await active()).toMatchObject([{ config: { token: 'sesame' } }])
  const served = await call(`GET /api/v1/triggers/${trigger.ref}/sensors`)
  expect(served.body.data).toMatchObject([{ ref: ref() }])
})

test('a trigger that has a sensor keeps it', async () => {
  const other = await given.sensor(api.db)
  await api.db.run(sql`
    update trigger set sensor = ${other.id}, sensor_ref = ${other.ref} where id = ${trigger.id}`)

  const answer = await create()

  expect(answer.status).toBe(201)
  expect(answer.body.message).toContain(`is served by ${other.ref}`)
  expect((await call(`GET /api/v1/triggers/${trigger.ref}/sensors`)).body.data).toMatchObject([
    { ref: other.ref },
  ])
})

test.each<[number, string, JsonObject]>([
  [422, 'ref', { ref: 'Watch' }],
  [404, 'pack_ref', { pack_ref: 'nowhere' }],
  [404, 'runtime_ref', { runtime_ref: 'no.such' }],
  [404, 'trigger_ref', { trigger_ref: 'no.such' }],
  [422, 'artifact_retention_limit', { artifact_retention_limit: 0 }],
  [400, 'worker_selector.zone', { worker_selector: { zone: '' } }],
  [422, 'param_schema', { param_schema: [] }],
])('%i: %s is refused by name', async (status, field, change) => {
  const answer = await create(change)

  expect(answer.status).toBe(status)
  expect(answer.body.details).toMatchObject([{ field }])
})

test('changes are told once they are committed, and what a host should run follows', async () => {
  await given.rule(api.db, { trigger: trigger.id })
  await create()
  const [before] = await active()
  await lifecycle.said()

  const updated = await call(`PUT /api/v1/sensors/${ref()}`, {
    label: 'Look',
    entrypoint: 'look.sh',
    log_retention_limit: { op: 'set', value: 4 },
    param_schema: { op: 'clear' },
  })
  expect(updated.body.data).toMatchObject({ label: 'Look', entrypoint: 'look.sh', log_retention_limit: 4 })
  const [after] = await active()
  expect(after?.revision).not.toBe(before?.revision)
  expect((await call(`POST /api/v1/sensors/${ref()}/disable`)).body.data).toMatchObject({ enabled: false })
  expect(await active()).toEqual([])
  expect((await call(`POST /api/v1/sensors/${ref()}/enable`)).body.data).toMatchObject({ enabled: true })
  expect(await active()).toHaveLength(1)
  expect((await call(`DELETE /api/v1/sensors/${ref()}`)).status).toBe(200)
  expect((await call(`GET /api/v1/sensors/${ref()}`)).status).toBe(404)

  expect((await lifecycle.said()).map(({ type }) => type)).toEqual(Array(4).fill('SensorChanged'))
  expect(await api.db.one(sql`select sensor from trigger where id = ${trigger.id}`)).toEqual({ sensor: null })
  expect((await call(`PUT /api/v1/sensors/${ref()}`, { runtime_ref: runtime.ref })).status).toBe(422)
})

test('whoever makes a sensor must be allowed to change its trigger, whose events it emits', async () => {
  const all = { resource: 'triggers', actions: ['read', 'create', 'update', 'delete'] }
  const constraints = { pack_refs: [pack.ref] }
  const own = await api.granted({ ...all, constraints }, { resource: 'runtimes', actions: ['read'] })
  const foreign = await given.trigger(api.db)

  expect((await create({ trigger_ref: foreign.ref }, own.token)).status).toBe(404)
  expect((await create({}, own.token)).status).toBe(201)
  const elsewhere = await api.granted({ ...all, constraints: { pack_refs: ['elsewhere'] } })
  expect((await create({ ref: `${pack.ref}.more` }, elsewhere.token)).status).toBe(403)
  expect((await call(`DELETE /api/v1/sensors/${ref()}`, undefined, elsewhere.token)).status).toBe(404)
  const reader = await api.token('triggers:read')
  expect((await call(`DELETE /api/v1/sensors/${ref()}`, undefined, reader)).status).toBe(403)
})
