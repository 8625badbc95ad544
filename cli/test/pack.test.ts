import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, newHome, session } from './cli.ts'

let api: Api | undefined

afterEach(async () => {
  await api?.close()
  api = undefined
})

async function run(routes: Routes, args: readonly string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['pack', ...args], session(api.url))
}

const pack = (more: object = {}) => ({
  data: {
    ref: 'depot',
    label: 'Depot',
    version: '1.0.0',
    description: null,
    tags: [],
    dependencies: ['core'],
    is_standard: false,
    config: { folder: 'in', size: 1 },
    created: '2031-05-06T07:08:09.123456Z',
    updated: '2031-05-06T07:08:09.123456Z',
    ...more,
  },
})
const sent = () => api?.received.map(({ method, path, body }) => [`${method} ${path}`, body])

test('pack get shows the configuration and the needs', async () => {
  const ended = await run({ 'GET /api/v1/packs/depot': () => ({ body: pack() }) }, ['get', 'depot'])

  expect(ended.stdout).toMatch(/Needs\s+core/)
  expect(ended.stdout).toContain('"folder": "in"')
})

test('pack create sends what is given', async () => {
  const ended = await run({ 'POST /api/v1/packs': () => ({ status: 201, body: pack() }) }, [
    'create',
    'depot',
    '--pack-version',
    '2.0.0',
    '--tag',
    'a',
    '--config',
    '{"size": 2}',
  ])

  expect(ended).toMatchObject({ code: 0, stdout: '✓ Pack depot 1.0.0 is created.\n' })
  expect(sent()).toEqual([
    [
      'POST /api/v1/packs',
      { ref: 'depot', version: '2.0.0', label: 'depot', tags: ['a'], config: { size: 2 } },
    ],
  ])
})

test('pack update --set sends one value of the configuration as it was typed', async () => {
  const ended = await run({ 'PUT /api/v1/packs/depot': () => ({ body: pack() }) }, [
    'update',
    'depot',
    '--set',
    'size=5',
    '--label',
    'New',
  ])

  expect(ended).toMatchObject({ code: 0, stdout: '✓ Pack depot is updated.\n' })
  expect(sent()?.at(-1)).toEqual(['PUT /api/v1/packs/depot', { label: 'New', config_texts: { size: '5' } }])
})

test.each([
  ['nothing to change', ['update', 'depot']],
  ['two ways to configure', ['update', 'depot', '--set', 'a=1', '--config', '{}']],
])('pack update refuses %s before anything is sent', async (_, args) => {
  expect((await run({}, args)).code).toBe(2)
  expect(sent()).toEqual([])
})

test('pack delete asks, and says when it means it', async () => {
  const routes: Routes = { 'DELETE /api/v1/packs/depot': () => ({ body: { data: { success: true } } }) }

  const unasked = await run(routes, ['delete', 'depot'])
  await api?.close()
  const meant = await run(routes, ['delete', 'depot', '--yes', '--force'])

  expect(unasked.code).toBe(2)
  expect(meant).toMatchObject({ code: 0, stdout: '✓ Pack depot is deleted.\n' })
  expect(api?.received[0]?.query).toEqual({ force: 'true' })
})

test('pack register names the place of every problem', async () => {
  const details = [
    { file: 'actions/weigh.yaml', line: 3, column: 1, field: 'entry_point', message: 'names gone.sh' },
    { file: '', field: 'path', message: 'is no directory' },
  ]
  const ended = await run(
    { 'POST /api/v1/packs/register': () => ({ status: 400, body: { error: 'It is wrong.', details } }) },
    ['register', 'somewhere'],
  )

  expect(ended).toMatchObject({
    code: 6,
    stderr:
      'Error: It is wrong.\n  actions/weigh.yaml:3:1 entry_point: names gone.sh\n  path: is no directory\n',
  })
})

test('pack register tells what is odd about a pack that was taken', async () => {
  const warnings = ['tests failed: smoke: no']
  const ended = await run(
    { 'POST /api/v1/packs/register': () => ({ status: 201, body: { ...pack(), warnings } }) },
    ['register', 'somewhere', '--force'],
  )

  expect(ended).toMatchObject({
    code: 0,
    stdout: '✓ Pack depot 1.0.0 is registered.\n',
    stderr: '⚠ tests failed: smoke: no\n',
  })
})

