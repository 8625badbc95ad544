import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { raw, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { createMetrics } from '../../../observe/metrics.ts'
import { callerOfToken } from '../../../services/caller-of-token.ts'
import { ruleRoutes } from '../../definition/rule/routes.ts'
import type { Rule } from '../../definition/rule/rule.ts'
import { own, type SensorOwner } from '../../definition/sensor/ownership.ts'
import { issueToHost } from '../../definition/sensor-token/issue.ts'
import { eventRoutes } from './routes.ts'

const api = await fixture(startApi((parts) => [...eventRoutes(parts), ...ruleRoutes(parts)]))

let rule: Rule
let trigger_ref: string
let sensor: { id: Id<'sensor'>; ref: string }
let token: string

beforeEach(async () => {
  sensor = await given.sensor(api.db)
  const trigger = await given.trigger(api.db, { sensor: sensor.id, sensor_ref: sensor.ref })
  trigger_ref = trigger.ref
  rule = await given.rule(api.db, { trigger: trigger.id, trigger_params: { every: 1 } })
  await api.db.run(sql`alter table rule disable trigger schedule_anchor`)
  await api.db.run(sql`update rule set schedule_anchor = '2026-05-01T12:00:00Z' where id = ${rule.id}`)
  await api.db.run(sql`alter table rule enable trigger schedule_anchor`)
  token = await tokenOf(await host())
})

const instances = ['7f0c1c1e-6a2b-4a34-9d7c-000000000001', '7f0c1c1e-6a2b-4a34-9d7c-000000000002'] as const

async function host(instance: string = instances[0]): Promise<SensorOwner> {
  const worker = await given.worker(api.db, { worker_role: 'sensor', instance })
  return { worker: worker.id, worker_name: worker.name, instance, lease_seconds: 60 }
}

/** As the host that owns the sensor now gives it to its process. */
async function tokenOf(owner: SensorOwner): Promise<string> {
  const owned = await own(api.db, sensor, owner)
  if (!owned.held) throw new Error('The sensor is not free.')
  const given_to = { worker: owner.worker, worker_name: owner.worker_name, generation: owned.generation }
  const issued = await api.db.transaction((tx) =>
    issueToHost({ tx, tokens: api.tokens, host: given_to }, sensor),
  )
  return issued.token
}

const emit = (at: string, more: JsonObject = {}, as = token) =>
  api.call('POST /api/v1/events', {
    token: as,
    body: {
      trigger_ref,
      payload: {},
      trigger_instance_id: `rule_${rule.id}`,
      dedupe_key: `${rule.id}:${at}`,
      schedule: { at },
      ...more,
    },
  })

async function scheduleOf(): Promise<JsonObject | undefined> {
  const { body } = await api.call(`GET /api/v1/triggers/${trigger_ref}/rules`, { token })
  const [listed] = body.data as { schedule: JsonObject }[]
  return listed?.schedule
}

const instantIn = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : undefined)

test('how far a schedule has come is kept with its events, and told to the sensor', async () => {
  expect(await scheduleOf()).toMatchObject({ last_at: null, fired: 0, missed: 0 })

  await emit('2026-05-01T12:00:10Z')
  await emit('2026-05-01T12:00:40+00:00', { schedule: { at: '2026-05-01T12:00:40+00:00', missed: 2 } })

  const schedule = await scheduleOf()
  expect(schedule).toMatchObject({ fired: 2, missed: 2 })
  expect(instantIn(schedule?.last_at)).toBe(Date.parse('2026-05-01T12:00:40Z'))
  expect(instantIn(schedule?.anchor)).toBe(Date.parse('2026-05-01T12:00:00Z'))
})

test('an instant that comes again or in another order changes nothing that is known', async () => {
  await emit('2026-05-01T12:00:20Z')
  expect((await emit('2026-05-01T12:00:20Z')).status).toBe(200)
  await emit('2026-05-01T12:00:10Z')

  const schedule = await scheduleOf()
  expect(schedule).toMatchObject({ fired: 2 })
  expect(instantIn(schedule?.last_at)).toBe(Date.parse('2026-05-01T12:00:20Z'))
})

