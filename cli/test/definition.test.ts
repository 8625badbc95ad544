import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Api, type Received, type Routes, startApi } from './api-server.ts'
import { cli, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, args: string[], input = ''): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(args, { ...session(api.url), input })
}

const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:09Z' }

const action = { ref: 'demo.disk', pack_ref: 'demo', label: 'Disk', runtime_ref: 'core.shell', ...times }
const trigger = {
  ref: 'demo.deployed',
  pack_ref: 'demo',
  label: 'Deployed',
  enabled: true,
  webhook_enabled: false,
  ...times,
}
const sensor = { ref: 'demo.watch', pack_ref: 'demo', label: 'Watch', enabled: true, ...times }
const runtime = { ref: 'demo.lua', name: 'Lua', pack_ref: 'demo', aliases: ['lua'], versions: [], ...times }
const rule = {
  ref: 'demo.on_deploy',
  pack_ref: 'demo',
  label: 'On Deploy',
  trigger_ref: 'demo.deployed',
  action_ref: 'demo.disk',
  enabled: true,
  ...times,
}
const worker = {
  id: 7,
  name: 'w1',
  worker_role: 'action',
  health_state: 'cordoned',
  host: 'here',
  last_heartbeat: times.created,
  load: { running: 1, max_concurrent_executions: 10, sensor_processes_running: null },
  supported_runtimes: [{ name: 'python', versions: ['3.11.7'] }],
  cordoned: true,
  cordon_reason: 'update',
  ...times,
}

const answering = (data: object, status = 200) => ({ status, body: { data } })

function bodies(): unknown[] {
  return api.received.map(({ body }: Received) => body)
}

test('an action is created from a script and flags, completed from its ref', async () => {
  const script = join(newHome(), 'disk.sh')
  writeFileSync(script, 'df /\n')
  const flags = ['--runtime', 'core.shell', '--entrypoint', `@${script}`, '--timeout', '20']

  const ended = await run({ 'POST /api/v1/actions': () => answering(action, 201) }, [
    'action',
    'create',
    'demo.disk',
    ...flags,
    '--param-schema',
    '{"path": {"type": "string"}}',
    '--max-retries',
    '0',
    '--accept-env',
    'DEBUG',
    '--accept-env',
    'REGION',
    '--key',
    'mail.password',
  ])

  expect(ended).toEqual({ code: 0, stdout: '✓ Action demo.disk is created.\n', stderr: '' })
  expect(bodies()).toEqual([
    {
      ref: 'demo.disk',
      pack_ref: 'demo',
      label: 'Disk',
      entrypoint: 'df /\n',
      runtime_ref: 'core.shell',
      param_schema: { path: { type: 'string' } },
      timeout_seconds: 20,
      max_retries: 0,
      accepted_env_vars: ['DEBUG', 'REGION'],
      key_refs: ['mail.password'],
    },
  ])
})

test.each([
  ['action', ['demo.disk'], "A action needs 'entrypoint'"],
  ['action', ['--entrypoint', 'x.sh'], "needs 'ref'"],
  ['trigger', [], "needs 'ref'"],
  ['sensor', ['demo.watch', '--runtime', 'core.python', '--entrypoint', 'watch.py'], "needs 'trigger_ref'"],
])('%s create %j says what is missing before anything is sent', async (kind, args, said) => {
  const ended = await run({}, [kind, 'create', ...args])

  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(said.replace('A action', 'An action'))
  expect(api.received).toEqual([])
})

test('a trigger and a sensor are created from a file, and flags correct it', async () => {
  const routes: Routes = {
    'POST /api/v1/triggers': () => answering(trigger, 201),
    'POST /api/v1/sensors': () => answering(sensor, 201),
  }
  const file = ['--file', '-', '--disabled', '--label', 'Mine']

  await run(
    routes,
    ['trigger', 'create', ...file],
    'ref: demo.deployed\nlabel: Theirs\nout_schema: {a: {type: string}}\n',
  )
  await cli(['sensor', 'create', 'demo.watch', ...file, '-t', 'demo.deployed'], {
    ...session(api.url),
    input: 'runtime_ref: core.python\nentrypoint: watch.py\n',
  })

  expect(bodies()).toEqual([
    {
      ref: 'demo.deployed',
      pack_ref: 'demo',
      label: 'Mine',
      out_schema: { a: { type: 'string' } },
      enabled: false,
    },
    {
      ref: 'demo.watch',
      pack_ref: 'demo',
      label: 'Mine',
      runtime_ref: 'core.python',
      entrypoint: 'watch.py',
      trigger_ref: 'demo.deployed',
      enabled: false,
    },
  ])
})

