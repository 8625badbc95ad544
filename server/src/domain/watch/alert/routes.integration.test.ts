import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { sql } from '../../../database/sql.ts'
import { sweepRoutes } from '../sweep/routes.ts'
import type { AlertOccurrence } from './alert.ts'
import { clear, raise } from './raise.ts'
import { fixture } from '../../../../test/fixture.ts'
import { alertRoutes } from './routes.ts'

const api = await fixture(startApi(() => [...alertRoutes(), ...sweepRoutes()]))
const token = await api.token('workers:read')
const trouble: AlertOccurrence = {
  correlation_id: 'worker:7:stale_heartbeat',
  severity: 'error',
  category: 'worker_health',
  failure_type: 'worker_stale_heartbeat',
  component_type: 'worker',
  component_id: 7,
  summary: 'The worker w is silent. Restart it.',
}
const over = {
  ...trouble,
  correlation_id: 'sweep:x',
  severity: 'warning',
  category: 'maintenance',
} as const
await api.db.transaction((tx) => raise(tx, [trouble, over], 60))
await clear(api.db, ['sweep:x'])
await api.db.run(sql`insert into sweep (name, last_result) values ('redrive_events', '{"done": 3}')`)

async function ids(query: string): Promise<unknown> {
  const { body } = await api.call(`GET /api/v1/alerts${query}`, { token })
  return Array.isArray(body.data) ? body.data.map((alert) => Object(alert).correlation_id) : body
}

test('alerts are listed open ones first', async () => {
  const { status, body } = await api.call('GET /api/v1/alerts', { token })

  expect(status).toBe(200)
  expect(body.data).toMatchObject([
    { correlation_id: 'worker:7:stale_heartbeat', sightings: 1, cleared_at: null, component_id: 7 },
    { correlation_id: 'sweep:x', cleared_at: expect.any(String) },
  ])
  expect(body.pagination).toMatchObject({ total_items: 2, page: 1 })
})

test.each([
  ['?open=true', ['worker:7:stale_heartbeat']],
  ['?open=false', ['sweep:x']],
  ['?severity=warning', ['sweep:x']],
  ['?category=worker_health', ['worker:7:stale_heartbeat']],
  ['?open=true&severity=warning', []],
])('%s narrows the list', async (query, expected) => {
  expect(await ids(query)).toEqual(expected)
})

test('a sweep shows when it last ran and what it did', async () => {
  const { body } = await api.call('GET /api/v1/sweeps', { token })

  expect(body.data).toMatchObject([{ name: 'redrive_events', last_result: { done: 3 } }])
})

test.each(['GET /api/v1/alerts', 'GET /api/v1/sweeps'] as const)('%s wants workers:read', async (what) => {
  const other = await api.token('events:read')

  expect((await api.call(what, { token: other })).status).toBe(403)
})
