import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['dead-letter', ...args], session(api.url))
}

function letter(id: number, more: object = {}): object {
  return {
    id,
    queue: 'attune.enforcements.queue',
    exchange: 'attune.executions',
    routing_key: 'enforcement.created',
    type: 'EnforcementCreated',
    message_id: null,
    correlation_id: null,
    attempts: 5,
    reason: 'exhausted',
    error: 'a bug',
    first_failed_at: '2031-05-06T07:08:09.123456Z',
    last_failed_at: '2031-05-06T07:09:09.123456Z',
    status: 'open',
    resolved_at: null,
    resolved_by: null,
    new_execution: null,
    created: '2031-05-06T07:09:09.123456Z',
    ...more,
  }
}

const bodies = () => api.received.map(({ method, path, body }) => [`${method} ${path}`, body])

test('dead-letter list filters at the server', async () => {
  const ended = await run(
    { 'GET /api/v1/dead-letters': () => listOf([letter(7)]) },
    'list',
    '--queue',
    'attune.enforcements.queue',
    '--reason',
    'exhausted',
    '--status',
    'all',
  )

  expect(ended.stdout).toContain('7   attune.enforcements.queue  EnforcementCreated  exhausted  a bug  open')
  expect(api.received[0]?.query).toEqual({
    queue: 'attune.enforcements.queue',
    reason: 'exhausted',
    status: 'all',
    page: '1',
    per_page: '50',
  })
})

test('dead-letter get shows the payload and the stack', async () => {
  const data = letter(7, { payload: { enforcement_id: 3 }, stack: 'Error: a bug\n  at x' })

  const ended = await run({ 'GET /api/v1/dead-letters/7': () => ({ body: { data } }) }, 'get', '7')

  expect(ended.stdout).toMatch(/^Routing key +enforcement\.created$/m)
  expect(ended.stdout).toContain('\nPayload:\n{\n  "enforcement_id": 3\n}\n')
  expect(ended.stdout).toContain('\nStack:\nError: a bug\n  at x\n')
})

test('dead-letter replay takes ids and names the new execution', async () => {
  const ended = await run(
    {
      'POST /api/v1/dead-letters/7/replay': () => ({ body: { data: letter(7, { status: 'replayed' }) } }),
      'POST /api/v1/dead-letters/8/replay': () => ({
        body: { data: letter(8, { status: 'replayed', new_execution: 42 }) },
      }),
    },
    'replay',
    '7',
    '8',
  )

  expect(ended).toEqual({
    code: 0,
    stdout: '✓ Dead letter 7 is replayed.\n✓ Dead letter 8 is replayed as execution 42.\n',
    stderr: '',
  })
})

test('dead-letter replay by filter goes on until nothing more matches', async () => {
  let calls = 0
  const answer = () => ({ body: { data: { resolved: 2, refused: [], more: (calls += 1) < 2 } } })

  const ended = await run(
    { 'POST /api/v1/dead-letters/replay': answer },
    'replay',
    '--type',
    'EnforcementCreated',
    '--all',
  )

  expect(ended).toEqual({ code: 0, stdout: '✓ 4 dead letters are replayed.\n', stderr: '' })
  expect(bodies()).toEqual([
    ['POST /api/v1/dead-letters/replay', { filter: { type: 'EnforcementCreated' } }],
    ['POST /api/v1/dead-letters/replay', { filter: { type: 'EnforcementCreated' } }],
  ])
})

test('letters that are refused are named, and asking for more of them stops', async () => {
  const refused = [{ id: 7, error: 'Nothing left to do.' }]
  const answer = () => ({ body: { data: { resolved: 0, refused, more: true } } })

  const ended = await run({ 'POST /api/v1/dead-letters/replay': answer }, 'replay', '--queue', 'q', '--all')

  expect(ended.code).toBe(6)
  expect(ended.stderr).toBe('Error: 1 dead letters were refused and stay open.\n  7: Nothing left to do.\n')
  expect(api.received).toHaveLength(1)
})

test('a selection that may be a slip is refused before anything is sent', async () => {
  const slips = [[], ['--queue', 'q'], ['--all'], ['7', '--all'], ['7', '--type', 'T'], ['x']]

  const ended = [await run({}, 'replay', 'y')]
  for (const slip of slips) ended.push(await cli(['dead-letter', 'replay', ...slip], session(api.url)))

  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 2))
  expect(api.received).toEqual([])
})

test('dead-letter discard needs --yes where nobody can be asked', async () => {
  const routes: Routes = {
    'POST /api/v1/dead-letters/7/discard': () => ({ body: { data: letter(7, { status: 'discarded' }) } }),
  }

  const unasked = await run(routes, 'discard', '7')
  expect(api.received).toEqual([])
  const confirmed = await cli(['dead-letter', 'discard', '7', '--yes'], session(api.url))

  expect(unasked).toMatchObject({ code: 2, stdout: '' })
  expect(unasked.stderr).toContain('Discard dead letter 7? Confirm with --yes.')
  expect(confirmed).toEqual({ code: 0, stdout: '✓ Dead letter 7 is discarded.\n', stderr: '' })
})
