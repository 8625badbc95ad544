import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Depot, startDepot } from '../../../../test/depot.ts'
import { depotArchive, errorOf, type Outside, outsideRoutes, startOutside } from '../../../../test/outside.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { scanPack, treeChecksum } from '../reader/pack-tree.ts'

const SECRET = 'Bearer a-token-that-nobody-sees'

let depot: Depot
let outside: Outside
let token: string
beforeAll(async () => {
  outside = await startOutside()
  depot = await startDepot(outsideRoutes)
  token = await depot.api.token()
})
afterAll(async () => {
  await depot.close()
  await outside.close()
})
beforeEach(async () => {
  await depot.clear()
  await depot.api.db.run(sql`delete from pack_registry_index`)
  await depot.api.db.run(sql`delete from audit_event`)
  outside.answers.clear()
  outside.seen.length = 0
})

const call = (what: `${string} ${string}`, body?: JsonObject, by = token) =>
  depot.api.call(what, { token: by, ...(body === undefined ? {} : { body }) })
const stored = () => depot.rows(sql`select * from pack_registry_index order by position, id`)
const audited = () => depot.rows(sql`select event_type, resource_id, details from audit_event order by id`)

async function addIndex(body: JsonObject): Promise<number> {
  const answer = await call('POST /api/v1/pack-indices', body)
  expect(answer).toMatchObject({ status: 201 })
  return Number(Object(answer.body.data).id)
}

/** An entry of an index, as far as a test cares. */
function entry(more: JsonObject = {}): JsonObject {
  const none = { actions: [], sensors: [], triggers: [], rules: [], workflows: [] }
  return {
    ref: 'depot',
    label: 'Depot',
    description: 'Weighs parcels',
    version: '1.0.0',
    author: 'a',
    license: 'MIT',
    keywords: ['post'],
    runtime_deps: [],
    install_sources: [],
    contents: none,
    ...more,
  }
}

/** Serves an index at a path and adds it. */
async function serveIndex(path: string, packs: unknown[], more: JsonObject = {}): Promise<number> {
  const about = { registry_name: 'r', registry_url: outside.url, version: '1', last_updated: '2031-01-01' }
  outside.answers.set(path, JSON.stringify({ ...about, packs }))
  return addIndex({ url: `${outside.url}${path}`, ...more })
}

/** Serves the depot pack in a version, and answers its install source. */
function serveDepot(version: string, checksum?: string): JsonObject {
  const archive = depotArchive({ 'pack.yaml': `ref: depot\nlabel: Depot\nversion: ${version}\n` })
  outside.answers.set(`/depot-${version}.tgz`, archive)
  const sha256 = createHash('sha256').update(archive).digest('hex')
  return {
    type: 'archive',
    url: `${outside.url}/depot-${version}.tgz`,
    checksum: checksum ?? `sha256:${sha256}`,
  }
}

