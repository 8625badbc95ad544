import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { tgz } from '../../../../test/archives.ts'
import { startDepot } from '../../../../test/depot.ts'
import { fixture } from '../../../../test/fixture.ts'
import { errorOf, outsideRoutes, startOutside } from '../../../../test/outside.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'

/*
 * Packs that need packs. `a: ['b@^1']` is a pack a whose dependencies are b in a version from 1.0.0 to 2.0.0.
 */

const outside = await startOutside()
const depot = await fixture(startDepot(outsideRoutes))
const token = await depot.api.token()
afterAll(async () => {
  await outside.close()
})
beforeEach(async () => {
  await depot.clear()
  await depot.api.db.run(sql`delete from pack_registry_index`)
  outside.answers.clear()
})

type Wares = Record<string, { version?: string; needs?: string[]; files?: Record<string, string> }>

function archiveOf(ref: string, { version = '1.0.0', needs = [], files = {} }: Wares[string]): Buffer {
  const manifest = `ref: ${ref}\nversion: ${version}\ndependencies: ${JSON.stringify(needs)}\n`
  const all = Object.entries({ 'pack.yaml': manifest, ...files })
  return tgz(...all.map(([name, content]) => ({ name, content })))
}

/** Serves an index with these packs. */
async function serve(wares: Wares): Promise<void> {
  const packs = Object.entries(wares).map(([ref, ware]): JsonObject => {
    const bytes = archiveOf(ref, ware)
    outside.answers.set(`/${ref}.tgz`, bytes)
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    return {
      ref,
      label: ref,
      description: '',
      version: ware.version ?? '1.0.0',
      author: 'a',
      license: 'MIT',
      keywords: [],
      runtime_deps: [],
      install_sources: [{ type: 'archive', url: `${outside.url}/${ref}.tgz`, checksum }],
      contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] },
    }
  })
  outside.answers.set('/index.json', JSON.stringify({ packs }))
  await depot.api.call('POST /api/v1/pack-indices', { token, body: { url: `${outside.url}/index.json` } })
}

const install = (source: string, more: JsonObject = {}) =>
  depot.api.call('POST /api/v1/packs/install', { token, body: { source, ...more } })

const stored = () => depot.refs(sql`select ref from pack where ref <> 'core' order by id`)
const folders = async () => (await readdir(depot.packs_base_dir)).filter((name) => name !== '.staging').sort()

describe('an installation', () => {
  test('brings what is needed and not there, each pack after what it needs', async () => {
    await serve({
      web: { needs: ['http@^1', 'log'] },
      http: { version: '1.4.0', needs: ['tls@>=1.0.0,<2.0.0', 'log@1.0.0'] },
      tls: {},
      log: {},
    })

    const answer = await install('web')

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          pack: { ref: 'web', source_type: 'registry' },
          installed_dependencies: [
            { ref: 'tls', version: '1.0.0' },
            { ref: 'log', version: '1.0.0' },
            { ref: 'http', version: '1.4.0' },
          ],
        },
      },
    })
    expect(await stored()).toEqual(['tls', 'log', 'http', 'web'])
    expect(await folders()).toEqual(['http', 'log', 'tls', 'web'])
  })

  test('takes a pack from a URL along with what an index has for it', async () => {
    await serve({ log: {} })
    outside.answers.set('/own.tgz', archiveOf('own', { needs: ['log'] }))

    expect(await install(`${outside.url}/own.tgz`)).toMatchObject({ status: 200 })
    expect(await stored()).toEqual(['log', 'own'])
  })

  test('lets a rule of a pack run an action of one that came with it', async () => {
    await serve({
      base: {
        files: {
          'actions/say.yaml': 'ref: say\ndescription: Says\nentry_point: say.sh\n',
          'actions/say.sh': 'echo\n',
          'triggers/seen.yaml': 'ref: seen\n',
        },
      },
      top: {
        needs: ['base'],
        files: { 'rules/tell.yaml': 'ref: tell\ntrigger_ref: base.seen\naction_ref: base.say\n' },
      },
    })

    expect(await install('top')).toMatchObject({ status: 200 })
    expect(await depot.rows(sql`select ref, enabled from rule where pack_ref = 'top'`)).toEqual([
      { ref: 'top.tell', enabled: true },
    ])
  })

  test('says what is odd about a pack that came along', async () => {
    const tested =
      'ref: log\nversion: 1.0.0\ntesting: {enabled: true, runners: {one: {type: script, entry_point: no.sh}}}\n'
    await serve({
      web: { needs: ['log'] },
      log: { files: { 'pack.yaml': tested, 'no.sh': 'exit 1\n' } },
    })

    expect(await install('web')).toMatchObject({
      status: 200,
      body: { message: expect.stringMatching(/Pack 'web' 1\.0\.0 installed; log: tests failed: one/) },
    })
  })

  test('leaves alone what is there', async () => {
    await serve({ log: { version: '2.0.0' }, web: { needs: ['log'] } })
    await install('log')
    const before = await depot.rows(sql`select updated from pack where ref = 'log'`)

    expect(await install('web')).toMatchObject({ body: { data: { installed_dependencies: [] } } })
    expect(await depot.rows(sql`select updated from pack where ref = 'log'`)).toEqual(before)
  })
})

