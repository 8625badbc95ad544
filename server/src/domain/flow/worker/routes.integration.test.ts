import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { removedFrom } from '../execution/filter-workers.ts'
import { readRequirement } from '../execution/requirement.ts'
import { profileOf } from '../execution/worker-profile.ts'
import { own } from '../../definition/sensor/ownership.ts'
import { candidates } from './queries.ts'
import { workerRoutes } from './routes.ts'

const api = await fixture(startApi(() => workerRoutes()))
const token = await api.token('workers:read')

beforeEach(() => api.db.run(sql`delete from worker`))

const get = (path: string) => api.call(`GET /api/v1/workers${path}`, { token })

test('a worker shows its load by status, and what has ended does not count', async () => {
  const worker = await given.worker(api.db, {
    capabilities: { runtimes: ['shell'], max_concurrent_executions: 4 },
  })
  for (const status of ['running', 'running', 'scheduled', 'completed', 'failed']) {
    await given.execution(api.db, { worker: worker.id, status })
  }

  const { status, body } = await get(`/${worker.id}`)

  expect(status).toBe(200)
  expect(body.data).toMatchObject({
    id: worker.id,
    name: worker.name,
    worker_role: 'action',
    status: 'busy',
    health_state: 'busy',
    heartbeat_stale: false,
    supported_runtimes: [{ name: 'shell', versions: [] }],
    load: { requested: 0, scheduled: 1, running: 2, total_active: 3, utilization_percent: 75 },
  })
  expect(body.data).not.toHaveProperty('capabilities')
  expect(body.data).not.toHaveProperty('instance')
})

test('the list is by name and can be filtered by what it shows', async () => {
  const old = new Date(Date.now() - 100_000).toISOString()
  await given.worker(api.db, { name: 'd', worker_role: 'sensor' })
  await given.worker(api.db, { name: 'c', cordoned: true, cordon_reason: 'repair' })
  await given.worker(api.db, { name: 'b', last_heartbeat: old })
  const busy = await given.worker(api.db, { name: 'a' })
  await given.execution(api.db, { worker: busy.id, status: 'running' })

  const namesOf = async (query: string) => names((await get(query)).body)

  expect(await namesOf('')).toEqual(['a', 'b', 'c', 'd'])
  expect(await namesOf('?role=sensor')).toEqual(['d'])
  expect(await namesOf('?status=busy')).toEqual(['a'])
  expect(await namesOf('?status=active')).toEqual(['b', 'c', 'd'])
  expect(await namesOf('?cordoned=TRUE')).toEqual(['c'])
  expect(await namesOf('?cordoned=false&role=action')).toEqual(['a', 'b'])
  expect(await namesOf('?health_state=offline')).toEqual(['b'])
  expect(await namesOf('?health_state=cordoned')).toEqual(['c'])
  expect((await get('?per_page=3&page=2')).body).toMatchObject({
    data: [{ name: 'd' }],
    pagination: {
      page: 2,
      page_size: 3,
      total_items: 4,
      total_pages: 2,
      has_next: false,
      has_previous: true,
    },
  })
})

test.each(['role=boss', 'status=asleep', 'cordoned=yes', 'health_state=fine'])(
  '%s is refused by name',
  async (query) => {
    expect(await get(`?${query}`)).toMatchObject({
      status: 400,
      body: { details: [{ field: query.split('=')[0] }] },
    })
  },
)

test('a worker that is not there is not found, and nobody looks without the permission', async () => {
  expect(await get('/1')).toMatchObject({ status: 404 })
  expect(await get('/x')).toMatchObject({ status: 400 })
  expect(await api.call('GET /api/v1/workers', { token: await api.token('packs:read') })).toMatchObject({
    status: 403,
  })
})