describe('an index', () => {
  test('is added behind the others, changed and removed; each is written down', async () => {
    const first = await addIndex({ url: 'https://one.example/index.json' })
    const second = await addIndex({ url: 'https://two.example/index.json', name: 'Two', enabled: false })
    const before = await addIndex({ url: 'https://zero.example/index.json', position: 0 })

    const list = await call('GET /api/v1/pack-indices')
    expect(list).toMatchObject({
      status: 200,
      body: {
        data: [
          { id: first, position: 0, name: null, enabled: true, headers: {} },
          { id: before, position: 0 },
          { id: second, position: 1, name: 'Two', enabled: false },
        ],
        pagination: { total_items: 3 },
      },
    })
    const change = { name: 'Second', position: 7, enabled: true }
    expect(await call(`PUT /api/v1/pack-indices/${second}`, change)).toMatchObject({
      status: 200,
      body: { data: change },
    })
    expect(await call(`PUT /api/v1/pack-indices/${second}`, { name: null })).toMatchObject({
      body: { data: change },
    })
    expect(await call(`DELETE /api/v1/pack-indices/${first}`)).toMatchObject({
      status: 200,
      body: { data: { success: true } },
    })
    expect(await call(`DELETE /api/v1/pack-indices/${first}`)).toMatchObject({ status: 404 })
    expect(await call(`PUT /api/v1/pack-indices/${first}`, {})).toMatchObject({ status: 404 })
    expect((await audited()).map(({ event_type }) => event_type)).toEqual([
      'pack_index.created',
      'pack_index.created',
      'pack_index.created',
      'pack_index.updated',
      'pack_index.updated',
      'pack_index.deleted',
    ])
  })

  test('has a URL of its own', async () => {
    await addIndex({ url: 'https://one.example/index.json' })

    expect(await call('POST /api/v1/pack-indices', { url: 'https://one.example/index.json' })).toMatchObject({
      status: 409,
    })
  })

  test.each([
    [{ url: 'ftp://x.example/' }, 400],
    [{ url: 'https://ann:secret@x.example/' }, 400],
    [{ url: 'javascript:alert(1)' }, 400],
    [{ url: 'file://host/share' }, 400],
    [{ url: '' }, 422],
    [{ url: 'https://x.example/', position: -1 }, 422],
    [{ url: 'https://x.example/', other: 1 }, 422],
    [{ url: 'https://x.example/', headers: { 'a b': 'x' } }, 422],
    [{ url: 'https://x.example/', headers: { Host: 'evil' } }, 422],
    [{ url: 'https://x.example/', headers: { 'X-A': 'x\r\nX-B: y' } }, 422],
    [{ url: 'https://x.example/', headers: { 'X-A': '***' } }, 422],
  ])('%j is refused', async (body, status) => {
    expect(await call('POST /api/v1/pack-indices', body)).toMatchObject({ status })
    expect(await stored()).toEqual([])
  })

  test('is for whoever may configure packs', async () => {
    const installer = await depot.api.token('packs:install', 'packs:read')
    const nobody = await depot.api.token('rules:read')

    expect(await call('POST /api/v1/pack-indices', { url: 'https://x.example/' }, installer)).toMatchObject({
      status: 403,
    })
    expect(await call('GET /api/v1/pack-indices', undefined, nobody)).toMatchObject({ status: 403 })
    expect(await call('GET /api/v1/pack-indices/packs', undefined, nobody)).toMatchObject({ status: 403 })
  })
})

describe('headers of an index', () => {
  test('are sent with it, and are seen nowhere else', async () => {
    await serveIndex('/index.json', [entry()], { headers: { Authorization: SECRET } })

    const answers = [await call('GET /api/v1/pack-indices'), await call('GET /api/v1/pack-indices/packs')]

    expect(outside.seen.map(({ headers }) => headers.authorization)).toEqual([SECRET])
    expect(answers[0]?.body.data).toMatchObject([{ headers: { Authorization: '***' } }])
    expect(JSON.stringify([answers, await stored(), await audited()])).not.toContain('nobody-sees')
  })

  test('stay when they come back hidden, and go when they are left out', async () => {
    const id = await serveIndex('/index.json', [entry()], { headers: { 'X-A': 'one', 'X-B': 'two' } })

    await call(`PUT /api/v1/pack-indices/${id}`, { headers: { 'X-A': '***', 'X-C': 'three' } })
    await call('GET /api/v1/pack-indices/packs')

    const { 'x-a': a, 'x-b': b, 'x-c': c } = outside.seen.at(-1)?.headers ?? {}
    expect([a, b, c]).toEqual(['one', undefined, 'three'])
  })

  test('do not follow to another origin', async () => {
    const id = await addIndex({ url: 'https://one.example/index.json', headers: { 'X-A': 'one' } })

    const same = await call(`PUT /api/v1/pack-indices/${id}`, { url: 'https://one.example/other.json' })
    const other = await call(`PUT /api/v1/pack-indices/${id}`, { url: `${outside.url}/index.json` })
    const hidden = await call(`PUT /api/v1/pack-indices/${id}`, { headers: { 'X-A': '***' } })

    expect([same, other].map(({ body }) => Object(body.data).headers)).toEqual([{ 'X-A': '***' }, {}])
    expect(hidden).toMatchObject({ status: 422 })
    expect(await stored()).toMatchObject([{ headers: {}, encryption_key_hash: null }])
  })
})

