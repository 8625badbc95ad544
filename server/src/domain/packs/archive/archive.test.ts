import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pax, paxRecord, tar, tarEnd, tarEntry, tgz, type ZipEntry, zip } from '../../../../test/archives.ts'
import { processesStarted } from '../../../../test/child-processes.ts'
import { Problem } from '../../../problem.ts'
import { unpackArchive } from './unpack-archive.ts'
import type { PackLimits } from './archive-entry.ts'
import { inIncoming } from './incoming.ts'

const KIB = 1024
const limits: PackLimits = {
  max_archive_size_bytes: 200 * KIB,
  max_extracted_size_bytes: 64 * KIB,
  max_per_entry_size_bytes: 32 * KIB,
  max_file_count: 50,
  allow_symlinks: false,
}
const manifest = { name: 'pack.yaml', content: 'ref: demo\nversion: 1.0.0\n' }

let packs: string
beforeEach(async () => {
  packs = await mkdtemp(join(tmpdir(), 'attune-archive-'))
})
afterEach(() => rm(packs, { recursive: true }))

/** Takes an archive in as an upload would, and shows what `look` sees of the unpacked pack. */
function takeIn<Result>(
  archive: Buffer,
  look: (root: string) => Promise<Result>,
  changed: Partial<PackLimits> = {},
): Promise<Result> {
  return inIncoming(packs, async (folder) => {
    const path = join(folder, 'archive')
    const into = join(folder, 'unpacked')
    await writeFile(path, archive)
    await mkdir(into)
    return look(await unpackArchive(path, { into, limits: { ...limits, ...changed } }))
  })
}

/** Why an archive is refused. Fails when it is not, when anything is left of it, or when a process was started. */
async function refusal(archive: Buffer, changed: Partial<PackLimits> = {}): Promise<string> {
  let reason = 'it was taken'
  const started = await processesStarted(async () => {
    await takeIn(archive, async () => undefined, changed).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error
      expect(error.status).toBe(400)
      reason = error.message
    })
  })
  expect(await readdir(packs)).toEqual([])
  expect(started).toBe(0)
  return reason
}

test('a process that is started while an archive is taken in would be noticed', async () => {
  expect(await processesStarted(async () => once(spawn('true'), 'close'))).toBe(1)
})

const long = 'x'.repeat(300)

