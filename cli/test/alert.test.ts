import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

const alert = {
  correlation_id: 'worker:7:stale_heartbeat',
  severity: 'error',
  category: 'worker_health',
  failure_type: 'worker_stale_heartbeat',
  component_type: 'worker',
  summary: 'The worker w is silent. Restart it.',
  details: {},
  sightings: 3,
  first_seen_at: '2031-05-06T07:08:09.123456Z',
  last_seen_at: '2031-05-06T07:08:09.123456Z',
  announced_at: '2031-05-06T07:08:09.123456Z',
  cleared_at: null,
}

test('alerts are listed with what to do about them, and the filters go to the server', async () => {
  api = await startApi({ 'GET /api/v1/alerts': () => listOf([alert]) })

  const args = ['alert', 'list', '--open', '--severity', 'error', '--category', 'worker_health']
  const { code, stdout } = await cli(args, session(api.url))

  expect(code).toBe(0)
  expect(stdout).toContain('worker:7:stale_heartbeat  error     3')
  expect(stdout).toContain('The worker w is silent. Restart it.')
  expect(api.received[0]).toMatchObject({
    query: { open: 'true', severity: 'error', category: 'worker_health' },
  })
})
