import { Type } from 'typebox'
import type { Database } from '../../../database/database.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { call, item, read, type Route } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import * as packs from '../../definition/pack/queries.ts'
import { readPack, requireSound } from '../reader/read-pack.ts'
import { demandChange, noSuchPack, readable } from '../../definition/pack/visibility.ts'
import { TestExecution, TestResult } from '../pack-test/pack-test.ts'
import { findLatest, insert, list } from '../pack-test/queries.ts'
import { runTests } from '../pack-test/run.ts'
import type { RunSuite } from '../pack-test/suite.ts'

type Deps = { run_suite: RunSuite }

const common = { tag: 'packs', tokens: ['access', 'execution'], scoped: true } as const
const byRef = Type.Object({ ref: Type.String() })

/** The tests that packs bring: running them, and what became of earlier runs. */
export function packTestRoutes(deps: Deps): Route[] {
  return [testRoute(deps), ...historyRoutes()]
}

function testRoute({ run_suite }: Deps): Route {
  return call({
    ...common,
    method: 'POST',
    path: '/api/v1/packs/{ref}/test',
    summary: 'Run the tests of a pack',
    description:
      'Runs them on the machine of the API, in a copy of the pack that is thrown away and without credentials. The ' +
      'answer comes when the last one has ended.',
    access: ['packs', 'install'],
    params: byRef,
    success: { 200: item(TestResult) },
    refusals: [404],
    handle: async ({ database, params: { ref }, ...by }) => ({
      data: await test(database, ref, run_suite, by),
    }),
  })
}

async function test(
  database: Database,
  ref: string,
  run_suite: RunSuite,
  by: RequestContext,
): Promise<TestResult> {
  const pack = demandChange(by.caller, ['packs', 'install'], {
    ref,
    pack: await packs.findByRef(database, ref),
  })
  const { suites, version } = await suitesOf(ref, pack.storage_path)
  const result = await runTests({ ref, version, suites, directory: pack.storage_path ?? '' }, run_suite)
  await database.transaction(async (tx) => {
    const there = await packs.lockByRef(tx, ref)
    if (there?.id !== pack.id) throw noSuchPack(ref)
    await insert(tx, pack.id, result, 'manual')
    await recordChange(tx, 'tested', there, { by, details: { status: result.status } })
  })
  return result
}

async function suitesOf(ref: string, directory: string | null) {
  if (directory === null)
    throw new Problem('BAD_REQUEST', `The pack '${ref}' has no files, so it has no tests.`)
  const { pack } = requireSound(await readPack(directory), ref)
  return { version: pack.version, suites: enabledSuites(pack) }
}

function enabledSuites({ ref, testing }: PackDefinition) {
  if (testing?.enabled === true) return testing.runners
  const why = testing === null ? 'has no block `testing`' : 'has its tests switched off'
  throw new Problem('BAD_REQUEST', `The pack '${ref}' ${why}; see testing.enabled in its pack.yaml.`)
}

function historyRoutes(): Route[] {
  return [
    read({
      ...common,
      method: 'GET',
      path: '/api/v1/packs/{ref}/tests',
      summary: 'List the test runs of a pack, newest first',
      access: ['packs', 'read'],
      params: byRef,
      query: Type.Object(pageQuery),
      success: { 200: listOf(TestExecution) },
      refusals: [404],
      async handle({ db, caller, params: { ref }, query }) {
        const { id } = readable(caller, await packs.findByRef(db, ref), ref)
        return answerPage(query, (page) => list(db, id, page))
      },
    }),
    read({
      ...common,
      method: 'GET',
      path: '/api/v1/packs/{ref}/tests/latest',
      summary: 'The last test run of a pack',
      access: ['packs', 'read'],
      params: byRef,
      success: { 200: item(TestExecution) },
      refusals: [404],
      async handle({ db, caller, params: { ref } }) {
        const { id } = readable(caller, await packs.findByRef(db, ref), ref)
        const data = await findLatest(db, id)
        if (data === undefined)
          throw new Problem('NOT_FOUND', `The tests of the pack '${ref}' have not been run yet.`)
        return { data }
      },
    }),
  ]
}
