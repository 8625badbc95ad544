import { chmod, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyTree, scanPack, treeChecksum } from './pack-tree.ts'

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

const directoryChecksum = async (dir: string) => treeChecksum(await scanPack(dir))
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

test('a copy has what the tree lists, with modes, links and empty folders, and nothing else', async () => {
  const dir = await given({ 'actions/a.sh': 'x', '.git/HEAD': 'y', 'lib/__pycache__/m.pyc': 'z' })
  await mkdir(join(dir, 'data'))
  await chmod(join(dir, 'actions/a.sh'), 0o750)
  await chmod(join(dir, 'data'), 0o700)
  await symlink('actions/a.sh', join(dir, 'b'))
  const tree = await scanPack(dir)
  await writeFile(join(dir, 'later'), 'came when it was listed already')
  const to = join(await given({}), 'copy')

  const copy = await copyTree(tree, to)

  expect((await readdir(to, { recursive: true })).sort()).toEqual([
    'actions',
    'actions/a.sh',
    'b',
    'data',
    'lib',
  ])
  expect(await readlink(join(to, 'b'))).toBe('actions/a.sh')
  expect((await lstat(join(to, 'actions/a.sh'))).mode & 0o777).toBe(0o750)
  expect((await lstat(join(to, 'data'))).mode & 0o777).toBe(0o700)
  expect(copy).toEqual(await scanPack(to))
  expect(await treeChecksum(copy)).toBe(await treeChecksum(tree))
})
