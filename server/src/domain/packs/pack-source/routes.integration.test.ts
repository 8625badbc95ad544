import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { tgz, zip } from '../../../../test/archives.ts'
import { processesStarted } from '../../../../test/child-processes.ts'
import { depotFiles, startDepot } from '../../../../test/depot.ts'
import { fixture } from '../../../../test/fixture.ts'
import {
  depotArchive,
  errorOf,
  type FormPart,
  outsideRoutes,
  packLimits,
  startOutside,
  upload,
} from '../../../../test/outside.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'

const outside = await startOutside()
const depot = await fixture(startDepot(outsideRoutes))
const token = await depot.api.token('packs:install', 'actions:read', 'actions:execute')
afterAll(async () => {
  await outside.close()
})
beforeEach(async () => {
  await depot.clear()
  await depot.api.db.run(sql`delete from audit_event`)
})

const file = (content: Buffer): FormPart => ({ name: 'pack', filename: 'depot.tgz', content })
const uploaded = (...parts: FormPart[]) => upload(depot.api, { token, parts })
const install = (body: JsonObject, by = token) =>
  depot.api.call('POST /api/v1/packs/install', { token: by, body })
const stored = () => readdir(depot.packs_base_dir).catch(() => [])
const packs = () => depot.refs(sql`select ref from pack where ref <> 'core' order by ref`)
const audited = () =>
  depot.rows(
    sql`select event_type, outcome, resource_ref, actor_login, details from audit_event where event_type in ('pack.uploaded', 'pack.installed') order by id`,
  )

