import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['audit', ...args], session(api.url))
}

function denied(more: object = {}): object {
  return {
    id: 12,
    created: '2031-05-06T07:08:09.123456Z',
    category: 'api',
    event_type: 'api.delete.denied',
    outcome: 'denied',
    actor_identity: 7,
    actor_login: 'ada',
    resource_type: null,
    resource_ref: null,
    http_method: 'DELETE',
    http_path: '/api/v1/rules/demo.one',
    http_status: 403,
    request_id: '6f1c3a52-8d1e-4b7e-9a53-0d7a3b9c2e11',
    ...more,
  }
}

test('audit list filters at the server', async () => {
  const ended = await run(
    { 'GET /api/v1/audit-events': () => listOf([denied()]) },
    'list',
    '--actor-login',
    'ada',
    '--outcome',
    'denied',
    '--http-method',
    'DELETE',
    '--after',
    '2031-05-06T00:00:00Z',
    '--resource-id',
    '5',
  )

  expect(ended.stdout).toContain(
    '12  2031-05-06 07:08:09 UTC  api.delete.denied  denied   ada              DELETE /api/v1/rules/demo.one 403',
  )
  expect(api.received[0]?.query).toEqual({
    actor_login: 'ada',
    outcome: 'denied',
    http_method: 'DELETE',
    created_after: '2031-05-06T00:00:00Z',
    resource_id: '5',
    page: '1',
    per_page: '50',
  })
})

test('audit list shows how many requests of strangers came from where', async () => {
  const counted = (more: object) =>
    denied({
      event_type: 'api.strangers.denied',
      actor_login: null,
      http_method: null,
      http_path: null,
      ...more,
    })
  const rows = [
    counted({ id: 1, actor_ip: '192.0.2.7', requests: 6000 }),
    counted({ id: 2, actor_ip: null, requests: 1 }),
  ]

  const ended = await run({ 'GET /api/v1/audit-events': () => listOf(rows) }, 'list')

  expect(ended.stdout).toMatch(/api\.strangers\.denied +denied +192\.0\.2\.7 +6000 requests/)
  expect(ended.stdout).toMatch(/api\.strangers\.denied +denied +many addresses +1 request$/m)
})

test('audit get shows the row with its details', async () => {
  const data = denied({ actor_ip: '198.51.100.7', duration_ms: 3, details: { permission: 'rules:delete' } })

  const ended = await run({ 'GET /api/v1/audit-events/12': () => ({ body: { data } }) }, 'get', '12')

  expect(ended.stdout).toMatch(/^Address +198\.51\.100\.7$/m)
  expect(ended.stdout).toContain('\nDetails:\n{\n  "permission": "rules:delete"\n}\n')
})

test('audit chain lists what a request did', async () => {
  const id = '6f1c3a52-8d1e-4b7e-9a53-0d7a3b9c2e11'
  const answer = () => ({ body: { data: [denied({ id: 11, event_type: 'rbac.denied' }), denied()] } })

  const ended = await run({ [`GET /api/v1/audit-events/by-request/${id}`]: answer }, 'chain', id, '-q')

  expect(ended).toEqual({ code: 0, stdout: '11\n12\n', stderr: '' })
})

test('audit export hands on the lines as they are', async () => {
  const lines = '{"id":1,"actor_login":"ädä"}\n{"id":2}\n'
  const ended = await run(
    {
      'GET /api/v1/audit-events/export': () => ({
        write(response) {
          response.writeHead(200, { 'content-type': 'application/x-ndjson' })
          const bytes = Buffer.from(lines)
          response.write(bytes.subarray(0, 23))
          response.end(bytes.subarray(23))
        },
      }),
    },
    'export',
    '--category',
    'admin',
  )

  expect(ended).toEqual({ code: 0, stdout: lines, stderr: '' })
  expect(api.received[0]?.query).toEqual({ category: 'admin' })
})

test('an export that breaks off is a failure', async () => {
  const ended = await run(
    {
      'GET /api/v1/audit-events/export': () => ({
        write(response) {
          response.writeHead(200, { 'content-type': 'application/x-ndjson' })
          response.write('{"id":1}\n', () => response.destroy())
        },
      }),
    },
    'export',
  )

  expect(ended.code).toBe(7)
  expect(ended.stderr).toContain('not all of it')
})
