import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { scanPack, treeChecksum } from '../../server/src/domain/packs/reader/pack-tree.ts'
import { unpackArchive } from '../../server/src/domain/packs/archive/unpack-archive.ts'
import { type Api, listOf, type Reply, type Routes, startApi } from './api-server.ts'
import { cli, type CliOptions, session } from './cli.ts'

const limits = {
  max_archive_size_bytes: 1 << 20,
  max_extracted_size_bytes: 1 << 20,
  max_per_entry_size_bytes: 1 << 20,
  max_file_count: 100,
  allow_symlinks: false,
}
const pack = {
  ref: 'demo',
  label: 'Demo',
  version: '1.0.0',
  description: null,
  tags: [],
  is_standard: false,
  created: '2031-05-06T07:08:09.123456Z',
  updated: '2031-05-06T07:08:09.123456Z',
}
const installed: Reply = { status: 201, body: { data: { pack, test_result: null, tests_skipped: true } } }
const index = {
  id: 3,
  name: 'Ours',
  url: 'https://packs.example/index.json',
  position: 0,
  enabled: true,
  headers: { Authorization: '***' },
  created: pack.created,
  updated: pack.updated,
}
const none = { actions: [], sensors: [], triggers: [], rules: [], workflows: [] }
const listed = {
  pack: {
    ref: 'demo',
    label: 'Demo',
    description: 'Shows',
    version: '1.0.0',
    author: 'a',
    license: 'MIT',
    keywords: ['x'],
    runtime_deps: [],
    install_sources: [{ type: 'archive', url: 'https://packs.example/demo.tgz', checksum: 'sha256:00' }],
    contents: { ...none, actions: [{ name: 'a', description: 'b' }] },
  },
  registry: { id: 3, name: 'Ours', url: index.url, position: 0 },
}

let api: Api | undefined
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-cli-pack-'))
})
afterEach(async () => {
  await api?.close()
  api = undefined
  await rm(folder, { recursive: true })
})

async function run(routes: Routes, args: string[], options: CliOptions = {}): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['pack', ...args], { ...session(api.url), ...options })
}

const bodies = () => api?.received.map(({ method, path, body }) => [`${method} ${path}`, body])

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

/** A folder with all that may lie in one besides the pack. */
async function writePack(): Promise<void> {
  await write({
    'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
    'actions/run.sh': 'echo run\n',
    'actions/@odd': '',
    'lib/deep/kept.log': 'kept',
    '.gitignore': '*.log\n/build/\n.env\n',
    'lib/deep/.gitignore': '!kept.log\n',
    'debug.log': 'no',
    'build/out.sh': 'no',
    '.env': 'no',
    '.git/config': 'no',
    'lib/__pycache__/x.pyc': 'no',
  })
  await chmod(join(folder, 'actions/run.sh'), 0o755)
}
const packed = [
  '.gitignore',
  'actions/@odd',
  'actions/run.sh',
  'lib/deep/.gitignore',
  'lib/deep/kept.log',
  'pack.yaml',
]

describe('pack upload', () => {
  test('sends a folder as an archive that the server can read: no more and no less than the pack', async () => {
    await writePack()
    await symlink('/etc/passwd', join(folder, 'passwd'))

    const ended = await run({ 'POST /api/v1/packs/upload': () => installed }, ['upload', folder, '--force'])

    expect(ended).toMatchObject({ code: 0, stdout: '✓ Pack demo 1.0.0 is registered.\n' })
    expect(ended.stderr).toContain('passwd is left out')
    expect(ended.stderr).toContain('because .gitignore or .ignore names it: .env, build/, debug.log.')
    const form = api?.received[0]?.form
    expect([...(form?.keys() ?? [])]).toEqual(['force', 'pack'])
    const [archive, into] = [join(folder, 'sent.tgz'), join(folder, 'into')]
    await writeFile(archive, form?.get('pack') ?? '')
    await mkdir(into)
    const root = await unpackArchive(archive, { into, limits })
    expect(await filesOf(root)).toEqual(packed)
    expect(((await stat(join(root, 'actions/run.sh'))).mode & 0o777).toString(8)).toBe('755')
  })

  test('sends an archive as it is', async () => {
    await write({ 'demo.zip': 'PK' })

    await run({ 'POST /api/v1/packs/upload': () => installed }, ['upload', join(folder, 'demo.zip')])

    expect(String(api?.received[0]?.form.get('pack'))).toBe('PK')
  })

  test.each([
    ['a folder that is no pack', '.', /There is no pack.yaml in/],
    ['what is not there', 'absent', /There is no .*absent/],
  ])('of %s asks nobody', async (_, path, reason) => {
    const ended = await run({}, ['upload', join(folder, path)])

    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(reason)
    expect(api?.received).toEqual([])
  })

  test('says why the server refuses', async () => {
    await writePack()
    const refusal = { status: 409, body: { error: "There is a pack 'demo' already.", code: 'CONFLICT' } }

    const ended = await run({ 'POST /api/v1/packs/upload': () => refusal }, ['upload', folder])

    expect(ended).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^Error: There is a pack 'demo' already\.$/m),
    })
  })
})

