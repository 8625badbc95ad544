import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, ...args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(args, session(api.url))
}

function rule(id: number, more: object = {}): object {
  return {
    id,
    ref: `demo.r${id}`,
    pack_ref: 'demo',
    label: `Rule ${id}`,
    description: null,
    trigger_ref: 'core.timer',
    action_ref: 'core.echo',
    enabled: true,
    created: '2031-05-06T07:08:09.123456Z',
    updated: '2031-05-06T07:08:09.123456Z',
    ...more,
  }
}

test('a piped list is aligned columns without colours or boxes', async () => {
  const rows = [rule(1, { label: 'Ein längerer Name' }), rule(2, { label: '漢字', enabled: false })]

  const ended = await run({ 'GET /api/v1/rules': () => listOf(rows) }, 'rule', 'list')

  expect(ended).toEqual({
    code: 0,
    stdout: [
      'Ref      Pack  Label              Trigger     Action     Enabled',
      'demo.r1  demo  Ein längerer Name  core.timer  core.echo  yes',
      'demo.r2  demo  漢字               core.timer  core.echo  no',
      '',
    ].join('\n'),
    stderr: '',
  })
})

test('json and yaml print the rows as the server sent them', async () => {
  const rows = [rule(1, { unknown_to_the_cli: { a: [1] } })]

  const json = await run({ 'GET /api/v1/rules': () => listOf(rows) }, 'rule', 'list', '-j')
  const yaml = await cli(['rule', 'list', '--yaml'], session(api.url))

  expect(JSON.parse(json.stdout)).toEqual(rows)
  expect(parse(yaml.stdout)).toEqual(rows)
})

test('--quiet prints one ref a line', async () => {
  const ended = await run({ 'GET /api/v1/rules': () => listOf([rule(1), rule(2)]) }, '-q', 'rule', 'list')

  expect(ended).toEqual({ code: 0, stdout: 'demo.r1\ndemo.r2\n', stderr: '' })
})

test('filters and paging go to the server', async () => {
  const flags = ['--pack', 'demo', '--trigger', 'core.timer', '--action', 'core.echo', '--enabled', 'false']

  await run(
    { 'GET /api/v1/rules': () => listOf([]) },
    'rule',
    'list',
    ...flags,
    '--limit',
    '7',
    '--page',
    '3',
  )

  expect(api.received[0]).toMatchObject({
    authorization: 'Bearer token-1',
    query: {
      pack_ref: 'demo',
      trigger_ref: 'core.timer',
      action_ref: 'core.echo',
      enabled: 'false',
      page: '3',
      per_page: '7',
    },
  })
})

test('a page that is not the last says on stderr how to see more', async () => {
  const ended = await run({ 'GET /api/v1/rules': () => listOf([rule(1)], 1, 3) }, 'rule', 'list', '--json')

  expect(JSON.parse(ended.stdout)).toHaveLength(1)
  expect(ended.stderr).toContain('1 of 3 shown')
  expect(ended.stderr).toContain('--page 2')
})

test('--all follows the pages and prints a row that moved to the next page once', async () => {
  const pages = [[rule(1), rule(2)], [rule(2), rule(3)], [rule(4)]]
  const route: Routes[string] = ({ query }) =>
    listOf(pages[Number(query.page) - 1] ?? [], Number(query.page), 3)

  const ended = await run({ 'GET /api/v1/rules': route }, 'rule', 'list', '--all', '-q')

  expect(ended).toEqual({ code: 0, stdout: 'demo.r1\ndemo.r2\ndemo.r3\ndemo.r4\n', stderr: '' })
  expect(api.received.map(({ query }) => query.page)).toEqual(['1', '2', '3'])
})

test('hostile names cannot drive the terminal in any format', async () => {
  const hostile = '\u001b]0;owned\u0007\u009b2J\u202egnp.exe'
  const routes: Routes = { 'GET /api/v1/rules': () => listOf([rule(1, { label: hostile, ref: hostile })]) }

  const table = await run(routes, 'rule', 'list')
  const json = await cli(['rule', 'list', '-j'], session(api.url))
  const yaml = await cli(['rule', 'list', '-y'], session(api.url))
  const quiet = await cli(['rule', 'list', '-q'], session(api.url))

  for (const { stdout } of [table, json, yaml, quiet]) expect(stdout).not.toMatch(/[^\P{C}\n]/u)
  expect(table.stdout).toContain('\\x1b]0;owned\\x07\\x9b2J\\u202egnp.exe')
  expect(JSON.parse(json.stdout)).toEqual([rule(1, { label: hostile, ref: hostile })])
  expect(parse(yaml.stdout)).toEqual([rule(1, { label: hostile, ref: hostile })])
})

const execution = {
  id: 42,
  action_ref: 'core.echo',
  status: 'running',
  parent: null,
  enforcement: 7,
  rule_ref: 'demo.r1',
  trigger_ref: 'core.timer',
  created: '2031-05-06T07:08:09.123456Z',
  updated: '2031-05-06T09:08:09+02:00',
}