describe('a tar is refused', () => {
  const cases: [what: string, archive: Buffer, reason: RegExp][] = [
    ['that leads out with ..', tgz(manifest, { name: '../evil' }), /'\.\.\/evil' leads out of the pack/],
    ['that leads out from a folder', tgz(manifest, { name: 'a/../../evil' }), /leads out of the pack/],
    ['that leads out and in again', tgz(manifest, { name: 'a/../b' }), /leads out of the pack/],
    ['with an absolute name', tgz(manifest, { name: '/etc/cron.d/evil' }), /absolute name/],
    ['with a drive letter', tgz(manifest, { name: 'C:evil' }), /absolute name/],
    ['with a backslash', tgz(manifest, { name: '..\\evil' }), /backslash/],
    ['with an empty name on the way', tgz(manifest, { name: 'a//b' }), /not in its plain form/],
    ['with a name in a roundabout form', tgz(manifest, { name: 'a/./b' }), /not in its plain form/],
    ['with a line break in a name', tgz(manifest, { name: 'a\nb' }), /'a\?b' has a name with control/],
    ['with an escape sequence in a name', tgz(manifest, { name: 'a\u001b[2Jb' }), /control characters/],
    ['with text that runs backwards', tgz(manifest, { name: 'a\u202egnp.sh' }), /control characters/],
    ['with a name that is no text', tgz(manifest, { name: Buffer.from([0x61, 0xff, 0xfe]) }), /not UTF-8/],
    ['with a NUL in a name', tgz(manifest, pax({ path: 'a\0b' }), { name: 'a' }), /control characters/],
    [
      'with a NUL in a long name',
      tgz(manifest, tarEntry({ type: 'L', content: 'a\0b\0' }), {}),
      /control char/,
    ],
    ['with an over-long name', tgz(manifest, pax({ path: long }), {}), /name of more than 255 bytes/],
    ['with an over-long way', tgz(manifest, pax({ path: 'abc/'.repeat(300) }), {}), /more than 1024 bytes/],
    [
      'with too many folders in folders',
      tgz(manifest, pax({ path: 'a/'.repeat(40) }), {}),
      /32 folders deep/,
    ],
    ['with a symbolic link', tgz(manifest, { name: 'a', type: '2', link: '/etc/passwd' }), /is a link, and/],
    ['with a hard link', tgz(manifest, { name: 'a', type: '1', link: 'pack.yaml' }), /is a link, and/],
    ['with a character device', tgz(manifest, { name: 'a', type: '3' }), /device or a pipe/],
    ['with a block device', tgz(manifest, { name: 'a', type: '4' }), /device or a pipe/],
    ['with a pipe', tgz(manifest, { name: 'a', type: '6' }), /device or a pipe/],
    ['with a volume header', tgz(manifest, { name: 'a', type: 'V' }), /type that is not taken/],
    ['with a continued file', tgz(manifest, { name: 'a', type: 'M' }), /type that is not taken/],
    ['with an unknown type', tgz(manifest, { name: 'a', type: '~' }), /type that is not taken/],
    [
      'with a folder that has content',
      tgz(manifest, { name: 'a', type: '2', link: 'b', content: 'x' }),
      /its type does not/,
    ],
    ['with a sparse file', tgz(manifest, { name: 'a', type: 'S' }), /sparse/],
    ['with a sparse file of the new kind', tgz(pax({ 'GNU.sparse.size': '9', path: 'a' }), {}), /sparse/],
    ['with two entries of a name', tgz(manifest, manifest), /'pack.yaml' is there twice/],
    [
      'with names that differ by case',
      tgz(manifest, { name: 'Pack.YAML' }),
      /differs from 'pack.yaml' by case/,
    ],
    [
      'with folders that differ by case',
      tgz(manifest, { name: 'a/b' }, { name: 'A/c' }),
      /'A\/c' differs from 'a'/,
    ],
    [
      'with names that differ by the form of a letter',
      tgz(manifest, { name: 'caf\u00e9' }, { name: 'cafe\u0301' }),
      /differs from/,
    ],
    ['with a file that is a folder too', tgz(manifest, { name: 'a' }, { name: 'a/b' }), /is there twice/],
    ['with a folder that is a file too', tgz(manifest, { name: 'a/b' }, { name: 'a' }), /is there twice/],
    [
      'with too many entries',
      tgz(manifest, ...Array.from({ length: 50 }, (_, n) => ({ name: `f${n}` }))),
      /more than 50 entries/,
    ],
    [
      'with a file that is too large',
      tgz(manifest, { name: 'a', content: 'x'.repeat(33 * KIB) }),
      /'a' is larger/,
    ],
    [
      'with too much in all',
      tgz(manifest, ...['a', 'b', 'c'].map((name) => ({ name, content: 'x'.repeat(30 * KIB) }))),
      /more than 65536 bytes of content/,
    ],
    [
      'that is nothing but zeros behind its end',
      gzipSync(Buffer.concat([tar(manifest), Buffer.alloc(3 << 20)])),
      /unpacks to more/,
    ],
    [
      'that never gets to an entry',
      tgz(...Array.from({ length: 1300 }, () => pax({ comment: 'x' }, 'g'))),
      /unpacks to more/,
    ],
    ['that claims a file of 8 GiB', tgz(manifest, { name: 'a', size: 0o77777777777 }), /'a' is larger/],
    [
      'that claims a negative size',
      tgz(manifest, { name: 'a', size: Buffer.alloc(12, 0xff) }),
      /impossible size/,
    ],
    ['that claims more than there is', tgz(manifest, { name: 'a', content: 'x', size: 9000 }), /cut short/],
    [
      'that claims less than there is',
      tgz(manifest, { name: 'a', content: 'x'.repeat(2000), size: 5 }),
      /checksum/,
    ],
    [
      'that claims a size in other digits',
      tgz(manifest, { name: 'a', size: Buffer.from('0x10') }),
      /impossible size/,
    ],
    ['with two sizes', tgz(manifest, pax({ size: '5' }), { name: 'a', content: 'x' }), /has two sizes/],
    ['with a wrong checksum', tgz(manifest, { name: 'a', badChecksum: true }), /wrong checksum/],
    [
      'that is cut short in a file',
      gzipSync(tar({ ...manifest, content: 'x'.repeat(900) }).subarray(0, 1000)),
      /cut short/,
    ],
    ['that is cut short in a header', gzipSync(tar(manifest).subarray(0, 1100)), /cut short/],
    ['that has no end', gzipSync(tarEntry(manifest)), /cut short/],
    [
      'with half an end',
      gzipSync(Buffer.concat([tarEntry(manifest), tarEnd.subarray(0, 512)])),
      /does not end/,
    ],
    [
      'with a second archive behind its end',
      gzipSync(Buffer.concat([tar(manifest), tar({ name: 'b' })])),
      /behind its end/,
    ],
    [
      'with something behind its end',
      gzipSync(Buffer.concat([tar(manifest), Buffer.from('x')])),
      /behind its end/,
    ],
    [
      'with an extended header behind which nothing is',
      tgz(manifest, pax({ path: 'a' })),
      /middle of an entry/,
    ],
    [
      'with two extended headers for one entry',
      tgz(manifest, pax({ path: 'a' }), pax({ path: 'b' }), {}),
      /two extended/,
    ],
    [
      'with two long names',
      tgz(tarEntry({ type: 'L', content: 'a\0' }), pax({ path: 'b' }), {}),
      /two long names/,
    ],
    [
      'with a name for all entries',
      tgz(pax({ path: 'a' }, 'g'), manifest),
      /for all entries that sets 'path'/,
    ],
    [
      'with a name that is said twice',
      tgz(
        manifest,
        tarEntry({ type: 'x', content: paxRecord(['path', 'a']) + paxRecord(['path', 'b']) }),
        {},
      ),
      /says 'path' twice/,
    ],
    [
      'with an extended header that lies about its length',
      tgz(manifest, tarEntry({ type: 'x', content: '99 path=a\n' }), {}),
      /cannot be read/,
    ],
    [
      'with an extended header that says too much',
      tgz(manifest, pax(Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`k${n}`, '']))), {}),
      /more than 256 records/,
    ],
    [
      'with a header that is too long',
      tgz(manifest, tarEntry({ type: 'L', content: 'x'.repeat(66 * KIB) }), {}),
      /header of more than/,
    ],
    [
      'that leads out by an extended header',
      tgz(manifest, pax({ path: '../evil' }), { name: 'harmless' }),
      /leads out/,
    ],
    [
      'that leads out by a long name',
      tgz(manifest, tarEntry({ type: 'L', content: '../evil\0' }), {}),
      /leads out/,
    ],
    [
      'that leads out on the second line of a record',
      tgz(manifest, pax({ comment: 'x\n17 path=/evil' }), { name: '/x' }),
      /absolute/,
    ],
    ['without a pack.yaml', tgz({ name: 'README.md' }), /has no pack.yaml/],
    ['with a pack.yaml two folders deep', tgz({ ...manifest, name: 'a/b/pack.yaml' }), /has no pack.yaml/],
    [
      'with a pack.yaml in one of two folders',
      tgz({ ...manifest, name: 'a/pack.yaml' }, { name: 'b/x' }),
      /has no pack/,
    ],
    ['with a folder in the place of pack.yaml', tgz({ name: 'pack.yaml', type: '5' }), /has no pack.yaml/],
    ['without anything', tgz(), /is empty/],
    ['with a link of no name', tgz(manifest, { name: './', type: '2', link: 'a' }), /entry without a name/],
    ['that is not compressed', tar(manifest), /neither a gzip/],
    ['that is no archive', Buffer.from('#!/bin/sh\nrm -rf /\n'), /neither a gzip/],
    ['that is a few bytes', Buffer.from([0x1f]), /neither a gzip/],
    ['whose compression is cut short', tgz(manifest).subarray(0, -6), /not an intact gzip/],
    ['whose compression is damaged', damaged(tgz(manifest)), /not an intact gzip/],
    [
      'with a text behind its compression',
      Buffer.concat([tgz(manifest), Buffer.from('#!/bin/sh')]),
      /intact gzip|behind its end/,
    ],
    ['with zeros behind its compression', Buffer.concat([tgz(manifest), Buffer.alloc(10)]), /behind its end/],
    [
      'with a second archive behind its compression',
      Buffer.concat([tgz(manifest), tgz({ name: 'b' })]),
      /behind its end/,
    ],
  ]

  test.each(cases)('%s', async (_, archive, reason) => {
    expect(await refusal(archive)).toMatch(reason)
  })

  test('that is larger than an upload may be', async () => {
    const archive = tgz(manifest)

    expect(await refusal(archive, { max_archive_size_bytes: archive.length - 1 })).toMatch(/is larger than/)
    expect(await refusal(archive, { max_archive_size_bytes: archive.length })).toBe('it was taken')
  })

  test('that unpacks to far more than it is, though that were not too much', async () => {
    const large = { max_extracted_size_bytes: 1 << 30, max_per_entry_size_bytes: 1 << 30 }
    const bomb = tgz(manifest, { name: 'zeros', content: Buffer.alloc(20 << 20) })

    expect(await refusal(bomb, large)).toMatch(/more than 200 times as large/)
  })

  test('that unpacks to far more than it is without ever getting to an entry', async () => {
    const large = { max_extracted_size_bytes: 1 << 30, max_per_entry_size_bytes: 1 << 30 }
    const comment = pax({ comment: 'x' }, 'g')
    const bomb = tgz(Buffer.concat(Array.from({ length: 15_000 }, () => comment)))

    expect(await refusal(bomb, large)).toMatch(/more than 200 times as large/)
  })
})