describe('an upload', () => {
  test('that is refused is called by the name of its pack, or what it is where it says none', async () => {
    const wrong = await uploaded(file(depotArchive({ 'actions/weigh.sh': 'a\r\n' })))
    const nameless = await uploaded(file(depotArchive({ 'pack.yaml': 'version: 1.0.0\n' })))

    expect(wrong.body.error).toMatch(
      /^The pack 'depot' cannot be registered: actions\/weigh\.sh ends its lines/,
    )
    expect(nameless.body.error).toMatch(
      /^The pack 'upload' cannot be registered: pack\.yaml: ref is required/,
    )
  })

  test('becomes a pack: its files, its rows, its message and who did it commit together', async () => {
    const answer = await uploaded(file(depotArchive({}, 'depot-1.0.0/')))

    expect(answer).toMatchObject({
      status: 201,
      body: {
        data: {
          pack: {
            ref: 'depot',
            version: '1.0.0',
            source_type: 'local_archive',
            installed_by: expect.any(Number),
          },
          test_result: null,
          tests_skipped: true,
        },
      },
    })
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await stored()).toEqual(['depot'])
    expect((await depot.said()).at(-1)).toMatchObject({
      type: 'PackRegistered',
      payload: { pack_ref: 'depot' },
    })
    expect(await audited()).toMatchObject([
      {
        event_type: 'pack.uploaded',
        outcome: 'success',
        resource_ref: 'depot',
        actor_login: expect.stringMatching(/^user_/),
        details: { version: '1.0.0', fetched: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      },
    ])
  })

  test('as a zip is one too', async () => {
    const files = Object.entries(depotFiles).map(([name, content]) => ({ name, content }))

    expect(await uploaded(file(zip(...files)))).toMatchObject({ status: 201 })
  })

  test('of a pack that is there needs force, wherever that stands in the form', async () => {
    await uploaded(file(depotArchive()))
    const second = file(depotArchive({ 'actions/weigh.sh': 'echo 2\n' }))

    expect(await uploaded(second)).toMatchObject({ status: 409 })
    expect(await uploaded({ name: 'force', content: 'false' }, second)).toMatchObject({ status: 409 })
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 1\n')
    expect(await uploaded({ name: 'force', content: 'True' }, second)).toMatchObject({ status: 201 })
    expect(await uploaded(second, { name: 'force', content: 'true' })).toMatchObject({ status: 201 })
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 2\n')
    expect(await stored()).toEqual(['depot'])
  })

  const evil: [what: string, archive: Buffer, reason: RegExp][] = [
    ['leads out of the pack', tgz({ name: '../../evil', content: 'x' }), /leads out of the pack/],
    ['has a link', tgz({ name: 'a', type: '2', link: '/etc/passwd' }), /is a link/],
    ['has no pack.yaml', tgz({ name: 'a' }), /has no pack.yaml/],
    [
      'is a bomb',
      tgz({ name: 'a', content: Buffer.alloc(packLimits.max_per_entry_size_bytes + 1) }),
      /is larger than/,
    ],
    ['is no archive', Buffer.from('hello'), /neither a gzip/],
    ['is empty', Buffer.alloc(0), /is empty/],
    ['is too large', Buffer.alloc(packLimits.max_archive_size_bytes + 1), /is larger than 262144 bytes/],
    [
      'has a ref that leads elsewhere',
      depotArchive({ 'pack.yaml': 'ref: ../x\nversion: 1.0.0\n' }),
      /cannot be a pack ref/,
    ],
    [
      'has an absolute ref',
      depotArchive({ 'pack.yaml': 'ref: /etc/x\nversion: 1.0.0\n' }),
      /cannot be a pack ref/,
    ],
    [
      'has a hidden ref',
      depotArchive({ 'pack.yaml': 'ref: .staging-x\nversion: 1.0.0\n' }),
      /cannot be a pack ref/,
    ],
    ['calls itself as what ships with the product', depotArchive(coreFiles()), /ships with the product/],
    [
      'names a program outside of it',
      depotArchive({ 'actions/weigh.yaml': 'ref: weigh\nentry_point: ../../x.sh\n' }),
      /entry_point/,
    ],
  ]

  test.each(evil)('that %s is refused and leaves nothing', async (_, archive, reason) => {
    let answer: Awaited<ReturnType<typeof uploaded>> | undefined
    const started = await processesStarted(async () => {
      answer = await uploaded(file(archive), { name: 'force', content: 'true' })
    })

    expect(errorOf(answer)).toMatch(reason)
    expect([400, 409]).toContain(answer?.status)
    expect(started).toBe(0)
    expect(await stored()).toEqual([])
    expect(await packs()).toEqual([])
    expect(await audited()).toEqual([])
  })

  function coreFiles() {
    const none = Object.fromEntries(Object.keys(depotFiles).map((name) => [name, undefined]))
    return { ...none, 'pack.yaml': 'ref: core\nlabel: Core\nversion: 9.0.0\n' }
  }

  test.each([
    ['without a file', [{ name: 'force', content: 'true' }], /pack: is required/],
    ['with two files', [file(depotArchive()), file(depotArchive())], /twice|limit|cannot be read/],
    ['with a part of another name', [{ name: 'other', content: 'x' }], /other: is not a part/],
    ['with a text in the place of the file', [{ name: 'pack', content: 'x' }], /pack: is not a part/],
    [
      'with too many parts',
      Array.from({ length: 20 }, (_, n) => ({ name: `f${n}`, content: '' })),
      /not a part|limit/,
    ],
  ])('%s is refused', async (_, parts, reason) => {
    const answer = await uploaded(...parts)

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(reason)
    expect(await stored()).toEqual([])
  })

  test('that is not a form is told so, and a form is no JSON', async () => {
    const json = await depot.api.call('POST /api/v1/packs/upload', { token, body: { pack: 'x' } })
    const form = await upload(depot.api, {
      token,
      parts: [file(depotArchive())],
      path: '/api/v1/packs/install',
    })

    expect([json.status, form.status]).toEqual([415, 415])
  })

  test('that breaks off is refused and leaves nothing', async () => {
    const response = await depot.api.server.inject({
      method: 'POST',
      url: '/api/v1/packs/upload',
      headers: { 'content-type': 'multipart/form-data; boundary=x', authorization: `Bearer ${token}` },
      payload: '--x\r\ncontent-disposition: form-data; name="pack"; filename="a"\r\n\r\nhalf of',
    })

    expect(response.statusCode).toBe(400)
    expect(await stored()).toEqual([])
  })

  test('of a pack that brings tests is refused when they fail, and leaves nothing; unless they are not wanted', async () => {
    const testing =
      'testing: {enabled: true, discovery: {method: directory}, runners: {unit: {type: script, entry_point: t.sh}}}'
    const parts = [
      file(depotArchive({ 'pack.yaml': `${depotFiles['pack.yaml']}${testing}\n`, 't.sh': 'exit 1\n' })),
    ]

    const failed = await uploaded(...parts)

    expect(failed.status).toBe(400)
    expect(errorOf(failed)).toMatch(/tests of the pack 'depot' failed/)
    expect([await stored(), await packs()]).toEqual([[], []])
    expect(await uploaded({ name: 'skip_tests', content: 'true' }, ...parts)).toMatchObject({
      status: 201,
      body: { data: { test_result: null, tests_skipped: true } },
    })
    expect(await uploaded({ name: 'force', content: 'true' }, ...parts)).toMatchObject({
      status: 201,
      body: { data: { test_result: { status: 'failed', failed: 1 }, tests_skipped: false } },
    })
  })

  test('needs to be let in', async () => {
    const parts = [file(depotArchive())]
    const reader = await depot.api.token('packs:read')

    expect(await upload(depot.api, { parts })).toMatchObject({ status: 401 })
    expect(await upload(depot.api, { parts, token: reader })).toMatchObject({ status: 403 })
    expect(await stored()).toEqual([])
  })

  test('gives nobody more than they have', async () => {
    const answer = await uploaded(
      file(
        depotArchive({
          'permission_sets/clerk.yaml': 'ref: clerk\ngrants: [{resource: keys, actions: [decrypt]}]\n',
        }),
      ),
    )

    expect(answer).toMatchObject({ status: 403 })
    expect(await packs()).toEqual([])
    expect(await stored()).toEqual([])
  })
})

