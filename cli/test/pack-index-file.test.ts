import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, newHome } from './cli.ts'

const manifest = `ref: demo
label: Demo
version: 1.2.0
description: Shows things
author: Ada
license: MIT
repository: https://example.com/demo
tags: [demo, show]
runtime_deps: [shell]
dependencies: ["core@>=1.0.0"]
`

/** A pack in a folder of its own, with an action. */
function packFolder(text = manifest): string {
  const folder = join(newHome(), 'demo')
  mkdirSync(join(folder, 'actions'), { recursive: true })
  writeFileSync(join(folder, 'pack.yaml'), text)
  writeFileSync(
    join(folder, 'actions/hello.yaml'),
    'ref: demo.hello\ndescription: Says hello\nentry_point: hello.sh\n',
  )
  writeFileSync(join(folder, 'actions/hello.sh'), 'echo hello\n')
  return folder
}

const git = ['--git-url', 'https://example.com/demo.git', '--git-ref', 'v1.2.0']

function indexOf(...packs: object[]): string {
  const file = join(newHome(), 'index.json')
  writeFileSync(file, JSON.stringify({ registry_name: 'Ours', registry_url: 'https://example.com', packs }))
  return file
}

const read = (file: string): { packs: object[] } => JSON.parse(readFileSync(file, 'utf8'))

test('an entry lists what the files of the pack say, with the checksum of its folder and of its archive', async () => {
  const folder = packFolder()
  const archive = join(newHome(), 'demo.tar.gz')
  writeFileSync(archive, 'bytes')
  const places = [...git, '--archive-url', 'https://example.com/demo.tar.gz', '--archive', archive]

  const made = await cli(['pack', 'index-entry', folder, ...places])
  const sum = await cli(['pack', 'checksum', folder])

  expect(JSON.parse(made.stdout)).toEqual({
    ref: 'demo',
    label: 'Demo',
    description: 'Shows things',
    version: '1.2.0',
    author: 'Ada',
    license: 'MIT',
    repository: 'https://example.com/demo',
    keywords: ['demo', 'show'],
    runtime_deps: ['shell'],
    install_sources: [
      { type: 'git', url: 'https://example.com/demo.git', ref: 'v1.2.0', checksum: sum.stdout.trim() },
      {
        type: 'archive',
        url: 'https://example.com/demo.tar.gz',
        checksum: `sha256:${createHash('sha256').update('bytes').digest('hex')}`,
      },
    ],
    contents: {
      actions: [{ name: 'hello', description: 'Says hello' }],
      sensors: [],
      triggers: [],
      rules: [],
      workflows: [],
    },
    dependencies: { packs: ['core@>=1.0.0'] },
  })
})

test.each([
  ['no source', manifest, [], '--git-url, or --archive-url'],
  ['an archive without its file', manifest, ['--archive-url', 'https://x/y.zip'], 'needs --archive'],
  [
    'a file that is not there',
    manifest,
    ['--archive-url', 'https://x/y.zip', '--archive', '/no'],
    'Cannot read',
  ],
  ['no author', manifest.replace('author: Ada\n', ''), git, "write 'author' into pack.yaml"],
  ['no pack', 'ref: [', git, 'attune pack validate'],
])('%s is refused with the remedy', async (_, text, flags, said) => {
  const ended = await cli(['pack', 'index-entry', packFolder(text), ...flags])

  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(said)
})

test('an index is begun, takes a pack once, and replaces it when told', async () => {
  const folder = packFolder()
  const index = join(newHome(), 'ours.json')
  const update = (...more: string[]) =>
    cli(['pack', 'index-update', '--index', index, folder, ...git, ...more])

  const first = await update()
  const again = await update()
  writeFileSync(join(folder, 'pack.yaml'), manifest.replace('1.2.0', '1.3.0'))
  const replaced = await update('--update')

  expect(first.stdout).toBe(`✓ ${index} has demo 1.2.0.\n`)
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('replace it with --update') })
  expect(replaced.code).toBe(0)
  expect(read(index)).toMatchObject({
    registry_name: 'ours',
    last_updated: expect.stringMatching(/Z$/),
    packs: [{ ref: 'demo', version: '1.3.0' }],
  })
})

test('of several indexes the highest version of each pack stays, as versions count', async () => {
  const ours = indexOf(
    { ref: 'a', version: '1.9.0' },
    { ref: 'b', version: '2.0.0' },
    { ref: 'c', version: 'odd' },
  )
  const theirs = indexOf(
    { ref: 'a', version: '1.10.0' },
    { ref: 'b', version: '2.0.0-rc.1' },
    { ref: 'c', version: '0.1.0' },
  )
  const out = join(newHome(), 'all.json')

  const made = await cli(['pack', 'index-merge', '--out', out, ours, theirs])
  const again = await cli(['pack', 'index-merge', '--out', out, ours, theirs])

  expect(made.stdout).toBe(`✓ ${out} has 3 packs.\n`)
  expect(read(out)).toMatchObject({
    registry_name: 'Ours',
    packs: [
      { ref: 'a', version: '1.10.0' },
      { ref: 'b', version: '2.0.0' },
      { ref: 'c', version: '0.1.0' },
    ],
  })
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') })
})

test('a file that is no index is refused and stays as it is', async () => {
  const file = join(newHome(), 'other.json')
  writeFileSync(file, '{"packs": [1]}')

  const ended = await cli(['pack', 'index-update', '--index', file, packFolder(), ...git])

  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('is no index') })
  expect(readFileSync(file, 'utf8')).toBe('{"packs": [1]}')
})
