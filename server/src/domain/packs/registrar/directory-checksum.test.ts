import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { directoryChecksum } from './directory-checksum.ts'

const made: string[] = []

afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true })
})

async function given(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'checksum-'))
  made.push(dir)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return dir
}

const checksum = async (files: Record<string, string>) => directoryChecksum(await given(files))

test('equal directories have equal checksums, whatever was written first', async () => {
  const one = await checksum({ 'pack.yaml': 'ref: a', 'lib/x.sh': 'x' })
  const other = await checksum({ 'lib/x.sh': 'x', 'pack.yaml': 'ref: a' })

  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(other).toBe(one)
})

test('every change of a name or a content changes the checksum', async () => {
  const all = await Promise.all([
    checksum({ a: 'bc', d: '' }),
    checksum({ ab: 'c', d: '' }),
    checksum({ a: 'bcd' }),
    checksum({ a: '', bc: '', d: '' }),
    checksum({ 'a/d': 'bc' }),
    checksum({ a: 'bc' }),
    checksum({}),
  ])

  expect(new Set(all).size).toBe(all.length)
})

test('history and compiled Python do not count, links inside do', async () => {
  const plain = await checksum({ a: 'x' })
  const more = await given({ a: 'x', '.git/HEAD': 'y', 'lib/__pycache__/m.pyc': 'z' })

  expect(await directoryChecksum(more)).toBe(plain)
  await symlink('a', join(more, 'b'))
  expect(await directoryChecksum(more)).not.toBe(plain)
})

test('a directory with a link that leads out has none', async () => {
  const dir = await given({ a: 'x' })
  await symlink('/etc/hostname', join(dir, 'b'))

  await expect(directoryChecksum(dir)).rejects.toThrow('b is a link that leads out of the pack')
})
