import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isRoot } from './account.ts'
import { lockHome } from './home-lock.ts'
import { formatProcessId, identify } from '../../processes/process-identity.ts'

function temporaryHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-home-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'home')
}

function lockFile(home: string): string {
  return join(home, 'attune.pid')
}

async function leaveBehind(home: string, text: string): Promise<void> {
  const lock = await lockHome(home)
  await lock.release()
  writeFileSync(lockFile(home), text)
}

test('the lock makes the home and names its owner on the first line', async () => {
  const home = temporaryHome()

  const lock = await lockHome(home)

  expect(readFileSync(lockFile(home), 'utf8').split('\n')[0]).toBe(String(process.pid))
  await lock.release()
  expect(existsSync(lockFile(home))).toBe(false)
})

test('a home that was made for the lock is closed to others, except that root lets its server pass', async () => {
  const home = temporaryHome()

  await lockHome(home)

  expect((statSync(home).mode & 0o777).toString(8)).toBe(isRoot() ? '711' : '700')
})

test('a second lock is refused while the first is held, and taken after it', async () => {
  const home = temporaryHome()
  const first = await lockHome(home)

  await expect(lockHome(home)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`process ${process.pid})`),
  })

  await first.release()
  await (await lockHome(home)).release()
})

test('of many who come at once, one gets the lock, also when a stale one lies there', async () => {
  const home = temporaryHome()
  await leaveBehind(home, '999999999\nlong-gone\n')

  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockHome(home)))

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('the lock of another live process is respected', async () => {
  const home = temporaryHome()
  const other = spawn('sleep', ['60'])
  await leaveBehind(home, formatProcessId(identify(other.pid ?? 0)))

  await expect(lockHome(home)).rejects.toThrow(`process ${other.pid})`)

  other.kill('SIGKILL')
  await once(other, 'exit')
  await (await lockHome(home)).release()
})

test('a lock whose pid was given to another process is stale', async () => {
  const home = temporaryHome()
  await leaveBehind(home, `${process.pid}\nan-earlier-process\n`)

  await (await lockHome(home)).release()
})

test('an unreadable lock is stale once nobody can be writing it any more', async () => {
  const home = temporaryHome()
  await leaveBehind(home, '')
  utimesSync(lockFile(home), 0, 0)

  await (await lockHome(home)).release()
})

test('an unreadable lock that was just made is waited for', async () => {
  const home = temporaryHome()
  await leaveBehind(home, '')

  const pending = lockHome(home)
  writeFileSync(lockFile(home), formatProcessId(identify(process.pid)))

  await expect(pending).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('releasing does not remove the lock that a successor has taken', async () => {
  const home = temporaryHome()
  const lock = await lockHome(home)
  writeFileSync(lockFile(home), '1\nsomeone-else\n')

  await lock.release()

  expect(readFileSync(lockFile(home), 'utf8')).toBe('1\nsomeone-else\n')
})

if (!isRoot()) {
  test('a home that may not be written says whose business it is', async () => {
    const home = temporaryHome()
    await (await lockHome(home)).release()
    chmodSync(home, 0o500)

    await expect(lockHome(home)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    chmodSync(home, 0o700)
  })
}
