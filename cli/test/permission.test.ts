import { afterEach, expect, test } from 'vitest'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

const role = { id: 9, permission_set_id: 4, permission_set_ref: 'demo.clerk', role: 'clerks', created: '' }
const clerk = {
  id: 4,
  ref: 'demo.clerk',
  pack_ref: 'demo',
  label: 'Clerk',
  description: null,
  modified: true,
  grants: [
    { resource: 'rules', actions: ['read', 'update'], constraints: { pack_refs: ['demo'] } },
    { resource: 'events', actions: ['read'] },
  ],
  roles: [role],
}

async function run(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi({ 'GET /api/v1/permissions/sets': () => ({ body: { data: [clerk] } }), ...routes })
  return cli(['permission', ...args], session(api.url))
}

test('permission list shows what a set grants and to whom', async () => {
  const ended = await run({}, 'list', '--pack', 'demo')

  expect(ended.stdout).toContain('demo.clerk  Clerk  clerks  yes      rules*: read update; events: read')
  expect(api.received[0]?.query).toEqual({ pack_ref: 'demo' })
})

test('permission get shows the grants in full; one that is not there exits 5', async () => {
  const shown = await run({}, 'get', 'demo.clerk')
  const missing = await cli(['permission', 'get', 'demo.nobody'], session(api.url))

  expect(shown.stdout).toContain('"pack_refs": [\n        "demo"\n      ]')
  expect(missing.code).toBe(5)
})

test('permission update keeps the grants unless others are given', async () => {
  const put = { 'PUT /api/v1/permissions/sets/4': () => ({ body: { data: clerk } }) }

  await run(put, 'update', 'demo.clerk', '--label', 'Clerks')
  await cli(['permission', 'update', 'demo.clerk', '--grants', '[]'], session(api.url))

  expect(api.received.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
    { grants: clerk.grants, label: 'Clerks' },
    { grants: [] },
  ])
})

test('permission assign and unassign go by the name of the role', async () => {
  const given = await run(
    {
      'POST /api/v1/permissions/sets/4/roles': () => ({ status: 201, body: { data: role } }),
      'DELETE /api/v1/permissions/sets/roles/9': () => ({ body: { data: { success: true, message: '' } } }),
    },
    'assign',
    'demo.clerk',
    '--role',
    'clerks',
  )
  const taken = await cli(['permission', 'unassign', 'demo.clerk', '--role', 'clerks'], session(api.url))
  const missing = await cli(['permission', 'unassign', 'demo.clerk', '--role', 'ops'], session(api.url))

  expect(given.stdout).toBe('✓ Everybody with the role clerks has demo.clerk.\n')
  expect(taken.stdout).toBe('✓ The role clerks no longer has demo.clerk.\n')
  expect(missing.code).toBe(5)
})
