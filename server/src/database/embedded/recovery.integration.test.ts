import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  ask,
  fast,
  removeHome,
  startSupervisor,
  temporaryFolder,
  urlOf,
} from '../../../test/embedded-home.ts'
import { isRoot } from './account.ts'
import { poll } from './poll.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { clearStalePidFile, findPostmaster, pidFile, readPostmasterPid } from './postmaster-pid.ts'
import { findProcess, identify, isAlive } from '../../processes/process-identity.ts'

const folder = temporaryFolder()
const home = join(folder, 'home')
const data = join(home, 'postgres', 'data')
afterAll(() => removeHome(folder))

const PATIENCE = { within: 20_000, every: 20 }
/** The pid file as a live server wrote it, to forge stale ones from. */
let pidFileText = ''

beforeAll(async () => {
  const server = await startEmbeddedPostgres({ home, log: () => undefined, settings: fast })
  pidFileText = readFileSync(pidFile(data), 'utf8')
  await ask(server.url, 'create table public.kept (id int)')
  await server.stop()
})

async function start(log: string[] = [], settings: Record<string, string> = fast) {
  const server = await startEmbeddedPostgres({ home, log: (message) => log.push(message), settings })
  onTestFinished(() => server.stop())
  return server
}

async function startOther() {
  const supervisor = await startSupervisor(home)
  onTestFinished(() => supervisor.end('SIGKILL'))
  return supervisor
}

function postmaster(): number {
  const found = findPostmaster(data)
  if (found === undefined) throw new Error('No PostgreSQL runs on the test data.')
  return found.pid
}

async function expectStarts(): Promise<void> {
  const server = await start()
  expect(await ask(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.stop()
}

/** A process of the server's own user, which PostgreSQL alone would take for a predecessor that still runs. */
function spawnAsOwner(program: string, args: string[]): ChildProcess {
  const { uid, gid } = statSync(data)
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(isRoot() ? { uid, gid } : {}),
  })
  onTestFinished(() => {
    child.kill()
  })
  return child
}

function forgePidFile(pid: number | undefined): void {
  writeFileSync(pidFile(data), pidFileText.replace(/^\d+/, String(pid)))
}

async function killPostmaster(): Promise<void> {
  const identity = identify(postmaster())
  process.kill(identity.pid, 'SIGKILL')
  await poll(() => (isAlive(identity) ? undefined : true), PATIENCE)
}

test('after kill -9 of the server its loss is reported, and the next start recovers every row', async () => {
  const server = await start()
  await ask(server.url, 'insert into public.kept values (1)')

  process.kill(postmaster(), 'SIGKILL')
  await server.lost
  await server.stop()

  const next = await start()
  expect(await ask(next.url, 'select id from public.kept where id = 1')).toEqual([{ id: 1 }])
  await next.stop()
})

test('a server that is stopped on purpose does not count as lost', async () => {
  const server = await start()
  let lost = false
  void server.lost.then(() => {
    lost = true
  })

  await server.stop()

  expect(lost).toBe(false)
})

test('after kill -9 of the program the server shuts down by itself, cleanly', async () => {
  const supervisor = await startOther()
  await ask(urlOf(supervisor), 'insert into public.kept values (2)')

  await supervisor.end('SIGKILL')

  expect(await poll(() => (findPostmaster(data) ? undefined : 'gone'), PATIENCE)).toBe('gone')
  expect(existsSync(pidFile(data))).toBe(false)
  const next = await start()
  expect(await ask(next.url, 'select id from public.kept where id = 2')).toEqual([{ id: 2 }])
  await next.stop()
})

test('after kill -9 of the program the next one starts at once, without waiting for that shutdown', async () => {
  const supervisor = await startOther()
  urlOf(supervisor)

  await supervisor.end('SIGKILL')

  await expectStarts()
})

test('after kill -9 of program and server at once the next start recovers every row', async () => {
  const supervisor = await startOther()
  await ask(urlOf(supervisor), 'insert into public.kept values (3)')

  process.kill(postmaster(), 'SIGKILL')
  await supervisor.end('SIGKILL')

  const next = await start()
  expect(await ask(next.url, 'select id from public.kept where id = 3')).toEqual([{ id: 3 }])
  await next.stop()
})

test('of several programs that start at once after a crash, one starts and the others are refused', async () => {
  const crashed = await startOther()
  urlOf(crashed)
  await crashed.end('SIGKILL')

  const all = await Promise.all(Array.from({ length: 4 }, () => startOther()))

  const refusals = all.flatMap(({ answer }) => ('code' in answer ? [answer.code] : []))
  expect(refusals).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT'])
  for (const supervisor of all) await supervisor.end('SIGTERM')
})

function watcher(): number {
  return Number(readFileSync(join(home, 'postgres', 'watcher.pid'), 'utf8').split('\n')[0])
}

