import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, args: string[], input = ''): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(args, { ...session(api.url), input })
}

const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:09Z' }

function rule(more: object = {}): { data: object } {
  const refs = {
    ref: 'demo.on_deploy',
    pack_ref: 'demo',
    trigger_ref: 'demo.deployed',
    action_ref: 'core.echo',
  }
  return { data: { id: 3, label: 'On Deploy', description: null, enabled: true, ...refs, ...times, ...more } }
}

const createRule: Routes = { 'POST /api/v1/rules': () => ({ status: 201, body: rule() }) }

function fileOf(text: string): string {
  const file = join(newHome(), 'rule.yaml')
  writeFileSync(file, text)
  return file
}

test('a rule is created from flags, completed from its ref', async () => {
  const flags = [
    '-t',
    'deployed',
    '-a',
    'core.echo',
    '--when',
    'payload.size > 10',
    '--param',
    'message={{ payload.name }}',
  ]

  const ended = await run(createRule, [
    'rule',
    'create',
    'demo.on_deploy',
    ...flags,
    '--trigger-params',
    '{"unit": "s"}',
  ])

  expect(ended).toEqual({ code: 0, stdout: '✓ Rule demo.on_deploy is created.\n', stderr: '' })
  expect(api.received[0]?.body).toEqual({
    ref: 'demo.on_deploy',
    pack_ref: 'demo',
    label: 'On Deploy',
    trigger_ref: 'demo.deployed',
    action_ref: 'core.echo',
    conditions: { expression: 'payload.size > 10' },
    action_params: { message: '{{ payload.name }}' },
    trigger_params: { unit: 's' },
  })
})

test('a rule is created from a file, and flags correct it', async () => {
  const file = fileOf(
    'ref: demo.a\ntrigger_ref: deployed\naction_ref: core.echo\naction_params: {message: hi}\nenabled: true\n',
  )

  await run(createRule, ['rule', 'create', '--file', file, '--disabled', '--label', 'Mine'])

  expect(api.received[0]?.body).toEqual({
    ref: 'demo.a',
    pack_ref: 'demo',
    label: 'Mine',
    trigger_ref: 'demo.deployed',
    action_ref: 'core.echo',
    action_params: { message: 'hi' },
    enabled: false,
  })
})

test('a mistyped field of a rule file is refused before anything is sent', async () => {
  const file = fileOf('ref: demo.a\ntrigger_ref: x\naction_ref: y\ncondition: {expression: "false"}\n')

  const ended = await run(createRule, ['rule', 'create', '--file', file])

  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('  condition: ')
  expect(api.received).toEqual([])
})

test('rule enable and disable post and print the rule in the asked format', async () => {
  const routes: Routes = {
    'POST /api/v1/rules/demo.on_deploy/enable': () => ({ body: rule() }),
    'POST /api/v1/rules/demo.on_deploy/disable': () => ({ body: rule({ enabled: false }) }),
  }

  const enabled = await run(routes, ['rule', 'enable', 'demo.on_deploy'])
  const disabled = await cli(['rule', 'disable', 'demo.on_deploy', '--output=json'], session(api.url))

  expect(enabled.stdout).toBe('✓ Rule demo.on_deploy is enabled.\n')
  expect(JSON.parse(disabled.stdout)).toMatchObject({ enabled: false })
  expect(api.received.map(({ body }) => body)).toEqual([undefined, undefined])
})

test('rule delete needs --yes where nobody can be asked', async () => {
  const routes: Routes = {
    'DELETE /api/v1/rules/demo.on_deploy': () => ({ body: { data: { success: true, message: 'gone' } } }),
  }

  const unasked = await run(routes, ['rule', 'delete', 'demo.on_deploy'], 'y\n')
  const asJson = await cli(['rule', 'delete', 'demo.on_deploy', '-j'], session(api.url))
  expect(api.received).toEqual([])
  const confirmed = await cli(['rule', 'delete', 'demo.on_deploy', '--yes'], session(api.url))

  expect(unasked).toMatchObject({ code: 2, stdout: '' })
  expect(asJson).toMatchObject({ code: 2, stdout: '' })
  expect(confirmed).toEqual({ code: 0, stdout: '✓ Rule demo.on_deploy is deleted.\n', stderr: '' })
})

const emitted = {
  data: { id: 12, trigger_ref: 'demo.deployed', source_ref: null, rule_ref: null, payload: null, ...times },
}
const emitEvent: Routes = { 'POST /api/v1/events': () => ({ status: 201, body: emitted }) }

