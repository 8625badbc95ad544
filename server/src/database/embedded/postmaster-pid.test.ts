import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { clearStalePidFile, findPostmaster, parsePostmasterPid, pidFile } from './postmaster-pid.ts'
import { attachments } from './shared-memory.ts'

const written = '3704\n/srv/data\n1795572573\n5544\n\n127.0.0.1\n 10012115         9\nready   \n'

test('the pid file of a running server is understood', () => {
  expect(parsePostmasterPid(written)).toEqual({ pid: 3704, port: 5544, status: 'ready', segment: 9 })
})

test('a pid file from before the server listens is understood', () => {
  expect(parsePostmasterPid('3704\n/srv/data\n1795572573\n5544\n\n')).toEqual({
    pid: 3704,
    port: 5544,
    status: '',
    segment: undefined,
  })
})

test.each(['', '\n', 'x\n', '0\n', '-7\n'])('%j names no server', (text) => {
  expect(parsePostmasterPid(text)).toBeUndefined()
})

function folderWith(pidText: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-pid-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(pidFile(folder), pidText)
  return folder
}

test('a process that is no PostgreSQL is no server, whatever the pid file says', () => {
  expect(findPostmaster(folderWith(written.replace('3704', String(process.pid))))).toBeUndefined()
})

test('a pid file stays where the memory of its server cannot be told', () => {
  const folder = folderWith(`${process.pid}\n/srv/data\n1795572573\n5544\n\n`)

  clearStalePidFile(folder)

  expect(existsSync(pidFile(folder))).toBe(true)
})

const linux = `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
    729204          4   600                    56  2198  9596      5   101   104   101   104 1795572453 1795572453 1795571347                  4096                     0
  10012115          9   600                    56  3704  3704      0   101   104   101   104 1795572573 1795572573 1795572573                  4096                     0
`
const macos = `IPC status from <running system> as of Tue Nov 25 02:09:34 UTC 2026
T     ID     KEY        MODE       OWNER    GROUP  CREATOR   CGROUP NATTCH  SEGSZ  CPID  LPID   ATIME    DTIME    CTIME
Shared Memory:
m      4 0x000b2074 --rw-------      ada    staff      ada    staff      5     56  2198  9596  2:07:33  2:07:33  1:49:07
`

test.each([
  ['attached on Linux', linux, 4, 5],
  ['left alone on Linux', linux, 9, 0],
  ['gone on Linux', linux, 10, 0],
  ['attached on macOS', macos, 4, 5],
  ['gone on macOS', macos, 9, 0],
  ['not to be known', '', 4, undefined],
])('shared memory that is %s', (_, table, segment, count) => {
  expect(attachments(table, segment)).toBe(count)
})