test('a server that a slow watcher has yet to end is not taken over', async () => {
  const supervisor = await startOther()
  urlOf(supervisor)
  const slow = watcher()
  process.kill(slow, 'SIGSTOP')
  await supervisor.end('SIGKILL')
  const log: string[] = []

  const next = start(log)

  expect(await Promise.race([next, sleep(1000, 'still waiting')])).toBe('still waiting')
  process.kill(slow, 'SIGCONT')
  expect(await ask((await next).url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  expect(log).toEqual([])
})

async function orphanServer(): Promise<number> {
  const supervisor = await startOther()
  urlOf(supervisor)
  const pid = postmaster()
  process.kill(watcher(), 'SIGKILL')
  await supervisor.end('SIGKILL')
  return pid
}

test('a server that outlived its program and its watcher is taken over, watched again, and stopped', async () => {
  const orphan = await orphanServer()
  const log: string[] = []

  const server = await start(log)

  expect(postmaster()).toBe(orphan)
  expect(log.join()).toContain(`took over the running PostgreSQL (process ${orphan})`)
  expect(await ask(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.stop()
  expect(findPostmaster(data)).toBeUndefined()
})

test('the loss of a server that was taken over is reported too', async () => {
  await orphanServer()
  const server = await start()

  process.kill(postmaster(), 'SIGKILL')

  await server.lost
  await server.stop()
  await expectStarts()
})

test('a server that outlived its program with other settings is replaced', async () => {
  const orphan = await orphanServer()

  const server = await start([], { ...fast, work_mem: '7MB' })

  expect(postmaster()).not.toBe(orphan)
  expect(await ask(server.url, 'show work_mem')).toEqual([{ work_mem: '7MB' }])
  await server.stop()
})

test('a pid file whose process is dead does not stop the start', async () => {
  const child = spawnAsOwner('/bin/sh', ['-c', 'exit 0'])
  await once(child, 'exit')
  forgePidFile(child.pid)

  await expectStarts()
})

test('a pid file whose pid now belongs to another process of the same user does not stop the start', async () => {
  const child = spawnAsOwner('sleep', ['120'])
  forgePidFile(child.pid)

  await expectStarts()

  expect(child.exitCode).toBe(null)
})

test('a pid file whose pid now belongs to this very process does not stop the start', async () => {
  forgePidFile(process.pid)

  await expectStarts()
})

test('a pid file whose process is a zombie does not stop the start', async () => {
  // The shell leaves a child behind and becomes a program that never asks how it ended.
  const parent = spawnAsOwner('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 120'])
  const [line] = await once(parent.stdout ?? parent, 'data')
  const zombie = Number(String(line).trim())
  expect(await poll(() => findProcess(zombie)?.zombie || undefined, PATIENCE)).toBe(true)
  forgePidFile(zombie)

  await expectStarts()
})

async function checkpointerOf(url: string): Promise<number> {
  const [row] = await ask(url, `select pid from pg_stat_activity where backend_type = 'checkpointer'`)
  return typeof row === 'object' && row && 'pid' in row ? Number(row.pid) : 0
}

test('a start waits for the processes that a killed server left behind', async () => {
  const server = await start()
  const straggler = await checkpointerOf(server.url)
  const log = join(home, 'postgres', 'postgres.log')
  const refusals = () => readFileSync(log, 'utf8').split('pre-existing shared memory block').length - 1
  const before = refusals()
  process.kill(straggler, 'SIGSTOP')
  await killPostmaster()
  await server.lost
  await server.stop()

  const next = start()

  await poll(() => (refusals() >= before + 2 ? true : undefined), PATIENCE)
  process.kill(straggler, 'SIGCONT')
  expect(await ask((await next).url, 'select 1 as alive')).toEqual([{ alive: 1 }])
})

test('a pid file stays while a process of the old server still has its memory, and goes after that', async () => {
  const server = await start()
  const checkpointer = await checkpointerOf(server.url)
  const reused = spawnAsOwner('sleep', ['120'])
  const text = readFileSync(pidFile(data), 'utf8')
  process.kill(checkpointer, 'SIGSTOP')
  await killPostmaster()
  writeFileSync(pidFile(data), text.replace(/^\d+/, String(reused.pid)))

  clearStalePidFile(data)

  expect(readPostmasterPid(data)?.pid).toBe(reused.pid)
  process.kill(checkpointer, 'SIGCONT')
  const cleared = () => {
    clearStalePidFile(data)
    return existsSync(pidFile(data)) ? undefined : true
  }
  expect(await poll(cleared, PATIENCE)).toBe(true)
  await server.stop()
  await expectStarts()
})

test('a lock whose pid was reused does not stop the start', async () => {
  const child = spawnAsOwner('sleep', ['120'])
  writeFileSync(join(home, 'postgres', 'supervisor.pid'), `${child.pid}\nanother-boot/1\n`)

  await expectStarts()
})