function damaged(archive: Buffer): Buffer {
  const copy = Buffer.from(archive)
  copy[copy.length - 5] = (copy[copy.length - 5] ?? 0) ^ 0xff
  return copy
}

describe('a zip is refused', () => {
  const z = (...entries: ZipEntry[]) => zip(manifest, ...entries)
  const cases: [what: string, archive: Buffer, reason: RegExp][] = [
    ['that leads out with ..', z({ name: '../evil' }), /invalid relative path|leads out/],
    ['with an absolute name', z({ name: '/etc/evil' }), /absolute/],
    ['with a drive letter', z({ name: 'C:/evil' }), /absolute/],
    ['with a backslash', z({ name: 'a\\..\\..\\evil' }), /invalid characters|backslash/],
    ['with a control character in a name', z({ name: 'a\u0007' }), /control characters/],
    ['with a NUL in a name', z({ name: 'pack.yaml\0.txt' }), /control characters/],
    ['with a symbolic link', z({ name: 'a', mode: 0o120777, content: '/etc/passwd' }), /is a link, and/],
    ['with a pipe', z({ name: 'a', mode: 0o010644 }), /device or a pipe/],
    ['with a device', z({ name: 'a', mode: 0o020644 }), /device or a pipe/],
    ['with a socket', z({ name: 'a', mode: 0o140644 }), /device or a pipe/],
    ['with a folder that has content', z({ name: 'a/', mode: 0o040755, content: 'x' }), /its type does not/],
    ['with a file that is named as a folder', z({ name: 'a/', content: '' }), /not in its plain form/],
    ['with two entries of a name', z(manifest), /is there twice/],
    ['with names that differ by case', z({ name: 'PACK.yaml' }), /by case alone/],
    ['with a file that is too large', z({ name: 'a', content: 'x'.repeat(33 * KIB) }), /'a' is larger/],
    ['with another name before the content', z({ name: 'a', localName: 'b' }), /two ways that differ/],
    [
      'with another size before the content',
      z({ name: 'a', content: 'xy', localSize: 1 }),
      /two ways that differ/,
    ],
    [
      'with more content than it says',
      z({ name: 'a', content: 'x'.repeat(900), size: 5 }),
      /not an intact zip|too many bytes/,
    ],
    ['with less content than it says', z({ name: 'a', content: 'x', size: 900 }), /not an intact zip/],
    [
      'with stored content of another size',
      z({ name: 'a', content: 'xxx', method: 0, size: 9 }),
      /not an intact zip/,
    ],
    [
      'with content that is not what it says',
      z({ name: 'a', content: 'x', crc: 1 }),
      /what its checksum says/,
    ],
    ['that is encrypted', z({ name: 'a', content: 'x', flags: 0x801 }), /encrypted/],
    ['with a compression that nobody reads', z({ name: 'a', content: 'x', method: 12 }), /not an intact zip/],
    [
      'with entries that share their content',
      zip(
        manifest,
        { name: 'a', content: random(9000) },
        { name: 'a', content: random(9000), sharesWith: 1 },
      ),
      /share their content/,
    ],
    [
      'with something before it',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), z()]),
      /not an intact zip|before its/,
    ],
    ['with something behind it', Buffer.concat([z(), Buffer.from('garbage')]), /not an intact zip/],
    ['that is cut short', z({ name: 'a', content: 'x'.repeat(500) }).subarray(0, -30), /not an intact zip/],
    ['without a pack.yaml', zip({ name: 'a' }), /has no pack.yaml/],
    ['with more entries than it says', fewerSaid(z({ name: 'a' })), /between its entries and its end/],
  ]

  test.each(cases)('%s', async (_, archive, reason) => {
    expect(await refusal(archive)).toMatch(reason)
  })

  test('that unpacks to far more than it is, though that were not too much', async () => {
    const large = { max_extracted_size_bytes: 1 << 30, max_per_entry_size_bytes: 1 << 30 }

    expect(await refusal(z({ name: 'zeros', content: Buffer.alloc(20 << 20) }), large)).toMatch(/200 times/)
  })
})

