import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Reply, type Routes, startApi } from './api-server.ts'
import { cli, type CliOptions, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

function ada(more: object = {}): object {
  return {
    id: 7,
    login: 'ada',
    display_name: 'Ada',
    frozen: false,
    attributes: {},
    roles: [],
    direct_permissions: [],
    permission_set_refs: [],
    ...more,
  }
}

const role = {
  id: 3,
  identity_id: 7,
  role: 'ops',
  source: 'manual',
  managed: false,
  created: '',
  updated: '',
}
const set = { id: 4, identity_id: 7, permission_set_id: 1, permission_set_ref: 'core.viewer', created: '' }
const data =
  (value: unknown): (() => Reply) =>
  () => ({ body: { data: value } })
const acknowledged = data({ success: true, message: 'done' })

/** Ada is there under her login and her id. */
const known = (more: object = {}): Routes => ({
  'GET /api/v1/identities': ({ query }) => listOf(query.login === 'ada' ? [ada({ roles: [] })] : []),
  'GET /api/v1/identities/7': data(ada(more)),
})

async function run(routes: Routes, args: string[], options: CliOptions = {}): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['identity', ...args], { ...session(api.url), ...options })
}

const sent = () => api.received.filter(({ method }) => method !== 'GET')

test('identity list shows roles and filters at the server', async () => {
  const ended = await run({ 'GET /api/v1/identities': () => listOf([ada({ roles: ['ops', 'dev'] })]) }, [
    'list',
    '--search',
    'ad',
    '--frozen',
    'false',
  ])

  expect(ended.stdout).toContain('7   ada    Ada   ops, dev  no')
  expect(api.received[0]?.query).toMatchObject({ search: 'ad', frozen: 'false' })
})

test('identity get finds by login, and a login of digits by id', async () => {
  const managed = { ...role, managed: true, source: 'oidc' }
  const byLogin = await run(known({ roles: [managed], permission_set_refs: ['core.viewer'] }), ['get', 'ada'])
  const byId = await cli(['identity', 'get', '7', '-q'], session(api.url))
  const nobody = await cli(['identity', 'get', 'bob'], session(api.url))

  expect(byLogin.stdout).toMatch(/^Roles +ops \(oidc\)$/m)
  expect(byLogin.stdout).toMatch(/^All permission sets +core\.viewer$/m)
  expect(byId).toMatchObject({ code: 0, stdout: 'ada\n' })
  expect(nobody).toMatchObject({ code: 5, stdout: '' })
})

test('identity create reads the password from standard input and gives roles and sets', async () => {
  const routes: Routes = {
    'POST /api/v1/identities': data(ada()),
    'POST /api/v1/identities/7/roles': data(role),
    'POST /api/v1/permissions/assignments': data(set),
    'GET /api/v1/identities/7': data(
      ada({ roles: [role], direct_permissions: [set], permission_set_refs: ['core.viewer'] }),
    ),
  }

  const ended = await run(
    routes,
    ['create', 'ada', '--name', 'Ada', '--password-stdin', '--role', 'ops', '--set', 'core.viewer'],
    { input: 'correct horse\n' },
  )

  expect(ended).toEqual({
    code: 0,
    stdout: '✓ Identity ada is created. ada has the role ops and the permission set core.viewer.\n',
    stderr: '',
  })
  expect(sent().map(({ path, body }) => [path, body])).toEqual([
    ['/api/v1/identities', { login: 'ada', display_name: 'Ada', password: 'correct horse' }],
    ['/api/v1/identities/7/roles', { role: 'ops' }],
    ['/api/v1/permissions/assignments', { identity_id: 7, permission_set_ref: 'core.viewer' }],
  ])
})

test('a password is typed twice, and a slip changes nothing', async () => {
  const routes = { ...known(), 'PUT /api/v1/identities/7': data(ada()) }
  const slip = await run(routes, ['update', 'ada', '--password'], {
    typed: 'correct horse\rcorrect hoarse\r',
  })
  expect(slip.code).toBe(2)
  expect(sent()).toEqual([])

  const typed = await cli(['identity', 'update', 'ada', '--password'], {
    ...session(api.url),
    typed: 'correct horse\rcorrect horse\r',
  })

  expect(typed).toMatchObject({ code: 0, stdout: '✓ Identity ada is changed.\n' })
  expect(sent().map(({ body }) => body)).toEqual([{ password: 'correct horse' }])
  expect(typed.stderr).not.toContain('horse')
})