test('an execution looks with the grants of its permission sets', async () => {
  const set = await given.permissionSet(api.db, { grants: [{ resource: 'workers', actions: ['read'] }] })
  const granted = await given.execution(api.db, { status: 'running', permission_set_refs: [set.ref] })
  const plain = await given.execution(api.db, { status: 'running' })

  expect(await api.call('GET /api/v1/workers', { token: await api.executionToken(granted) })).toMatchObject({
    status: 200,
  })
  expect(await api.call('GET /api/v1/workers', { token: await api.executionToken(plain) })).toMatchObject({
    status: 403,
  })
})

test('a cordoned worker gets nothing new and says why, until it is uncordoned', async () => {
  const manager = await api.token('workers:manage')
  const worker = await given.worker(api.db)
  const call = (verb: string, body?: JsonObject) =>
    api.call(
      `POST /api/v1/workers/${worker.id}/${verb}`,
      body === undefined ? { token: manager } : { token: manager, body },
    )
  const passedOver = async () => {
    const profiles = (await candidates(api.db)).filter(({ id }) => id === worker.id).map(profileOf)
    return removedFrom(profiles, anything)
  }

  expect(await call('cordon', { reason: 'disk swap' })).toMatchObject({
    status: 200,
    body: {
      data: {
        cordoned: true,
        cordon_reason: 'disk swap',
        cordoned_by: expect.any(Number),
        cordoned_at: expect.any(String),
        health_state: 'cordoned',
      },
    },
  })
  expect(await passedOver()).toEqual([
    { worker: worker.name, filter: 'unavailable', why: 'is cordoned: disk swap' },
  ])
  expect(await call('cordon', {})).toMatchObject({ body: { data: { cordon_reason: null } } })
  expect(await passedOver()).toMatchObject([{ why: 'is cordoned' }])
  expect(await call('uncordon')).toMatchObject({
    status: 200,
    body: { data: { cordoned: false, cordon_reason: null, cordoned_by: null, cordoned_at: null } },
  })
  expect(await passedOver()).toEqual([])
  const events = await api.db.many<{ event_type: string }>(sql`
    select event_type from audit_event where resource_type = 'worker' and resource_id = ${worker.id} order by id`)
  expect(events.map(({ event_type }) => event_type)).toEqual([
    'worker.cordoned',
    'worker.cordoned',
    'worker.uncordoned',
  ])
})

const anything = readRequirement({
  runtime: undefined,
  runtime_version_constraint: null,
  required_worker_runtimes: {},
  placements: [],
})

test('a cordoned sensor host keeps its sensors and takes no more', async () => {
  const instance = randomUUID()
  const host = await given.worker(api.db, { worker_role: 'sensor', instance })
  const [kept, later] = [await given.sensor(api.db), await given.sensor(api.db)]
  const owner = { worker: host.id, worker_name: host.name, instance, lease_seconds: 90 }

  expect(await own(api.db, kept, owner)).toMatchObject({ held: true })
  await api.db.run(sql`update worker set cordoned = true where id = ${host.id}`)
  expect(await own(api.db, kept, owner)).toMatchObject({ held: true })
  expect(await own(api.db, later, owner)).toMatchObject({ held: false })
  await api.db.run(sql`update worker set cordoned = false where id = ${host.id}`)
  expect(await own(api.db, later, owner)).toMatchObject({ held: true })
})

test('cordoning needs its permission and a worker', async () => {
  const worker = await given.worker(api.db)
  const manager = await api.token('workers:manage')

  expect((await api.call(`POST /api/v1/workers/${worker.id}/cordon`, { token, body: {} })).status).toBe(403)
  expect((await api.call('POST /api/v1/workers/987654321/cordon', { token: manager, body: {} })).status).toBe(
    404,
  )
  expect((await api.call('POST /api/v1/workers/987654321/uncordon', { token: manager })).status).toBe(404)
})

function names(body: object): unknown[] {
  const data: unknown = Reflect.get(body, 'data')
  return Array.isArray(data) ? data.map((row: { name: unknown }) => row.name) : []
}
