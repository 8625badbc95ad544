import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isRoot } from '../database/embedded/account.ts'
import { detectRuntimes } from '../action-runner/detect-runtimes.ts'
import type { ProcessAccount } from './account.ts'
import { closeHome, closeSecrets } from './folders.ts'
import { giveTree, takeTreeBack } from './hand-over.ts'
import { uidsIn } from './living.ts'
import { openAccounts } from './open.ts'
import { may } from './reach.ts'
import { removeTree } from './remove-tree.ts'
import { parseRunAs } from './setting.ts'
import { automaticSpace, blockOf, blocksFor, spaceOf } from './space.ts'

test.each([
  ['auto', { kind: 'auto' }],
  ['self', { kind: 'self' }],
  ['attune', { kind: 'user', name: 'attune' }],
  ['1000', { kind: 'user', name: '1000' }],
  ['70000-70999', { kind: 'range', from: 70_000, to: 70_999 }],
])('run_as: %s is understood', (text, expected) => {
  expect(parseRunAs(text)).toEqual(expected)
})

test.each(['', 'root', '0', '0-10', '20-10', '-1', 'a b', '-u', '5000000000', '1-5000000000', '1-2-3'])(
  'run_as: %s is refused',
  (text) => {
    expect(parseRunAs(text)).toBeUndefined()
  },
)

test('no two blocks of a space share a number', () => {
  const space = spaceOf(70_000, 70_999)
  const all = [...blocksFor(space, 'any')].flatMap((index) => blockOf(space, index))

  expect(new Set(all).size).toBe(all.length)
  expect(Math.min(...all)).toBe(70_000)
  expect(Math.max(...all)).toBe(70_999)
})

test('a range of one number is a space', () => {
  expect(blockOf(spaceOf(70_000, 70_000), 0)).toEqual([70_000])
})

test.each([
  ['everything', '0 0 4294967295', 2_000_000_000],
  ['65536 numbers', '0 100000 65536', 61_184],
  ['root alone', '0 1000 1', undefined],
])('a user namespace with %s gets numbers that it has', (_, map, from) => {
  expect(automaticSpace(`${map}\n`)?.from).toBe(from)
})

test('a process counts for every account that it runs as, and the dead for none', () => {
  expect(uidsIn('State:\tS (sleeping)\nUid:\t5\t6\t0\t6\n')).toEqual([5, 6])
  expect(uidsIn('State:\tZ (zombie)\nUid:\t5\t5\t5\t5\n')).toEqual([])
})

const stranger: ProcessAccount = { uid: 2_099_999_999, gid: 2_099_999_999, user: 'stranger', own: true }

function folder(mode: number): string {
  const path = mkdtempSync(join(tmpdir(), 'attune-reach-'))
  chmodSync(path, mode)
  onTestFinished(() => removeTree(path))
  return path
}

function file(path: string, mode: number): string {
  writeFileSync(path, 'content')
  chmodSync(path, mode)
  return path
}

test('a file is reached by whoever may pass every folder to it, and to what it links to', () => {
  const [open, closed] = [folder(0o711), folder(0o700)]
  const [good, hidden, secret] = [
    file(join(open, 'good'), 0o644),
    file(join(closed, 'hidden'), 0o777),
    file(join(open, 'secret'), 0o600),
  ]
  symlinkSync(hidden, join(open, 'leads-in'))
  symlinkSync('round', join(open, 'round'))

  expect(may('read', good, stranger)).toBe(true)
  expect(may('execute', good, stranger)).toBe(false)
  for (const path of [hidden, secret, 'leads-in', 'round', 'missing'].map((name) => join(open, name)))
    expect([path, may('read', path, stranger)]).toEqual([path, false])
  expect(may('read', hidden, stranger)).toBe(false)
  expect(may('read', hidden, undefined)).toBe(true)
})

test('files of a home are closed, what settings were read from too', () => {
  const home = folder(0o777)
  const [secret, config] = [file(join(home, 'jwt-secret'), 0o644), file(join(home, 'config.yaml'), 0o640)]
  const outside = folder(0o711)
  const elsewhere = file(join(outside, 'config.yaml'), 0o644)

  expect(closeHome(home).toSorted()).toEqual([config, home, secret].toSorted())
  expect([home, secret].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o600])
  expect(closeHome(home)).toEqual([])
  expect([closeSecrets(elsewhere, stranger), closeSecrets(elsewhere, stranger)]).toEqual([true, false])
  expect(statSync(elsewhere).mode & 0o777).toBe(0o640)
})

