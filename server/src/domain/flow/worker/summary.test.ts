import { expect, test } from 'vitest'
import { toId } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { healthOf, summaryOf, type WorkerRow } from './summary.ts'

const idle = { requested: 0, scheduling: 0, scheduled: 0, running: 0, canceling: 0 }

function row(columns: Partial<WorkerRow> = {}): WorkerRow {
  return {
    id: toId<'worker'>(1),
    name: 'one',
    worker_type: 'local',
    worker_role: 'action',
    runtime: null,
    host: null,
    port: null,
    status: 'active',
    capabilities: null,
    meta: null,
    instance: null,
    last_heartbeat: null,
    cordoned: false,
    cordon_reason: null,
    cordoned_by: null,
    cordoned_at: null,
    created: '2026-01-01T00:00:00Z',
    updated: '2026-01-01T00:00:00Z',
    heartbeat_age: 3.7,
    ...idle,
    ...columns,
  }
}

test.each([
  ['cordoned', { cordoned: true, status: 'error' }, { stale: true, occupied: true }],
  ['error', { cordoned: false, status: 'error' }, { stale: true, occupied: false }],
  ['offline', { cordoned: false, status: 'inactive' }, { stale: false, occupied: true }],
  ['offline', { cordoned: false, status: 'busy' }, { stale: true, occupied: true }],
  ['busy', { cordoned: false, status: 'busy' }, { stale: false, occupied: false }],
  ['busy', { cordoned: false, status: 'active' }, { stale: false, occupied: true }],
  ['active', { cordoned: false, status: 'active' }, { stale: false, occupied: false }],
] as const)('a worker is %s when %j and %j', (state, worker, now) => {
  expect(healthOf(worker, now)).toBe(state)
})

test('a heartbeat is stale when it is older than 90 seconds or never came', () => {
  const states = [90, 90.1, null].map((heartbeat_age) => summaryOf(row({ heartbeat_age })).heartbeat_stale)

  expect(states).toEqual([false, true, true])
})

test('a worker that holds executions is busy, as full as its slots say', () => {
  const capabilities = { max_concurrent_executions: 8, health: { queue_depth: 2 } }

  expect(summaryOf(row({ running: 2, scheduled: 1, capabilities }))).toMatchObject({
    status: 'busy',
    health_state: 'busy',
    heartbeat_age_seconds: 3,
    load: {
      running: 2,
      scheduled: 1,
      total_active: 3,
      max_concurrent_executions: 8,
      utilization_percent: 38,
      queue_depth: 2,
    },
  })
})

test('a sensor host is as full as its sensors', () => {
  const capabilities = { max_concurrent_sensors: 4, sensor_processes_running: 1, active_rules: 3 }

  expect(summaryOf(row({ worker_role: 'sensor', capabilities }))).toMatchObject({
    health_state: 'busy',
    load: { utilization_percent: 25, active_rules: 3, max_concurrent_executions: null },
  })
})

test.each<[string, Json, object[]]>([
  ['nothing', null, []],
  ['names', { runtimes: ['shell'] }, [{ name: 'shell', versions: [] }]],
  [
    'names with versions beside them',
    { runtimes: ['python'], runtime_versions: { python: ['3.11.2', '3.9.1', '3.11.2'] } },
    [{ name: 'python', versions: ['3.9.1', '3.11.2'] }],
  ],
  [
    'objects',
    { runtimes: [{ name: 'node', versions: ['20.1.0'] }] },
    [{ name: 'node', versions: ['20.1.0'] }],
  ],
  ['rubbish', { runtimes: [1, null, {}], max_concurrent_executions: -1, runtime_versions: [] }, []],
])('runtimes are read from %s', (_, capabilities, expected) => {
  const summary = summaryOf(row({ capabilities }))

  expect(summary.supported_runtimes).toEqual(expected)
  expect(summary.load.utilization_percent).toBeNull()
})