test('a schedule has not come past an instant that is still on its way', async () => {
  await emit('2026-05-01T12:00:10Z')
  await emit('2026-05-01T12:00:30Z', { schedule: { at: '2026-05-01T12:00:30Z', earlier_open: true } })

  const open = await scheduleOf()
  await emit('2026-05-01T12:00:20Z')
  const later = await scheduleOf()

  expect([open?.fired, later?.fired]).toEqual([2, 3])
  expect(instantIn(open?.last_at)).toBe(Date.parse('2026-05-01T12:00:10Z'))
  expect(instantIn(later?.last_at)).toBe(Date.parse('2026-05-01T12:00:20Z'))
})

test('instants of a batch are kept too', async () => {
  const event = { trigger_ref, payload: {}, trigger_instance_id: `rule_${rule.id}` }
  const events = [10, 30, 20].map((second) => ({
    ...event,
    schedule: { at: `2026-05-01T12:00:${second}Z`, missed: 1 },
  }))

  const { status } = await api.call('POST /api/v1/events/batch', { token, body: { events } })

  expect(status).toBe(201)
  expect(await scheduleOf()).toMatchObject({ fired: 3, missed: 3 })
})

test.each<[string, string, boolean]>([
  ['other parameters', `update rule set trigger_params = '{"every": 2}'`, true],
  ['the same parameters', `update rule set trigger_params = '{"every": 1}'`, false],
  ['another label', `update rule set label = 'Another'`, false],
  ['another action', `update rule set action_ref = 'core.other'`, false],
  ['being switched off', 'update rule set enabled = false', false],
])('%s: a new grid where the change is one of when it fires', async (_, change, anew) => {
  await emit('2026-05-01T12:00:10Z')
  const { fired } = { ...(await scheduleOf()) }
  expect(fired).toBe(1)

  await api.db.run(sql`${raw(change)} where id = ${rule.id}`)

  expect(await scheduleOf()).toMatchObject(anew ? { last_at: null, fired: 0 } : { fired: 1 })
})

test('a rule that is switched on again has a new grid', async () => {
  await emit('2026-05-01T12:00:10Z')
  await api.db.run(sql`update rule set enabled = false where id = ${rule.id}`)
  await api.db.run(sql`update rule set enabled = true where id = ${rule.id}`)

  expect(await scheduleOf()).toMatchObject({ last_at: null, fired: 0 })
  // What was on its way before is of the old grid.
  expect((await emit('2026-05-01T12:00:20Z')).status).toBe(201)
  expect(await scheduleOf()).toMatchObject({ last_at: null, fired: 0 })
})

test('a rule that is gone leaves no schedule, and an event for it is stored nevertheless', async () => {
  await emit('2026-05-01T12:00:10Z')
  await api.db.run(sql`delete from rule where id = ${rule.id}`)

  expect((await emit('2026-05-01T12:00:20Z')).status).toBe(201)
  expect(await api.db.many(sql`select * from timer_schedule where rule = ${rule.id}`)).toEqual([])
})

test.each([
  '2026-05-01',
  '2026-05-01T12:00:10',
  'now',
  '0000-01-01T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '+012026-05-01T12:00:00Z',
])('the instant %s is refused', async (at) => {
  expect([400, 422]).toContain((await emit(at)).status)
})

test('nobody but a sensor says how far a schedule has come', async () => {
  const person = await api.token('events:create')

  const { status, body } = await emit('2026-05-01T12:00:10Z', {}, person)

  expect(status).toBe(422)
  expect(body).toMatchObject({ details: [{ field: 'schedule' }] })
})

test('events of an earlier owner are refused with the reason, and counted', async () => {
  const metrics = createMetrics()
  const callerOf = callerOfToken({ ...api, metrics })
  await api.db.run(sql`update sensor_owner set lease_expires_at = now() where sensor = ${sensor.id}`)

  expect((await emit('2026-05-01T12:00:10Z')).status).toBe(201) // nobody has taken it over
  const later = await tokenOf(await host(instances[1]))
  const refused = await emit('2026-05-01T12:00:20Z')

  expect(refused.status).toBe(401)
  expect(refused.body).toMatchObject({ error: expect.stringContaining('owner 2; this token is of owner 1') })
  expect((await emit('2026-05-01T12:00:20Z', {}, later)).status).toBe(201)
  await expect(callerOf(token)).rejects.toThrow('must end')
  expect(await metrics.expose()).toContain(`sensor_earlier_owner_refused_total{sensor="${sensor.ref}"} 1`)
})