async function filesOf(root: string): Promise<string[]> {
  const { readPackFolder } = await import('../src/pack/pack-folder.ts')
  return (await readPackFolder(root)).files
}

describe('pack checksum', () => {
  test('of a folder is the one that the server computes for its files', async () => {
    await write({ 'pack.yaml': 'ref: demo\n', 'actions/b.sh': 'b', 'actions.txt': 'a', 'Z/ä.txt': 'ö' })

    const ended = await run({}, ['checksum', folder])

    expect(ended.stdout).toBe(`sha256:${await treeChecksum(await scanPack(folder))}\n`)
  })

  test('of an archive is that of its bytes', async () => {
    await write({ 'demo.tgz': 'hello\n' })

    const ended = await run({}, ['checksum', join(folder, 'demo.tgz'), '--json'])

    const checksum = 'sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03'
    expect(JSON.parse(ended.stdout)).toEqual({ type: 'archive', checksum })
  })
})

test('pack install lets the server fetch', async () => {
  const needed = [{ ref: 'log', version: '1.4.0' }]
  const data = { pack, test_result: null, tests_skipped: true, installed_dependencies: needed }
  const fetched: Reply = { body: { data } }
  const ended = await run({ 'POST /api/v1/packs/install': () => fetched }, [
    'install',
    'git@x.example:demo',
    '-r',
    'v1',
  ])

  expect(ended.stdout).toBe(
    '✓ Pack log 1.4.0 is installed, because it is needed.\n✓ Pack demo 1.0.0 is installed.\n',
  )
  expect(bodies()).toEqual([
    [
      'POST /api/v1/packs/install',
      { source: 'git@x.example:demo', ref_spec: 'v1', skip_tests: false, skip_deps: false },
    ],
  ])
})

describe('pack index', () => {
  test('add sends headers from a file, never from the command line', async () => {
    await write({ headers: 'Authorization: Bearer 1\n' })
    const routes = { 'POST /api/v1/pack-indices': () => ({ status: 201, body: { data: index } }) }
    const add = ['index', 'add', index.url, '--name', 'Ours', '--position', '0', '--disabled']

    const refused = await run(routes, [...add, '--headers', '{"Authorization": "Bearer 1"}'])
    expect(refused.code).toBe(2)
    await api?.close()
    const ended = await run(routes, [...add, '--headers', `@${join(folder, 'headers')}`])

    expect(ended.stdout).toBe(`✓ Index 3 at ${index.url} is added.\n`)
    expect(bodies()).toEqual([
      [
        'POST /api/v1/pack-indices',
        { url: index.url, enabled: false, name: 'Ours', position: 0, headers: { Authorization: 'Bearer 1' } },
      ],
    ])
  })

  test('update changes what is named', async () => {
    const routes = { 'PUT /api/v1/pack-indices/3': () => ({ body: { data: index } }) }

    const nothing = await run(routes, ['index', 'update', '3'])
    expect(nothing.code).toBe(2)
    await api?.close()
    api = await startApi(routes)
    await cli(['pack', 'index', 'update', '3', '--enabled', 'false', '--headers', '-'], {
      ...session(api.url),
      input: 'X-A: b',
    })

    expect(bodies()).toEqual([['PUT /api/v1/pack-indices/3', { enabled: false, headers: { 'X-A': 'b' } }]])
  })

  test('list, browse, show and search', async () => {
    api = await startApi({
      'GET /api/v1/pack-indices': () => listOf([index]),
      'GET /api/v1/pack-indices/packs': () => listOf([listed]),
      'GET /api/v1/pack-indices/packs/demo': () => ({ body: { data: listed } }),
    })
    const { url } = api
    const said = async (...args: string[]) => (await cli(['pack', ...args], session(url))).stdout

    expect(await said('index', 'list')).toContain('3   0         Ours  https://packs.example/index.json  yes')
    expect(await said('index', 'browse')).toContain('demo  1.0.0    Demo   archive  Ours')
    expect(await said('search', 'show', '-r', '3')).toContain('demo  1.0.0')
    expect(await said('index', 'show', 'demo')).toMatch(/Contents\s+1 actions, 0 sensors/)
    expect(api.received.at(-2)?.query).toMatchObject({ q: 'show', registry_id: '3' })
  })

  test('delete asks first', async () => {
    const routes = {
      'DELETE /api/v1/pack-indices/3': () => ({ body: { data: { success: true, message: 'x' } } }),
    }

    const ended = await run(routes, ['index', 'delete', '3'])
    expect([ended.code, api?.received]).toEqual([2, []])
    await api?.close()
    expect((await run(routes, ['index', 'delete', '3', '--yes'])).stdout).toBe('✓ Index 3 is removed.\n')
  })
})

test('the archive of the same files is the same', async () => {
  await writePack()
  const send = async () => {
    await run({ 'POST /api/v1/packs/upload': () => installed }, ['upload', folder])
    const archive = api?.received[0]?.form.get('pack')
    await api?.close()
    return archive
  }

  const first = await send()
  await writeFile(join(folder, 'pack.yaml'), await readFile(join(folder, 'pack.yaml')))

  expect(Buffer.compare(Buffer.from(first ?? ''), Buffer.from((await send()) ?? '-'))).toBe(0)
})