describe('what indexes list', () => {
  test('is each pack once, from the first index, in its highest version', async () => {
    const first = await serveIndex('/one.json', [
      entry({ version: '1.0.0' }),
      entry({ version: '1.10.0' }),
      entry({ version: '1.9.0' }),
    ])
    await serveIndex('/two.json', [
      entry({ version: '9.0.0' }),
      entry({ ref: 'tally', label: 'Tally', use_case: 'Sums' }),
    ])

    const answer = await call('GET /api/v1/pack-indices/packs')

    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: [
          {
            pack: { ref: 'depot', version: '1.10.0' },
            registry: { id: first, url: `${outside.url}/one.json` },
          },
          { pack: { ref: 'tally', use_case: 'Sums' } },
        ],
        pagination: { total_items: 2 },
      },
    })
    expect(await call('GET /api/v1/pack-indices/packs/depot')).toMatchObject({
      status: 200,
      body: { data: { pack: { version: '1.10.0' }, registry: { id: first } } },
    })
    expect(await call('GET /api/v1/pack-indices/packs/absent')).toMatchObject({ status: 404 })
  })

  test.each([
    ['q=PARCELS', ['depot']],
    ['q=sums', ['tally']],
    ['q=post', ['depot', 'tally']],
    ['q=tall', ['tally']],
    ['q=nothing', []],
    ['per_page=1&page=2', ['tally']],
  ])('is searched: %s', async (query, refs) => {
    await serveIndex('/one.json', [
      entry(),
      entry({ ref: 'tally', label: 'Tally', description: '', use_case: 'Sums' }),
    ])

    const { body } = await call(`GET /api/v1/pack-indices/packs?${query}`)

    expect([body.data].flat().map((one) => Object(one).pack.ref)).toEqual(refs)
  })

  test('leaves out what cannot be read: entries, indexes, and those that are off', async () => {
    await addIndex({ url: `${outside.url}/absent.json` })
    outside.answers.set('/page.json', '<html>')
    await addIndex({ url: `${outside.url}/page.json` })
    await addIndex({ url: 'https://169.254.169.254/index.json' })
    const off = await serveIndex('/off.json', [entry({ ref: 'off' })], { enabled: false })
    await serveIndex('/one.json', [null, 7, {}, entry({ ref: '../x' }), entry({ contents: 3 }), entry()])

    const refs = async (query: string) =>
      [(await call(`GET /api/v1/pack-indices/packs?${query}`)).body.data]
        .flat()
        .map((one) => Object(one).pack.ref)

    expect(await refs('')).toEqual(['depot'])
    expect(await refs('include_disabled=true')).toEqual(['depot', 'off'])
    expect(await refs(`include_disabled=true&registry_id=${off}`)).toEqual(['off'])
    const absent = await call('POST /api/v1/packs/install', { source: 'absent' })
    expect(absent).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/status 404.*nothing is fetched from/) },
    })
  })

  test('is asked for once, until the index changes', async () => {
    const id = await serveIndex('/one.json', [entry()])
    const browse = () => call('GET /api/v1/pack-indices/packs')

    await Promise.all([browse(), browse()])
    await browse()
    expect(outside.seen).toHaveLength(1)
    await call(`PUT /api/v1/pack-indices/${id}`, { name: 'New' })
    await browse()
    expect(outside.seen).toHaveLength(2)
  })

  test('of a file is read below the roots for it alone', async () => {
    await addIndex({ url: 'file:///etc/passwd' })

    expect(await call('GET /api/v1/pack-indices/packs')).toMatchObject({ status: 200, body: { data: [] } })
  })
})

