import { createServer } from 'node:net'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import {
  ask,
  copyProgram,
  fast,
  removeHome,
  startSupervisor,
  temporaryFolder,
  urlOf,
} from '../../../test/embedded-home.ts'
import { isRoot } from './account.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { findPostmaster } from './postmaster-pid.ts'

const folder = temporaryFolder()
const home = join(folder, 'home')
afterAll(() => removeHome(folder))

async function start(at = home, log: string[] = []) {
  const server = await startEmbeddedPostgres({
    home: at,
    log: (message) => log.push(message),
    settings: fast,
  })
  onTestFinished(() => server.stop())
  return server
}

async function startOther(at = home, as: { program?: string; uid?: number } = {}) {
  const supervisor = await startSupervisor(at, as)
  onTestFinished(() => supervisor.end('SIGKILL'))
  return supervisor
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('the first start creates a cluster, the second finds its rows, port and password again', async () => {
  const log: string[] = []
  const first = await start(home, log)
  await ask(first.url, 'create schema attune')
  await ask(first.url, 'create table kept as select 1 as id')
  await first.stop()

  const second = await start(home, log)

  expect(second.url).toBe(first.url)
  expect(await ask(second.url, 'select id from attune.kept')).toEqual([{ id: 1 }])
  expect(log).toHaveLength(1)
  await second.stop()
})

test('the database belongs to attune, has its search path, and only this machine reaches it', async () => {
  const server = await start()

  const [facts] = await ask(
    server.url,
    `select current_database() as database, pg_get_userbyid(datdba) as owner, current_setting('search_path') as path,
       current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
       current_setting('fsync') as fsync, current_setting('wal_level') as wal, current_setting('TimeZone') as zone,
       pg_encoding_to_char(encoding) as encoding
     from pg_database where datname = current_database()`,
  )

  expect(facts).toEqual({
    database: 'attune',
    owner: 'attune',
    path: 'attune, public',
    addresses: '127.0.0.1',
    sockets: '',
    fsync: 'off',
    wal: 'minimal',
    zone: 'UTC',
    encoding: 'UTF8',
  })
  await server.stop()
})

test('a wrong password is refused', async () => {
  const server = await start()
  const url = new URL(server.url)
  url.password = 'wrong'

  await expect(ask(url.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  await server.stop()
})

test('password and data are closed to other users, and no copy of the password is left', () => {
  const postgres = join(home, 'postgres')

  expect(modeOf(join(postgres, 'password'))).toBe('600')
  expect(modeOf(join(postgres, 'data'))).toBe('700')
  expect(modeOf(join(postgres, 'postgres.log'))).toBe('600')
  expect(statSync(join(postgres, 'data')).uid === 0).toBe(false)
  expect(readdirSync(postgres).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('stopping leaves no process and no pid file, and can be asked for twice', async () => {
  const server = await start()
  const data = join(home, 'postgres', 'data')
  expect(findPostmaster(data)).toBeDefined()

  await Promise.all([server.stop(), server.stop()])

  expect(findPostmaster(data)).toBeUndefined()
  expect(existsSync(join(data, 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(home, 'postgres', 'supervisor.pid'))).toBe(false)
})

test('a second start in the same process is refused while the first lives', async () => {
  const server = await start()

  await expect(start()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`process ${process.pid})`),
  })
  expect(await ask(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.stop()
})

test('a second process is refused, naming the first, and may start after it', async () => {
  const first = await startOther()
  urlOf(first)

  const second = await startOther()

  expect(second.answer).toEqual({
    code: 'CONFLICT',
    message: expect.stringContaining(`process ${first.pid})`),
  })
  await first.end('SIGTERM')
  const third = await startOther()
  expect(await ask(urlOf(third), 'select 1 as alive')).toEqual([{ alive: 1 }])
  await third.end('SIGTERM')
})

test('a port that was taken meanwhile is replaced', async () => {
  const first = await start()
  await first.stop()
  const stranger = createServer()
  await new Promise<void>((resolve) => {
    stranger.listen(Number(new URL(first.url).port), '127.0.0.1', resolve)
  })

  const second = await start()

  expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
  await second.stop()
  stranger.close()
})

test('a half-made cluster and a half-made copy of the binaries are swept away', async () => {
  const broken = join(folder, 'broken')
  for (const name of ['data.tmp/data/base', 'pg-0.tmp']) {
    mkdirSync(join(broken, 'postgres', name), { recursive: true, mode: 0o755 })
  }
  writeFileSync(join(broken, 'postgres', 'data.tmp', 'data', 'PG_VERSION'), '18\n')
  for (const path of [broken, join(broken, 'postgres')]) chmodSync(path, 0o711)

  const server = await start(broken)

  expect(await ask(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.stop()
  const copies = readdirSync(join(broken, 'postgres')).filter((name) => name.startsWith('pg-'))
  expect(copies).toHaveLength(1)
  expect(existsSync(join(broken, 'postgres', 'data.tmp'))).toBe(false)
})

test('data of another major version is refused before anything touches it', async () => {
  const version = join(home, 'postgres', 'data', 'PG_VERSION')
  const text = readFileSync(version, 'utf8')
  writeFileSync(version, '16\n')

  await expect(start()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('made by PostgreSQL 16'),
  })

  writeFileSync(version, text)
  const server = await start()
  await server.stop()
})

test('a home whose password file was lost says so', async () => {
  const file = join(home, 'postgres', 'password')
  const text = readFileSync(file, 'utf8')
  removeHome(file)

  await expect(start()).rejects.toMatchObject({ message: expect.stringContaining(`${file} is missing`) })

  writeFileSync(file, text, { mode: 0o600 })
})

test('a server that does not come up gives its own words as the reason', async () => {
  const settings = { ...fast, work_mem: 'plenty' }

  await expect(startEmbeddedPostgres({ home, log: () => undefined, settings })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    message: expect.stringContaining('invalid value for parameter "work_mem"'),
  })
})

test('a home below a folder that only its owner may pass works', async () => {
  const closed = join(folder, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o700)
  const log: string[] = []
  const server = await start(join(closed, 'home'), log)
  await ask(server.url, 'create table public.kept as select 1 as id')
  await server.stop()

  const again = await start(join(closed, 'home'), log)

  expect(await ask(again.url, 'select id from public.kept')).toEqual([{ id: 1 }])
  await again.stop()
  // Only root needs the folder elsewhere: a normal user's server runs as that user.
  const pointer = join(closed, 'home', 'postgres', 'location')
  expect(existsSync(pointer)).toBe(isRoot())
  expect(log.filter((line) => line.includes(`${closed} is closed`))).toHaveLength(isRoot() ? 1 : 0)
  removeHome(join(closed, 'home'))
})

test('a normal user who may read nothing of root can start it', async () => {
  const open = temporaryFolder()
  mkdirSync(join(open, 'home'))
  if (isRoot()) chownSync(join(open, 'home'), 65534, 65534)
  const program = copyProgram(join(open, 'program'))

  const supervisor = await startOther(join(open, 'home'), {
    program,
    ...(isRoot() ? { uid: 65534 } : {}),
  })

  expect(await ask(urlOf(supervisor), 'select 1 as alive')).toEqual([{ alive: 1 }])
  await supervisor.end('SIGTERM')
  const { uid } = statSync(join(open, 'home'))
  expect(statSync(join(open, 'home', 'postgres', 'data')).uid).toBe(uid)
  removeHome(join(open, 'home'))
  removeHome(open)
})