describe('pack test', () => {
  const suite = (failed: number, testCases: object[]) => ({
    name: 'smoke',
    passed: 1,
    failed,
    skipped: 0,
    testCases,
  })
  const result = (failed: number, testCases: object[] = []) => ({
    data: {
      packRef: 'depot',
      status: failed > 0 ? 'failed' : 'passed',
      passed: 1,
      failed,
      skipped: 0,
      executionTime: '2031-05-06T07:08:09.123Z',
      testSuites: [suite(failed, testCases)],
    },
  })

  test('shows what was counted', async () => {
    const ended = await run({ 'POST /api/v1/packs/depot/test': () => ({ body: result(0) }) }, [
      'test',
      'depot',
    ])

    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/smoke\s+1 passed, 0 failed, 0 skipped/)
  })

  test('shows what failed with its output, and exits 1', async () => {
    const failure = {
      name: 'two',
      status: 'failed',
      errorMessage: 'no',
      stdout: 'said this\n',
      stderr: null,
    }
    const ended = await run({ 'POST /api/v1/packs/depot/test': () => ({ body: result(1, [failure]) }) }, [
      'test',
      'depot',
    ])

    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('smoke: two: no\nsaid this\n')
  })
})

describe('environments of a pack', () => {
  const environment = (more: object = {}) => ({
    runtime_ref: 'core.python',
    runtime_version_text: null,
    worker_name: 'worker-1',
    status: 'ready',
    rebuild_requested: false,
    env_path: '/envs/depot/python',
    installed_at: '2031-05-06T07:08:09.123456Z',
    install_error: null,
    install_log: '$ pip install',
    ...more,
  })
  const failure = environment({
    status: 'failed',
    installed_at: null,
    install_error: 'pip ended with 1:\nno such thing',
  })
  const page = (...data: object[]) => ({
    body: { data, pagination: { total_items: data.length, has_next: false } },
  })
  const states = (...environments: object[]) => ({ body: { data: { environments } } })

  test('are listed with what was said last of an error', async () => {
    const ended = await run({ 'GET /api/v1/packs/depot/environments': () => page(environment(), failure) }, [
      'environments',
      'depot',
    ])

    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/core\.python\s+worker-1\s+ready\s+2031-05-06 07:08:09 UTC/)
    expect(ended.stdout).toMatch(/failed\s+no such thing/)
    expect(ended.stdout).not.toContain('pip ended')
  })

  test('are shown whole with --log', async () => {
    const ended = await run({ 'GET /api/v1/packs/depot/environments': () => page(failure) }, [
      'envs',
      'depot',
      '--log',
    ])

    expect(ended.stdout).toContain('pip ended with 1:\nno such thing')
    expect(ended.stdout).toContain('$ pip install')
  })

  test('are built when that is asked for, and nothing is waited for', async () => {
    const ended = await run(
      { 'POST /api/v1/packs/build-envs': () => states(environment({ status: 'pending' })) },
      ['build', 'depot'],
    )

    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain('pending')
    expect(sent()).toEqual([
      ['POST /api/v1/packs/build-envs', { pack_refs: ['depot'], force_rebuild: false }],
    ])
  })

  test('are waited for with --wait, and one that fails makes it exit 1', async () => {
    let looks = 0
    const ended = await run(
      {
        'POST /api/v1/packs/build-envs': () =>
          states(environment({ status: 'outdated', rebuild_requested: true })),
        'GET /api/v1/packs/depot/environments': () =>
          (looks += 1) === 1 ? page(environment({ status: 'installing' })) : page(failure),
      },
      ['build', 'depot', '--force', '--wait'],
    )

    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('failed')
    expect(looks).toBe(2)
    expect(sent()?.[0]).toEqual([
      'POST /api/v1/packs/build-envs',
      { pack_refs: ['depot'], force_rebuild: true },
    ])
  })

  test('are waited for no longer than is said', async () => {
    const ended = await run(
      {
        'POST /api/v1/packs/build-envs': () => states(environment({ status: 'pending' })),
        'GET /api/v1/packs/depot/environments': () => page(environment({ status: 'installing' })),
      },
      ['build', 'depot', '--wait', '--timeout', '0.01'],
    )

    expect(ended.code).toBe(124)
    expect(ended.stderr).toContain('attune pack environments depot')
  })

  test('that a pack does not need are told of', async () => {
    const ended = await run({ 'POST /api/v1/packs/build-envs': () => states() }, ['build', 'depot'])

    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('has no manifest')
  })
})