describe('an installation by name', () => {
  const install = (source: string) => call('POST /api/v1/packs/install', { source })
  const versions = () =>
    serveIndex(
      '/index.json',
      ['1.0.0', '1.4.0', '2.0.0', '3.0.0-rc.1'].map((version) =>
        entry({ version, install_sources: [serveDepot(version)] }),
      ),
    )

  test.each([
    ['depot', '2.0.0'],
    ['depot@latest', '2.0.0'],
    ['depot@1.0.0', '1.0.0'],
    ['depot@^1.0', '1.4.0'],
    ['depot@>=1,<2', '1.4.0'],
    ['depot@3.0.0-rc.1', '3.0.0-rc.1'],
  ])('of %s is of version %s', async (source, version) => {
    await versions()

    expect(await install(source)).toMatchObject({
      status: 200,
      body: {
        data: {
          pack: {
            ref: 'depot',
            version,
            source_type: 'registry',
            source_url: source,
            source_ref: version,
            checksum_verified: true,
          },
        },
      },
    })
  })

  test.each(['depot@9', 'depot@~4', 'depot@nonsense'])(
    'of %s is refused, and what there is is told',
    async (source) => {
      await versions()

      expect(await install(source)).toMatchObject({
        status: 400,
        body: {
          error: expect.stringMatching(/no version that fits .*; there is 1.0.0, 1.4.0, 2.0.0, 3.0.0-rc.1/),
        },
      })
    },
  )

  test('of what is not what the index says is refused and leaves nothing', async () => {
    const wrong = `sha256:${'0'.repeat(64)}`
    const listing: [string, JsonObject, RegExp][] = [
      [
        'checksum',
        entry({ install_sources: [serveDepot('1.0.0', wrong)] }),
        /the checksum is sha256:.*but sha256:0000/,
      ],
      ['weak', entry({ install_sources: [serveDepot('1.0.0', 'md5:00')] }), /weaker ones are not taken/],
      [
        'version',
        entry({ version: '1.2.3', install_sources: [serveDepot('1.0.0')] }),
        /says it is 'depot' 1.2.3/,
      ],
      [
        'ref',
        entry({ ref: 'tally', install_sources: [serveDepot('1.0.0')] }),
        /says it is 'tally' 1.0.0, but it is 'depot'/,
      ],
      ['nowhere', entry(), /does not say where/],
    ]
    for (const [name, listed, reason] of listing) {
      await depot.api.db.run(sql`delete from pack_registry_index`)
      await serveIndex(`/${name}.json`, [listed])
      const answer = await install(`${Object(listed).ref}`)
      expect(answer.status).toBe(400)
      expect(errorOf(answer)).toMatch(reason)
    }
    expect(await depot.refs(sql`select ref from pack where ref <> 'core'`)).toEqual([])
  })

  test('takes packs from hosts of the indexes and from listed ones alone', async () => {
    await addIndex({ url: 'https://one.example/index.json' })

    expect(await install(`${outside.url}/depot.tgz`)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/allowed_source_hosts/) },
    })
  })

  test('of a repository is verified by the files in it', async () => {
    const source = await depot.directory()
    const checksum = await treeChecksum(await scanPack(source))
    const { execFileSync } = await import('node:child_process')
    const person = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    }
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '-A'],
      ['commit', '-qm', 'one'],
    ])
      execFileSync('git', args, { cwd: source, env: { PATH: process.env.PATH, HOME: source, ...person } })
    const from = (sum: string) =>
      entry({ install_sources: [{ type: 'git', url: `file://${source}`, ref: 'main', checksum: sum }] })

    await serveIndex('/bad.json', [from(`sha256:${'0'.repeat(64)}`)])
    expect(await install('depot')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/the checksum is/) },
    })
    await depot.api.db.run(sql`delete from pack_registry_index`)
    await serveIndex('/good.json', [from(`sha256:${checksum}`)])
    expect(await install('depot')).toMatchObject({
      status: 200,
      body: { data: { pack: { checksum_verified: true } } },
    })
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
  })
})