test('a password comes from a file, and attributes too', async () => {
  const home = newHome()
  writeFileSync(join(home, 'password'), 'from a file\n')
  writeFileSync(join(home, 'attributes.json'), '{"team": "ops"}')

  await run({ ...known(), 'PUT /api/v1/identities/7': data(ada()) }, [
    'update',
    'ada',
    '--password-file',
    join(home, 'password'),
    '--attributes',
    `@${join(home, 'attributes.json')}`,
  ])

  expect(sent().map(({ body }) => body)).toEqual([{ attributes: { team: 'ops' }, password: 'from a file' }])
})

test('what cannot be meant is refused before anything is sent', async () => {
  const ended = [await run({}, ['update', 'ada'])]
  for (const args of [
    ['create', 'ada', '--password', '--password-stdin'],
    ['create', 'ada', '--password'],
    ['assign', 'ada'],
    ['unassign', 'ada'],
  ])
    ended.push(await cli(['identity', ...args], session(api.url)))

  expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2])
  expect(api.received).toEqual([])
})

test('identity unassign finds the assignments, and takes none when one is missing', async () => {
  const routes = {
    ...known({ roles: [role], direct_permissions: [set] }),
    'DELETE /api/v1/identities/roles/3': acknowledged,
    'DELETE /api/v1/permissions/assignments/4': acknowledged,
  }
  const missing = await run(routes, ['unassign', 'ada', '--role', 'ops', '--set', 'core.admin'])
  expect(sent()).toEqual([])

  const taken = await cli(
    ['identity', 'unassign', 'ada', '--role', 'ops', '--set', 'core.viewer'],
    session(api.url),
  )

  expect(missing).toMatchObject({
    code: 5,
    stderr: "Error: 'ada' has no permission set of its own 'core.admin'.\n",
  })
  expect(taken.code).toBe(0)
  expect(sent().map(({ path }) => path)).toEqual([
    '/api/v1/identities/roles/3',
    '/api/v1/permissions/assignments/4',
  ])
})

test('identity freeze, unfreeze and delete name whom they mean', async () => {
  const frozen = await run({ ...known(), 'POST /api/v1/identities/7/freeze': acknowledged }, [
    'freeze',
    'ada',
  ])
  const unasked = await cli(['identity', 'delete', 'ada'], session(api.url))

  expect(frozen.stdout).toBe('✓ Identity ada is frozen.\n')
  expect(unasked).toMatchObject({ code: 2 })
  expect(unasked.stderr).toContain('Delete identity ada? Confirm with --yes.')
})

const open = {
  id: 12,
  identity_id: 7,
  provider: 'local',
  integration_token_id: null,
  integration_token_label: null,
  client_ip: '192.0.2.7',
  user_agent: 'attune-cli/1',
  current: true,
  created: '2026-11-25T11:12:41Z',
  last_used_at: '2026-11-25T11:12:41Z',
  expires_at: '2026-12-02T11:12:41Z',
}

test('identity sessions lists your own, or those of another identity', async () => {
  const own = await run({ 'GET /auth/sessions': () => listOf([open]) }, ['sessions'])
  expect(own.code).toBe(0)
  expect(own.stdout).toMatch(/^12 \(this one\) +local +192\.0\.2\.7 +attune-cli\/1 /m)
  await api.close()

  const routes = {
    ...known(),
    'GET /api/v1/identities/7/sessions': () => listOf([{ ...open, current: false }]),
  }
  const other = await run(routes, ['sessions', 'ada', '-q'])
  expect(other).toEqual({ code: 0, stdout: '12\n', stderr: '' })
})

test.each([
  [['12'], 'DELETE /auth/sessions/12'],
  [['--all'], 'DELETE /auth/sessions'],
  [['12', '--of', 'ada'], 'DELETE /api/v1/identities/7/sessions/12'],
  [['--all', '--of', 'ada'], 'DELETE /api/v1/identities/7/sessions'],
])('identity sessions end %j asks for %s', async (args, what) => {
  const ended = await run({ ...known(), [what]: acknowledged }, ['sessions', 'end', ...args])

  expect(ended).toMatchObject({ code: 0, stdout: '✓ done\n' })
  expect(sent().map(({ method, path }) => `${method} ${path}`)).toEqual([what])
})

test.each([[[]], [['12', '--all']]])('identity sessions end %j is not understood', async (args) => {
  const ended = await run({}, ['sessions', 'end', ...args])

  expect(ended.code).toBe(2)
  expect(api.received).toEqual([])
})
