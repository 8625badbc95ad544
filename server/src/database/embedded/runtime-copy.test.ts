import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ensureRuntime, parseLinks, removeOtherRuntimes } from './runtime-copy.ts'

/** A package whose `postgres` is a shell script. */
function fakePackage(script: string): { native: string; state: string } {
  const folder = mkdtempSync(join(tmpdir(), 'attune-runtime-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const native = join(folder, 'native')
  const files = {
    'bin/postgres': script,
    'lib/libpq.so.5.18': '',
    'lib/libpq.a': '',
    'lib/libecpg.so.6.18': '',
    'lib/pkgconfig/libpq.pc': '',
    'lib/postgresql/plpgsql.so': '',
    'lib/postgresql/plperl.so': '',
    'lib/postgresql/pgxs/config/missing': '',
    'pg-symlinks.json': JSON.stringify([
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
      { source: 'native/lib/libecpg.so.6.18', target: 'native/lib/libecpg.so.6' },
    ]),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(native, dirname(path)), { recursive: true })
    writeFileSync(join(native, path), text)
    chmodSync(join(native, path), path.startsWith('bin') ? 0o700 : 0o600)
  }
  return { native, state: folder }
}

const working = '#!/bin/sh\nexit 0\n'

function copy({ native, state }: { native: string; state: string }, version = '18.4') {
  return ensureRuntime({ native, version, major: 18 }, state, { durable: true })
}

test('the copy has the links that npm cannot install, and nothing that a server does not need', async () => {
  const runtime = await copy(fakePackage(working))

  expect(readlinkSync(join(runtime, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18')
  expect(readdirSync(join(runtime, 'lib')).sort()).toEqual(['libpq.so.5', 'libpq.so.5.18', 'postgresql'])
  expect(readdirSync(join(runtime, 'lib', 'postgresql'))).toEqual(['plpgsql.so'])
})

test('everyone may read the copy and run its programs, whatever the umask of npm was', async () => {
  const runtime = await copy(fakePackage(working))

  const modes = ['.', 'bin', 'bin/postgres', 'lib/libpq.so.5.18'].map(
    (path) => statSync(join(runtime, path)).mode & 0o777,
  )
  expect(modes).toEqual([0o755, 0o755, 0o755, 0o644])
})

test('a copy of the same version is used as it is', async () => {
  const source = fakePackage(working)
  const runtime = await copy(source)
  rmSync(source.native, { recursive: true })

  expect(await copy(source)).toBe(runtime)
})

test('a copy that was not finished is made again', async () => {
  const source = fakePackage(working)
  mkdirSync(join(source.state, 'pg-18.4.tmp', 'bin'), { recursive: true })

  const runtime = await copy(source)

  expect(readdirSync(source.state).sort()).toEqual(['native', 'pg-18.4'])
  expect(statSync(join(runtime, 'bin', 'postgres')).isFile()).toBe(true)
})

test('the copies of other versions go, on demand', async () => {
  const source = fakePackage(working)
  await copy(source, '18.3')
  const runtime = await copy(source, '18.4')

  await removeOtherRuntimes(source.state, runtime)

  expect(readdirSync(source.state).sort()).toEqual(['native', 'pg-18.4'])
})

test.each([
  ['its C library is another one', '#!/lib/ld-of-another-world.so\n', /GNU C library.*database\.url/],
  [
    'a library is missing',
    '#!/bin/sh\necho "GLIBC_2.99 not found" >&2; exit 127\n',
    /GLIBC_2\.99 not found.*database\.url/,
  ],
])('a machine where it does not run because %s is told so, and keeps no copy', async (_, script, message) => {
  const source = fakePackage(script)

  await expect(copy(source)).rejects.toThrow(message)

  expect(readdirSync(source.state)).not.toContain('pg-18.4')
})

test.each(['{}', '[]', '[1, null, {"source": 1}]'])('%s lists no links', (text) => {
  expect(parseLinks(text)).toEqual([])
})
