import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { startDepot } from '../../../../test/depot.ts'
import { sql } from '../../../database/sql.ts'
import { fixture } from '../../../../test/fixture.ts'

const depot = await fixture(startDepot())
beforeEach(() => depot.clear())

const manifest = (more = '') =>
  `ref: depot\nversion: 1.0.0\ntesting:\n  enabled: true\n${more}  runners:\n    smoke: {type: script, entry_point: tests/run.sh, timeout: 30}\n`
const passing = "printf 'Total Tests: 2\\nPassed: 2\\nFailed: 0\\n'\n"
const failing = "printf 'Total Tests: 2\\nPassed: 1\\nFailed: 1\\n'; echo broken >&2; exit 1\n"

const withTests = (script: string, more = '') => ({ 'pack.yaml': manifest(more), 'tests/run.sh': script })
const runs = () =>
  depot.rows(sql`select trigger_reason, total_tests, passed, failed from pack_test_execution order by id`)

describe('registering a pack with tests', () => {
  test('runs them and keeps the result', async () => {
    const answer = await depot.register(await depot.directory(withTests(passing)))

    expect(answer.status).toBe(201)
    expect(await runs()).toEqual([{ trigger_reason: 'install', total_tests: 2, passed: 2, failed: 0 }])
  })

  test('is refused when one fails, and changes nothing', async () => {
    await depot.register(await depot.directory({ 'actions/weigh.sh': 'echo old\n' }))
    await depot.said()

    const answer = await depot.register(await depot.directory(withTests(failing)), { force: false })
    const first = await depot.register(
      await depot.directory({ ...withTests(failing), 'actions/weigh.sh': 'echo new\n' }),
    )

    expect(answer.status).toBe(409)
    expect(first.status).toBe(409)
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo old\n')
    expect(await runs()).toEqual([])
  })

  test('leaves nothing of a new pack whose tests fail', async () => {
    const answer = await depot.register(await depot.directory(withTests(failing)))

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: expect.stringContaining("1 of 2 tests of the pack 'depot' failed"),
        details: [{ field: 'smoke.smoke_suite', message: 'ended with exit code 1: broken' }],
      },
    })
    expect(await depot.ids()).toEqual([])
    expect(await depot.said()).toEqual([])
    expect(await readdir(depot.packs_base_dir).catch(() => [])).toEqual([])
  })

  test('goes on when it is forced, and says what failed', async () => {
    const answer = await depot.register(await depot.directory(withTests(failing)), { force: true })

    expect(answer).toMatchObject({
      status: 201,
      body: { warnings: [expect.stringContaining('tests failed')] },
    })
    expect(await runs()).toMatchObject([{ trigger_reason: 'install', failed: 1 }])
  })

  test.each([
    ['only warns', '  on_failure: warn\n'],
    ['is content with half of them', '  min_pass_rate: 0.5\n'],
  ])('goes on when the pack %s', async (_, more) => {
    expect((await depot.register(await depot.directory(withTests(failing, more)))).status).toBe(201)
  })

  test('does not run them when that is said', async () => {
    const answer = await depot.register(await depot.directory(withTests(failing)), { skip_tests: true })

    expect(answer.status).toBe(201)
    expect(await runs()).toEqual([])
  })

  test('runs none of a pack that is refused anyway', async () => {
    const marker = join(depot.packs_base_dir, '..', 'ran')
    const path = await depot.directory({
      ...withTests(`touch ${marker}\n`),
      'rules/say_lost.yaml': 'ref: say_lost\ntrigger_ref: lost\naction_ref: core.shout\n',
    })

    const answer = await depot.register(path)

    expect(answer).toMatchObject({ status: 400, body: { details: [{ field: 'action_ref' }] } })
    await expect(readFile(marker)).rejects.toThrow('ENOENT')
  })

  test('installs the files as they were before their tests changed them', async () => {
    const answer = await depot.register(
      await depot.directory(withTests('echo spoiled > actions/weigh.sh; touch extra\n')),
    )

    expect(answer.status).toBe(201)
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await readdir(join(depot.packs_base_dir, 'depot'))).not.toContain('extra')
  })
})

describe('the tests of a registered pack', () => {
  test('are run on demand, listed newest first, and the last one is found', async () => {
    await depot.register(await depot.directory(withTests(passing)))

    const answer = await depot.call('POST /api/v1/packs/depot/test')
    const list = await depot.call('GET /api/v1/packs/depot/tests')
    const latest = await depot.call('GET /api/v1/packs/depot/tests/latest')

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          packRef: 'depot',
          packVersion: '1.0.0',
          status: 'passed',
          totalTests: 2,
          passRate: 1,
          testSuites: [{ name: 'smoke', runnerType: 'script', total: 2 }],
        },
      },
    })
    expect(list.body).toMatchObject({
      data: [{ triggerReason: 'manual' }, { triggerReason: 'install' }],
      pagination: { total_items: 2 },
    })
    expect(latest.body.data).toMatchObject({ triggerReason: 'manual', totalTests: 2, passRate: 1 })
  })

  test('that fail are an answer, not a refusal', async () => {
    await depot.register(await depot.directory(withTests(failing)), { skip_tests: true })

    expect(await depot.call('POST /api/v1/packs/depot/test')).toMatchObject({
      status: 200,
      body: { data: { status: 'failed', failed: 1 } },
    })
  })

  test('are refused where there are none', async () => {
    await depot.register(await depot.directory())

    expect((await depot.call('POST /api/v1/packs/depot/test')).status).toBe(400)
    expect((await depot.call('GET /api/v1/packs/depot/tests/latest')).status).toBe(404)
    expect((await depot.call('POST /api/v1/packs/absent/test')).status).toBe(404)
  })

  test('of a pack that somebody else installed are read, and not run without a grant that says so', async () => {
    await depot.register(await depot.directory(withTests(passing)))
    const by = await depot.api.token('packs:read', 'packs:install')

    expect((await depot.call('GET /api/v1/packs/depot/tests', { by })).status).toBe(200)
    expect((await depot.call('POST /api/v1/packs/depot/test', { by })).status).toBe(403)
  })
})
