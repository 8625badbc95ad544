import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseChecksum } from '../fetch/checksum.ts'
import { allowedLocalPath } from '../reader/local-path.ts'
import { parseSource } from './parse-source.ts'

describe('a source is told by its text alone', () => {
  test.each([
    ['https://packs.example/demo.tgz', undefined, { kind: 'archive', url: 'https://packs.example/demo.tgz' }],
    [
      'https://x.example/demo.git',
      undefined,
      { kind: 'git', remote: 'https://x.example/demo.git', ref: undefined },
    ],
    ['https://x.example/demo', 'main', { kind: 'git', remote: 'https://x.example/demo', ref: 'main' }],
    ['git@x.example:demo', undefined, { kind: 'git', remote: 'git@x.example:demo', ref: undefined }],
    ['ssh://git@x.example/demo', 'v1', { kind: 'git', remote: 'ssh://git@x.example/demo', ref: 'v1' }],
    ['ext::sh -c evil', undefined, { kind: 'git', remote: 'ext::sh -c evil', ref: undefined }],
    ['/opt/packs/demo', undefined, { kind: 'path', path: '/opt/packs/demo' }],
    ['demo', undefined, { kind: 'registry', ref: 'demo', range: undefined }],
    ['demo@^1.2', undefined, { kind: 'registry', ref: 'demo', range: '^1.2' }],
    ['demo@>=1,<2', undefined, { kind: 'registry', ref: 'demo', range: '>=1,<2' }],
  ])('%s', (text, refSpec, source) => {
    expect(parseSource(text, refSpec)).toEqual(source)
  })

  test.each([
    '../x',
    './x',
    'x/y',
    'Demo',
    'demo@',
    '@1.0.0',
    '-demo',
    '--upload-pack=evil',
    'demo\0',
    'demo\n',
    'a'.repeat(300),
    'a'.repeat(5000),
    '..',
    '~/x',
    '\\\\host\\share',
    '',
  ])('%j is none', (text) => {
    expect(() => parseSource(text, undefined)).toThrow(/^source: /)
  })

  test.each(['/opt/demo', 'demo@1.0.0'])('%s is no repository, so it has no branch', (text) => {
    expect(() => parseSource(text, 'main')).toThrow(/ref_spec: is for git/)
  })
})

describe('a path of the server', () => {
  let folder: string
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'attune-paths-')))
    await mkdir(join(folder, 'root/demo'), { recursive: true })
    await mkdir(join(folder, 'other'))
    await writeFile(join(folder, 'root/demo.tgz'), '')
    await symlink('../other', join(folder, 'root/link'))
    await symlink('demo', join(folder, 'root/inner'))
    await symlink('root', join(folder, 'linked-root'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const allowed = (path: string, anywhere = false) =>
    allowedLocalPath(path.startsWith('/') || path === '' ? path : join(folder, path), {
      roots: [join(folder, 'root'), join(folder, 'missing')],
      anywhere,
    })

  test.each(['root/demo', 'root/demo.tgz', 'root/x/../demo'])('%s below a root is taken', async (path) => {
    expect(await allowed(path)).toBe(join(folder, path))
  })

  test.each([
    ['other', /no folder that packs may be taken from/],
    ['root/../other', /no folder that packs may be taken from/],
    ['root-and-more', /no folder that packs may be taken from/],
    ['/etc', /no folder that packs may be taken from/],
    ['root/link', /leads through a symbolic link/],
    ['root/inner', /leads through a symbolic link/],
    ['root/absent', /there is no directory/],
    ['root/demo\0/x', /is not a path/],
    [`root/${'a'.repeat(5000)}`, /is not a path/],
    ['', /must be absolute/],
  ])('%j is refused', async (path, reason) => {
    await expect(allowed(path)).rejects.toThrow(reason)
  })

  test('outside of them is for whoever may name any, links excepted', async () => {
    expect(await allowed('other', true)).toBe(join(folder, 'other'))
    await expect(allowed('linked-root/demo', true)).rejects.toThrow(/symbolic link/)
  })

  test('a root that is a link itself leads where whoever configured it meant', async () => {
    const rules = { roots: [join(folder, 'linked-root')], anywhere: false }

    expect(await allowedLocalPath(join(folder, 'linked-root/demo'), rules)).toBe(join(folder, 'root/demo'))
  })
})

test.each([
  '',
  'sha256:',
  'sha256:zz',
  'md5:d41d8cd98f00b204e9800998ecf8427e',
  `sha1:${'a'.repeat(40)}`,
  `sha256:${'a'.repeat(63)}`,
])('the checksum %j proves nothing', (text) => {
  expect(() => parseChecksum(text)).toThrow(/weaker ones are not taken/)
})