test('an event is emitted with a payload from the line, a file or a pipe', async () => {
  const file = fileOf('{"from": "file"}')
  const line = await run(emitEvent, [
    'event',
    'emit',
    'demo.deployed',
    '--payload',
    '{"a": 1}',
    '--dedupe-key',
    'k1',
  ])
  await cli(['event', 'emit', 'demo.deployed', '--payload', `@${file}`], session(api.url))
  await cli(['event', 'emit', 'demo.deployed', '--payload', '-'], { ...session(api.url), input: '[1]' })
  await cli(['event', 'emit', 'demo.deployed'], session(api.url))

  expect(line).toEqual({ code: 0, stdout: '✓ Event 12 of demo.deployed is made.\n', stderr: '' })
  expect(api.received.map(({ body }) => body)).toEqual([
    { trigger_ref: 'demo.deployed', payload: { a: 1 }, dedupe_key: 'k1' },
    { trigger_ref: 'demo.deployed', payload: { from: 'file' } },
    { trigger_ref: 'demo.deployed', payload: [1] },
    { trigger_ref: 'demo.deployed' },
  ])
})

test('an event is shown with its payload', async () => {
  const event = { ...emitted.data, payload: { a: 1 } }

  const ended = await run({ 'GET /api/v1/events/12': () => ({ body: { data: event } }) }, [
    'event',
    'get',
    '12',
  ])

  expect(ended.stdout).toContain('\nPayload:\n{\n  "a": 1\n}\n')
})

test('a pack is registered from an absolute path', async () => {
  const pack = { ref: 'demo', label: 'Demo', version: '1.0.0', tags: [], is_standard: false, ...times }
  const routes: Routes = { 'POST /api/v1/packs/register': () => ({ status: 201, body: { data: pack } }) }

  const ended = await run(routes, ['pack', 'register', 'packs/demo', '--force'])

  expect(ended.stdout).toBe('✓ Pack demo 1.0.0 is registered.\n')
  expect(api.received[0]?.body).toEqual({
    path: join(process.cwd(), 'packs/demo'),
    force: true,
    skip_tests: false,
  })
})

test('a webhook is switched on and off, and its address is shown', async () => {
  const trigger = { ref: 'demo.deployed', pack_ref: 'demo', label: 'Deployed', enabled: true, ...times }
  const on = { data: { ...trigger, webhook_enabled: true, webhook_key: 'wh_abc' } }
  const off = { data: { ...trigger, webhook_enabled: false } }
  const routes: Routes = {
    'POST /api/v1/triggers/demo.deployed/webhooks/enable': () => ({ body: on }),
    'POST /api/v1/triggers/demo.deployed/webhooks/regenerate': () => ({ body: on }),
    'POST /api/v1/triggers/demo.deployed/webhooks/disable': () => ({ body: off }),
  }

  const enabled = await run(routes, ['webhook', 'enable', 'demo.deployed'])
  const regenerated = await cli(['webhook', 'regenerate', 'demo.deployed', '-q'], session(api.url))
  const disabled = await cli(['webhook', 'disable', 'demo.deployed'], session(api.url))

  expect(enabled.stdout).toMatch(new RegExp(`^URL +${api.url}/api/v1/webhooks/wh_abc$`, 'm'))
  expect(regenerated.stdout).toBe(`${api.url}/api/v1/webhooks/wh_abc\n`)
  expect(disabled.stdout).toMatch(/^Webhook +disabled$/m)
})

test('health needs no login and exits 7 when the API is not well', async () => {
  let status = 200
  const routes: Routes = {
    'GET /health/detailed': () => ({
      status,
      body: { status: status === 200 ? 'ok' : 'error', database: 'connected' },
    }),
  }
  api = await startApi(routes)

  const well = await cli(['health', '--api-url', api.url])
  status = 503
  const unwell = await cli(['health', '--api-url', api.url, '-j'])

  expect(well).toMatchObject({ code: 0, stderr: '' })
  expect(well.stdout).toMatch(/^Database +connected$/m)
  expect(unwell.code).toBe(7)
  expect(JSON.parse(unwell.stdout)).toEqual({ status: 'error', database: 'connected' })
})

test.each([
  ['y\n', 1],
  ['n\n', 0],
  ['\n', 0],
])(
  'rule delete at a terminal asks; the answer %j sends %i requests and is no error',
  async (typed, requests) => {
    api = await startApi({
      'DELETE /api/v1/rules/demo.on_deploy': () => ({ body: { data: { success: true, message: 'gone' } } }),
    })

    const ended = await cli(['rule', 'delete', 'demo.on_deploy'], { ...session(api.url), typed })

    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('Delete rule demo.on_deploy? [y/N]')
    expect(api.received).toHaveLength(requests)
  },
)