describe('nothing at all is installed', () => {
  test.each<[string, Wares, RegExp]>([
    [
      'when one that is needed is nowhere',
      { web: { needs: ['log', 'absent@^1'] }, log: {} },
      /'absent' is not installed, and cannot be fetched: No index lists a pack 'absent'/,
    ],
    [
      'when there is no version that does',
      { web: { needs: ['log@^2'] }, log: {} },
      /'log' is not installed, and cannot be fetched: .*no version that fits/,
    ],
    [
      'when packs need each other',
      { web: { needs: ['log'] }, log: { needs: ['tls'] }, tls: { needs: ['log'] } },
      /'log' depends on itself: web → log → tls → log/,
    ],
    ['when a pack needs itself', { web: { needs: ['web'] } }, /cannot be registered: .*dependencies/],
    [
      'when two need different versions of a third',
      { web: { needs: ['log', 'http'] }, http: { needs: ['log@^2'] }, log: {} },
      /'log' would come in version 1\.0\.0, which does not satisfy '\^2' of 'http'/,
    ],
    [
      'when one that is needed is not valid',
      { web: { needs: ['log'] }, log: { files: { 'actions/x.yaml': 'ref: [' } } },
      /The pack '.*' cannot be registered/,
    ],
    [
      'when the pack itself is not valid',
      {
        web: { needs: ['log'], files: { 'rules/x.yaml': 'ref: x\ntrigger_ref: no\naction_ref: no\n' } },
        log: {},
      },
      /cannot be registered: rules\/x\.yaml/,
    ],
  ])('%s', async (_, wares, reason) => {
    await serve(wares)

    const answer = await install('web')

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(reason)
    expect(await stored()).toEqual([])
    expect(await folders()).toEqual([])
    expect(await depot.said()).toEqual([])
  })

  test('when what is needed is not to be fetched', async () => {
    await serve({ web: { needs: ['log'] }, log: {} })

    const answer = await install('web', { skip_deps: true })

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(/Required pack 'log' is not installed/)
    expect(await stored()).toEqual([])
  })

  test('when one that is there does not do', async () => {
    await serve({ log: {}, web: { needs: ['log@^2'] } })
    await install('log')

    const answer = await install('web')

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(/'log' version 1\.0\.0 does not satisfy constraint '\^2'/)
    expect(await stored()).toEqual(['log'])
  })

  test('when who installs may not register one that is needed', async () => {
    await serve({ web: { needs: ['log'] }, log: {} })
    const { token: by } = await depot.api.granted({
      resource: 'packs',
      actions: ['install'],
      constraints: { pack_refs: ['web'] },
    })

    const answer = await depot.api.call('POST /api/v1/packs/install', { token: by, body: { source: 'web' } })

    expect(answer.status).toBe(403)
    expect(await stored()).toEqual([])
  })
})