describe('an installation', () => {
  test('from the URL of an archive', async () => {
    outside.answers.set('/depot.tgz', depotArchive())

    const answer = await install({ source: `${outside.url}/depot.tgz?token=secret` })

    const origin = { source_type: 'archive', source_url: `${outside.url}/depot.tgz`, source_ref: null }
    expect(answer).toMatchObject({ status: 200, body: { data: { pack: { ref: 'depot', ...origin } } } })
    expect(await audited()).toMatchObject([
      { event_type: 'pack.installed', details: { ...origin, checksum_verified: false } },
    ])
    expect(JSON.stringify([await audited(), await depot.rows(sql`select * from pack`)])).not.toContain(
      'secret',
    )
  })

  test('replaces what is there', async () => {
    await uploaded(file(depotArchive()))
    const before = await depot.ids()
    outside.answers.set('/depot.tgz', depotArchive({ 'actions/weigh.sh': 'echo 2\n' }))

    expect(await install({ source: `${outside.url}/depot.tgz` })).toMatchObject({ status: 200 })

    expect(await depot.ids()).toEqual(before)
    expect(await readFile(join(depot.packs_base_dir, 'depot/actions/weigh.sh'), 'utf8')).toBe('echo 2\n')
  })

  test('from a git repository, at a tag', async () => {
    const source = await depot.directory()
    const person = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    }
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: source,
        env: { PATH: process.env.PATH, HOME: source, ...person },
        encoding: 'utf8',
      }).trim()
    git('init', '--quiet')
    git('add', '--all')
    git('commit', '--quiet', '--message=one')
    git('tag', 'v1.0.0')
    const commit = git('rev-parse', 'HEAD')

    const answer = await install({ source: `file://${source}`, ref_spec: 'v1.0.0' })

    const origin = { source_type: 'git', source_url: `file://${source}`, source_ref: 'v1.0.0' }
    expect(answer).toMatchObject({ status: 200, body: { data: { pack: { ref: 'depot', ...origin } } } })
    expect(await audited()).toMatchObject([{ details: { git_commit: commit } }])
    expect(await readdir(join(depot.packs_base_dir, 'depot'))).not.toContain('.git')
    expect(await stored()).toEqual(['depot'])
  })

  test('from a path of the server is for whoever manages permissions, or below where packs may lie', async () => {
    const path = await depot.directory()
    const manager = await depot.api.token(
      'packs:install',
      'actions:read',
      'actions:execute',
      'permissions:manage',
    )

    expect(await install({ source: path })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/local_roots/) },
    })
    expect(await install({ source: path }, manager)).toMatchObject({
      status: 200,
      body: { data: { pack: { source_type: 'local_directory', source_url: path } } },
    })
  })

  test('from an archive of the server', async () => {
    const path = join(depot.packs_base_dir, 'depot.tgz')
    await mkdir(depot.packs_base_dir, { recursive: true })
    await writeFile(path, depotArchive())

    expect(await install({ source: path })).toMatchObject({
      status: 200,
      body: { data: { pack: { source_type: 'local_archive', source_url: path } } },
    })
  })

  test.each([
    ['../x', /is no source/],
    ['/etc/../etc', /no folder that packs may be taken from/],
    ['x\u0001y', /control characters/],
    ['demo@', /is no source/],
    ['http://localhost/x.tgz', /not on the internet/],
    ['https://169.254.169.254/latest', /nothing is fetched from/],
    ['https://ann:secret@packs.example/x.tgz', /credentials/],
    ['git://packs.example/x', /not by 'git:'/],
    ['ext::sh -c evil', /helper/],
    ['--upload-pack=evil', /hyphen/],
  ])('from %j is refused', async (source, reason) => {
    const answer = await install({ source })

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(reason)
    expect(await stored()).toEqual([])
  })

  test('of what a server does not have, or has in parts, is refused and leaves nothing', async () => {
    outside.answers.set('/half.tgz', (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half')
      setImmediate(() => response.destroy())
    })

    for (const [path, reason] of [
      ['absent.tgz', /answers with status 404/],
      ['half.tgz', /cannot be fetched/],
    ] as const) {
      const answer = await install({ source: `${outside.url}/${path}` })
      expect(answer.status).toBe(400)
      expect(errorOf(answer)).toMatch(reason)
    }
    expect(await stored()).toEqual([])
  })
})