/** Does not pack, and is the same each time. */
function random(length: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 48_271) % 2_147_483_647
      return state & 0xff
    }),
  )
}

function fewerSaid(archive: Buffer): Buffer {
  const copy = Buffer.from(archive)
  copy.writeUInt16LE(1, copy.length - 14)
  copy.writeUInt16LE(1, copy.length - 12)
  return copy
}

describe('where links are allowed', () => {
  const allowed = { allow_symlinks: true }
  const link = (name: string, target: string, type = '2') => tgz(manifest, { name, type, link: target })
  const cases: [what: string, archive: Buffer, reason: RegExp][] = [
    ['one to an absolute path', link('a', '/etc/passwd'), /to an absolute path/],
    ['one out of the pack', link('a', '../secret'), /leads out of the pack/],
    ['one out of the pack from a folder', link('a/b', '../../secret'), /leads out of the pack/],
    ['one with a backslash', link('a', '..\\secret'), /without a plain target/],
    ['one to nothing', link('a', ''), /without a plain target/],
    [
      'a file that would be written through one',
      tgz(manifest, { name: 'a', type: '2', link: 'b' }, { name: 'a/x' }),
      /twice/,
    ],
    ['a hard link out of the pack', link('a', '../../etc/passwd', '1'), /leads out of the pack/],
    ['a hard link to an absolute path', link('a', '/etc/passwd', '1'), /absolute name/],
    ['a hard link to what is not there', link('a', 'nothing', '1'), /no file before it/],
    [
      'a hard link to a link',
      tgz(manifest, { name: 'a', type: '2', link: 'pack.yaml' }, { name: 'b', type: '1', link: 'a' }),
      /no file before it/,
    ],
    [
      'a link of a zip out of the pack',
      zip(manifest, { name: 'a', mode: 0o120777, content: '../../secret' }),
      /leads out of the pack/,
    ],
  ]

  test.each(cases)('%s is refused', async (_, archive, reason) => {
    expect(await refusal(archive, allowed)).toMatch(reason)
  })

  test('a link to a file of the pack is a link, and a hard link a copy', async () => {
    const archive = tgz(
      { name: 'demo/lib/a.sh', content: 'echo a\n' },
      { name: 'demo/actions/b.sh', type: '2', link: '../lib/a.sh' },
      { name: 'demo/c.sh', type: '1', link: 'demo/lib/a.sh' },
      { ...manifest, name: 'demo/pack.yaml' },
    )

    await takeIn(
      archive,
      async (root) => {
        expect(await readFile(join(root, 'actions/b.sh'), 'utf8')).toBe('echo a\n')
        expect((await lstat(join(root, 'actions/b.sh'))).isSymbolicLink()).toBe(true)
        expect((await lstat(join(root, 'c.sh'))).nlink).toBe(1)
      },
      allowed,
    )
  })

  test('copies by hard links count as content', async () => {
    const archive = tgz(
      manifest,
      { name: 'a', content: 'x'.repeat(30 * KIB) },
      ...['b', 'c'].map((name) => ({ name, type: '1', link: 'a' })),
    )

    expect(await refusal(archive, allowed)).toMatch(/bytes of content/)
  })
})