test('executions are listed with their filters and times in UTC', async () => {
  const flags = [
    '--action',
    'core.*',
    '--rule',
    'demo.r1',
    '--trigger',
    't.t',
    '--status',
    'running',
    '--pack',
    'core',
  ]
  const more = ['--result', 'x', '--parent', '9', '--top-level-only']

  const ended = await run(
    { 'GET /api/v1/executions': () => listOf([execution]) },
    'execution',
    'list',
    ...flags,
    ...more,
  )

  expect(ended.stdout).toBe(
    'ID  Action     Rule     Trigger     Status   Created\n' +
      '42  core.echo  demo.r1  core.timer  running  2031-05-06 07:08:09 UTC\n',
  )
  expect(api.received[0]?.query).toEqual({
    action_ref: 'core.*',
    rule_ref: 'demo.r1',
    trigger_ref: 't.t',
    status: 'running',
    pack_name: 'core',
    result_contains: 'x',
    parent: '9',
    top_level_only: 'true',
    include_total: 'true',
    page: '1',
    per_page: '50',
  })
})

test('an execution is shown with its output as text and its result without it', async () => {
  const result = { exit_code: 0, stdout: 'line one\nline two\n' }
  const shown = { ...execution, config: { message: 'hi' }, result }

  const ended = await run(
    { 'GET /api/v1/executions/42': () => ({ body: { data: shown } }) },
    'execution',
    'show',
    '42',
  )

  expect(ended.code).toBe(0)
  expect(ended.stdout).toContain('Execution ID    42\n')
  expect(ended.stdout).toContain('Updated         2031-05-06 07:08:09 UTC\n')
  expect(ended.stdout).toContain('\nParameters:\n{\n  "message": "hi"\n}\n')
  expect(ended.stdout).toContain('\nStdout:\nline one\nline two\n')
  expect(ended.stdout).toContain('\nResult:\n{\n  "exit_code": 0\n}\n')
})

test('the result of an execution is printed bare', async () => {
  const shown = { ...execution, result: { data: { count: 3 } } }

  const json = await run(
    { 'GET /api/v1/executions/42': () => ({ body: { data: shown } }) },
    'execution',
    'result',
    '42',
  )
  const yaml = await cli(['execution', 'result', '42', '-y'], session(api.url))

  expect(json.stdout).toBe('{\n  "data": {\n    "count": 3\n  }\n}\n')
  expect(yaml.stdout).toBe('data:\n  count: 3\n')
})

test('an execution without a result says which status it is in', async () => {
  const shown = { ...execution, result: null }

  const ended = await run(
    { 'GET /api/v1/executions/42': () => ({ body: { data: shown } }) },
    'execution',
    'result',
    '42',
  )

  expect(ended).toEqual({
    code: 6,
    stdout: '',
    stderr: 'Error: Execution 42 is running and has no result.\n',
  })
})

const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:09Z' }
const lists = [
  [
    'action',
    '/api/v1/actions',
    { ref: 'core.echo', pack_ref: 'core', label: 'Echo', runtime: 3, runtime_ref: 'core.shell', ...times },
    'core.echo  Echo   core.shell',
  ],
  [
    'pack',
    '/api/v1/packs',
    {
      ref: 'core',
      label: 'Core',
      version: '1.2.3',
      description: 'Basics',
      tags: [],
      is_standard: true,
      ...times,
    },
    'core  1.2.3    Basics',
  ],
  [
    'trigger',
    '/api/v1/triggers',
    {
      ref: 'core.timer',
      pack_ref: null,
      label: 'Timer',
      enabled: true,
      webhook_enabled: false,
      description: 'Ticks',
      ...times,
    },
    'core.timer        Timer  yes      no       Ticks',
  ],
  [
    'event',
    '/api/v1/events',
    { id: 5, trigger_ref: 'core.timer', source_ref: 'core.timer_sensor', rule_ref: null, ...times },
    '5   core.timer  core.timer_sensor        2031-05-06 07:08:09 UTC',
  ],
  [
    'enforcement',
    '/api/v1/enforcements',
    {
      id: 6,
      rule_ref: 'demo.on_deploy',
      trigger_ref: 'demo.deployed',
      event: 5,
      status: 'processed',
      ...times,
    },
    '6   demo.on_deploy  demo.deployed  5      processed  2031-05-06 07:08:09 UTC',
  ],
] as const

test.each(lists)('%s list shows its columns', async (noun, path, row, line) => {
  const ended = await run({ [`GET ${path}`]: () => listOf([row]) }, noun, 'list')

  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout.split('\n')[1]).toBe(line)
})

test('get shows schemas under the table', async () => {
  const [, , row] = lists[0]
  const action = {
    ...row,
    entrypoint: 'echo.sh',
    param_schema: { message: { type: 'string' } },
    out_schema: null,
  }

  const ended = await run(
    { 'GET /api/v1/actions/core.echo': () => ({ body: { data: action } }) },
    'action',
    'get',
    'core.echo',
  )

  expect(ended.stdout).toContain('Entry Point  echo.sh\n')
  expect(ended.stdout).toMatch(/\nParameters:\n\{\n {2}"message"/)
  expect(ended.stdout).not.toContain('Output:')
})