test('a change says what it changes, and null empties what may be empty', async () => {
  const routes: Routes = {
    'PUT /api/v1/actions/demo.disk': () => answering(action),
    'PUT /api/v1/triggers/demo.deployed': () => answering(trigger),
    'PUT /api/v1/sensors/demo.watch': () => answering(sensor),
    'PUT /api/v1/runtimes/demo.lua': () => answering(runtime),
    'PUT /api/v1/rules/demo.on_deploy': () => answering(rule),
  }
  api = await startApi(routes)
  const put = (args: string[], input = '') => cli(args, { ...session(api.url), input })

  const changed = await put(
    ['action', 'update', 'demo.disk', '--file', '-', '--label', 'D'],
    'timeout_seconds: null\n',
  )
  await put(['trigger', 'update', 'demo.deployed', '--out-schema', '{"a": {"type": "string"}}'])
  await put(['sensor', 'update', 'demo.watch', '--file', '-'], 'param_schema: {op: clear}\n')
  await put(['runtime', 'update', 'demo.lua', '--file', '-'], 'aliases: [lua, lua5]\n')
  await put([
    'rule',
    'update',
    'demo.on_deploy',
    '--when',
    'event.payload.a',
    '--enabled',
    'false',
    '-a',
    'disk',
    '-t',
    'core.timer',
  ])

  expect(changed.stdout).toBe('✓ Action demo.disk is changed.\n')
  expect(bodies()).toEqual([
    { label: 'D', timeout_seconds: { op: 'clear' } },
    { out_schema: { op: 'set', value: { a: { type: 'string' } } } },
    { param_schema: { op: 'clear' } },
    { aliases: ['lua', 'lua5'] },
    {
      conditions: { expression: 'event.payload.a' },
      enabled: false,
      action_ref: 'demo.disk',
      trigger_ref: 'core.timer',
    },
  ])
})

test.each(['action', 'trigger', 'sensor', 'rule'])('%s update without a change is refused', async (kind) => {
  const ended = await run({}, [kind, 'update', 'demo.x'])

  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('Say what to change')
})

test.each(['action', 'trigger', 'sensor', 'runtime', 'rule'])('%s delete needs a yes', async (kind) => {
  const path = `DELETE /api/v1/${kind}s/demo.x`
  const refused = await run({ [path]: () => ({ body: { data: { success: true, message: 'gone' } } }) }, [
    kind,
    'delete',
    'demo.x',
  ])
  const done = await cli([kind, 'delete', 'demo.x', '--yes'], session(api.url))

  expect(refused.code).toBe(2)
  expect(done.stdout).toMatch(/^✓ .* demo\.x is deleted\.\n$/)
  expect(api.received).toHaveLength(1)
})

test.each([
  ['trigger', trigger],
  ['sensor', sensor],
])('%s enable and disable say how it is now', async (kind, row) => {
  const path = `POST /api/v1/${kind}s/${row.ref}`
  const routes: Routes = {
    [`${path}/enable`]: () => answering(row),
    [`${path}/disable`]: () => answering({ ...row, enabled: false }),
  }

  const on = await run(routes, [kind, 'enable', row.ref])
  const off = await cli([kind, 'disable', row.ref], session(api.url))

  expect(on.stdout).toContain(`${row.ref} is enabled.`)
  expect(off.stdout).toContain(`${row.ref} is disabled.`)
})

test('a worker is cordoned by its name, with a reason, and shows it', async () => {
  const pagination = { total_items: 1, has_next: false }
  const routes: Routes = {
    'GET /api/v1/workers': () => ({ body: { data: [worker], pagination } }),
    'GET /api/v1/workers/7': () => answering(worker),
    'POST /api/v1/workers/7/cordon': () => answering(worker),
    'POST /api/v1/workers/7/uncordon': () => answering({ ...worker, cordoned: false }),
  }

  const cordoned = await run(routes, ['worker', 'cordon', 'w1', '--reason', 'update'])
  const shown = await cli(['worker', 'get', '7'], session(api.url))
  const listed = await cli(['worker', 'list', '--role', 'action'], session(api.url))
  const unknown = await cli(['worker', 'uncordon', 'w2'], session(api.url))

  expect(cordoned.stdout).toBe('✓ Worker w1 gets no new work.\n')
  expect(api.received.find(({ method }) => method === 'POST')?.body).toEqual({ reason: 'update' })
  expect(shown.stdout).toMatch(/Running +1 of 10\nCordoned +update\nRuntimes +python 3\.11\.7/)
  expect(listed.stdout.split('\n')[1]).toMatch(/^7 +w1 +action +cordoned +1 of 10 +python 3\.11\.7/)
  expect(unknown).toMatchObject({ code: 5, stderr: expect.stringContaining("no worker 'w2'") })
})

test('sensors, runtimes and found actions are listed', async () => {
  const listing = (row: object) => () => ({ body: { data: [row], pagination: { has_next: false } } })
  const hit = {
    ref: 'demo.disk',
    pack_ref: 'demo',
    label: 'Disk',
    is_workflow: false,
    runtime_ref: 'core.shell',
  }
  const routes: Routes = {
    'GET /api/v1/sensors': listing(sensor),
    'GET /api/v1/runtimes': listing(runtime),
    'GET /api/v1/actions/search': listing(hit),
  }

  const sensors = await run(routes, ['sensor', 'list', '--pack', 'demo', '--enabled', 'true'])
  const runtimes = await cli(['runtime', 'list'], session(api.url))
  const found = await cli(['action', 'search', 'disk'], session(api.url))

  expect(sensors.stdout.split('\n')[1]).toMatch(/^demo\.watch +demo +Watch +yes/)
  expect(runtimes.stdout.split('\n')[1]).toMatch(/^demo\.lua +Lua +demo +lua/)
  expect(found.stdout.split('\n')[1]).toMatch(/^demo\.disk +demo +Disk +core\.shell/)
  expect(api.received.map(({ query }) => query)).toMatchObject([
    { pack_ref: 'demo', enabled: 'true' },
    {},
    { q: 'disk' },
  ])
})