describe('a sound archive', () => {
  const files = [
    { ...manifest, name: './demo/pack.yaml' },
    { name: './demo/actions/run.sh', content: 'echo run\n', mode: 0o4777 },
    { name: './demo/actions/run.yaml', content: 'ref: run\n', mode: 0o666 },
    { name: './demo/.git/hooks/post-checkout', content: 'evil', mode: 0o755 },
    { name: './demo/__MACOSX/x', content: 'x' },
  ]

  test.each([
    [
      'tar',
      tgz({ name: './', type: '5', mode: 0o755 }, { name: './demo/', type: '5', mode: 0o2777 }, ...files),
    ],
    [
      'zip',
      zip(...files.map((file) => ({ ...file, name: file.name.slice(2), mode: 0o100000 | (file.mode ?? 0) }))),
    ],
  ])('%s: files come out, programs stay programs, and no other mode does', async (_, archive) => {
    await takeIn(archive, async (root) => {
      const mode = async (path: string) => (await lstat(join(root, path))).mode & 0o7777
      expect((await readdir(root)).sort()).toEqual(['actions', 'pack.yaml'])
      expect(await readFile(join(root, 'actions/run.sh'), 'utf8')).toBe('echo run\n')
      expect([await mode('actions/run.sh'), await mode('actions/run.yaml')]).toEqual([0o755, 0o644])
      expect((await mode('actions')) & 0o7000).toBe(0)
    })
  })

  test('with a comment for all entries and long names is taken', async () => {
    const name = `demo/actions/${'n'.repeat(180)}.sh`
    const archive = tgz(
      pax({ comment: 'a commit' }, 'g'),
      pax({ path: name, mtime: '1.5', 'SCHILY.xattr.user.x': 'a\nb' }),
      { name: name.slice(0, 90), content: 'x' },
      tarEntry({ type: 'L', content: `${name}2\0` }),
      { name: 'short', content: 'y' },
      { ...manifest, name: 'demo/pack.yaml' },
    )

    await takeIn(archive, async (root) => {
      expect(await readdir(join(root, 'actions'))).toEqual([
        `${'n'.repeat(180)}.sh`,
        `${'n'.repeat(180)}.sh2`,
      ])
    })
  })

  test('an archive in it is a file like any other', async () => {
    const bomb = tgz({ name: '../evil', content: Buffer.alloc(1 << 20) })

    await takeIn(tgz(manifest, { name: 'inner.tgz', content: bomb }), async (root) => {
      expect(await readFile(join(root, 'inner.tgz'))).toEqual(bomb)
      expect((await readdir(root)).sort()).toEqual(['inner.tgz', 'pack.yaml'])
    })
  })
})