describe('a registration from a path', () => {
  test('is refused outside of where packs may lie, and through links', async () => {
    const path = await depot.directory()
    await symlink(path, `${path}-link`)
    const manager = await depot.api.token(
      'packs:install',
      'actions:read',
      'actions:execute',
      'permissions:manage',
    )

    const answers = [
      await depot.register('/etc', { by: token }),
      await depot.register(`${path}-link`, { by: manager }),
      await depot.register('relative/path', { by: manager }),
      await depot.register(path, { by: manager }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 201])
    expect(answers.slice(0, 3).map(errorOf)).toEqual([
      expect.stringMatching(/local_roots/),
      expect.stringMatching(/symbolic link/),
      expect.stringMatching(/must be absolute/),
    ])
    expect(
      await depot.rows(sql`select resource_ref from audit_event where event_type = 'pack.registered'`),
    ).toEqual([{ resource_ref: 'depot' }])
  })
})

describe('downloads', () => {
  const download = (body: JsonObject) => depot.api.call('POST /api/v1/packs/download', { token, body })

  test('lie where they can be registered from, and what fails is listed', async () => {
    outside.answers.set('/depot.tgz', depotArchive())
    const [good, bad] = [`${outside.url}/depot.tgz`, `${outside.url}/absent.tgz`]

    const answer = await download({ packs: [good, bad], destination_dir: 'today' })

    const pack_path = join(depot.packs_base_dir, '.downloads/today/depot')
    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          downloaded_packs: [
            { source: good, source_type: 'archive', pack_path, pack_ref: 'depot', pack_version: '1.0.0' },
          ],
          failed_packs: [{ source: bad, error: expect.stringMatching(/404/) }],
          total_count: 2,
          success_count: 1,
          failure_count: 1,
        },
      },
    })
    expect(await packs()).toEqual([])
    const batch = { pack_paths: [pack_path, '/etc'], force: false }
    expect(await depot.api.call('POST /api/v1/packs/register-batch', { token, body: batch })).toMatchObject({
      status: 200,
      body: {
        data: {
          registered_packs: [
            {
              pack_ref: 'depot',
              components_registered: { actions: 2, sensors: 1, triggers: 2, rules: 2, workflows: 0 },
              test_result: null,
              validation_results: { valid: true },
            },
          ],
          failed_packs: [
            { pack_path: '/etc', error_stage: 'path', error: expect.stringMatching(/local_roots/) },
          ],
          summary: { total_packs: 2, success_count: 1, failure_count: 1, total_components: 7 },
        },
      },
    })
  })

  test.each([
    [{ destination_dir: '../x' }, /destination_dir: must be a name/],
    [{ destination_dir: '/etc' }, /destination_dir: .*local_roots/],
    [{ destination_dir: '.hidden' }, /destination_dir: must be a name/],
    [{ destination_dir: 'x', verify_ssl: false }, /certificates are always verified/],
  ])('with %j are refused', async (options, reason) => {
    const answer = await download({ packs: ['demo'], ...options })

    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatch(reason)
  })
})