test('a home in a folder for everybody leaves that folder as it is', () => {
  const shared = folder(0o1777)

  expect(closeHome(shared)).toEqual([])
})

test.each(['nonsense!', '-u', 'a-user-that-nobody-has'])('run_as: %s does not start', async (setting) => {
  await expect(openAccounts(setting, 'test')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})

describe.runIf(isRoot())('as root', () => {
  test('two processes that share a range get different numbers, and a range that is used up or somebody’s is refused', async () => {
    const open = () => openAccounts('70100-70101', 'test')
    const [one, another] = [await open(), await open()]
    onTestFinished(async () => void (await Promise.all([one.accounts.close(), another.accounts.close()])))

    expect((await one.accounts.take())?.uid).not.toBe((await another.accounts.take())?.uid)
    await expect(open()).rejects.toThrow(/in use/)
    await expect(openAccounts('65000-70000', 'test')).rejects.toThrow(/nobody has a number/)
    await expect(openAccounts('0', 'test')).rejects.toThrow(/none of/)
  })

  test('a user for all is lent to everybody, and nothing of it is killed', async () => {
    const { accounts } = await openAccounts('nobody', 'test')

    const [one, another] = [await accounts.take(), await accounts.take()]
    await accounts.giveBack(one)

    expect([one, another]).toEqual([accounts.judge, accounts.judge])
    expect(one).toMatchObject({ uid: 65_534, user: 'nobody', own: false })
  })

  test('a build that is taken over keeps no right to write and no program that runs as its owner', () => {
    const tree = folder(0o711)
    const secret = file(join(folder(0o711), 'secret'), 0o600)
    mkdirSync(join(tree, 'bin'), { mode: 0o700 })
    const [tool, note] = [file(join(tree, 'bin', 'tool'), 0o700), file(join(tree, 'note'), 0o600)]
    giveTree(tree, stranger)
    chmodSync(tool, 0o6777)
    symlinkSync(secret, join(tree, 'link'))

    takeTreeBack(tree, stranger)

    expect([tree, join(tree, 'bin'), tool, note].map((path) => statSync(path).mode & 0o7777)).toEqual([
      0o755, 0o755, 0o755, 0o644,
    ])
    expect([tool, note].map((path) => statSync(path).uid)).toEqual([0, 0])
    expect(statSync(secret)).toMatchObject({ uid: 0, mode: 0o100_600 })
  })

  test('a folder of an account is removed as that account: what it links to stays', () => {
    const [tree, precious] = [folder(0o711), folder(0o755)]
    const kept = file(join(precious, 'kept'), 0o644)
    mkdirSync(join(tree, 'theirs', 'deep'), { recursive: true })
    symlinkSync(precious, join(tree, 'theirs', 'deep', 'out'))
    giveTree(join(tree, 'theirs'), stranger)
    chmodSync(join(tree, 'theirs', 'deep'), 0o000)

    removeTree(join(tree, 'theirs'))

    expect(readFileSync(kept, 'utf8')).toBe('content')
    expect(() => statSync(join(tree, 'theirs'))).toThrow(/ENOENT/)
  })

  test('an interpreter that an account cannot reach is passed over for one that it can', async () => {
    const [closed, open] = [folder(0o700), folder(0o755)]
    for (const path of [closed, open]) {
      writeFileSync(join(path, 'tongue'), `#!/bin/sh\necho "tongue ${path === open ? '2.0' : '1.0'}"\n`)
      chmodSync(join(path, 'tongue'), 0o755)
    }
    const row = {
      name: 'Tongue',
      aliases: [],
      distributions: { verification: { commands: [{ binary: 'tongue' }] } },
      execution_config: { interpreter: { binary: 'tongue' } },
    }
    const env = { PATH: `${closed}:${open}:/usr/bin:/bin` }

    expect((await detectRuntimes([row], env)).runtime_versions).toEqual({ tongue: ['1.0'] })
    expect((await detectRuntimes([row], env, stranger)).runtime_versions).toEqual({ tongue: ['2.0'] })
    expect((await detectRuntimes([row], { PATH: closed }, stranger)).runtimes).toEqual(['native'])
  })
})