// The reader of the server is loaded at its first use, which takes a moment.
describe('a pack that init wrote', { timeout: 30_000 }, () => {
  async function written(): Promise<string> {
    const dir = join(newHome(), 'parcels')
    const ended = await cli([
      'pack',
      'init',
      'parcels',
      '--dir',
      dir,
      '--schemas',
      'https://a.example/schemas/',
    ])
    expect(ended.code).toBe(0)
    return dir
  }

  test('is valid, tells editors about its files and has programs that can be run', async () => {
    const dir = await written()

    const ended = await cli(['pack', 'validate', dir, '--strict'])

    expect(ended).toMatchObject({ code: 0, stdout: '✓ Pack parcels 0.1.0 is valid.\n', stderr: '' })
    expect(readFileSync(join(dir, 'actions/greet.yaml'), 'utf8').split('\n')[0]).toBe(
      '# yaml-language-server: $schema=https://a.example/schemas/action.json',
    )
    expect(statSync(join(dir, 'actions/greet.sh')).mode & 0o111).not.toBe(0)
  })

  test('is told of with every problem of every file when it is spoiled, without a server', async () => {
    const dir = await written()
    const spoil = (file: string, from: string, to: string) => {
      const text = readFileSync(join(dir, file), 'utf8')
      expect(text).toContain(from)
      writeFileSync(join(dir, file), text.replace(from, to))
    }
    spoil('pack.yaml', 'label:', 'lable:')
    spoil('pack.yaml', 'version: 0.1.0', 'version: 0.1')
    spoil('actions/greet.yaml', 'greet.sh', 'gret.sh')
    spoil('rules/greet_when_wanted.yaml', 'trigger_ref: greeting_wanted', 'trigger_ref: greeting_wantde')
    spoil('rules/greet_when_wanted.yaml', 'event.payload.name', 'event.payload.')

    const ended = await cli(['pack', 'validate', dir])

    expect(ended.code).toBe(1)
    expect(ended.stdout.split('\n')).toEqual([
      'actions/greet.yaml:6:1: error: entry_point: names actions/gret.sh, which does not exist',
      'pack.yaml:5:1: error: version: must be a string, not a number; put it in quotes',
      "rules/greet_when_wanted.yaml:5:1: error: trigger_ref: names the trigger 'parcels.greeting_wantde', which this pack does not have; did you mean 'parcels.greeting_wanted'?",
      expect.stringMatching(/^rules\/greet_when_wanted\.yaml:8:3: error: action_params\.name: /),
      "pack.yaml:3:1: warning: lable: the key 'lable' is not known and is ignored; did you mean 'label'?",
      '',
    ])
  })

  test('is told of as a document', async () => {
    const dir = await written()
    writeFileSync(join(dir, 'triggers/bad.yaml'), 'ref: [\n')

    const ended = await cli(['pack', 'validate', dir, '--json'])

    expect(ended.code).toBe(1)
    expect(JSON.parse(ended.stdout)).toMatchObject({
      valid: false,
      problems: [{ file: 'triggers/bad.yaml', line: 2, column: 1 }],
    })
  })

  test('does not take the place of what is there', async () => {
    const dir = await written()

    expect((await cli(['pack', 'init', 'parcels', '--dir', dir])).code).toBe(2)
  })
})

test('pack validate says when there is no pack', async () => {
  const ended = await cli(['pack', 'validate', join(newHome(), 'absent')])

  expect(ended.code).toBe(1)
  expect(ended.stdout).toContain('is not a directory')
})
