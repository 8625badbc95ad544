import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { ACCESS_TOKEN_SECRET } from './program.ts'

const main = new URL('../dist/main.js', import.meta.url).pathname
const project = new URL('../..', import.meta.url).pathname
const LOCK = 'select pg_advisory_lock(7, hashtext(current_database()))'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'attune-start-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

function environment(database_url: string, port: number): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    ATTUNE_HOME: home,
    ATTUNE__DATABASE__URL: database_url,
    ATTUNE__SECURITY__ACCESS_TOKEN_SECRET: ACCESS_TOKEN_SECRET,
    ATTUNE__SERVER__PORT: String(port),
    ATTUNE__DEMO: 'false',
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Undefined while nobody listens. */
async function ask(port: number, path: string): Promise<{ status: number; body: string } | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined)
  return response === undefined ? undefined : { status: response.status, body: await response.text() }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}

test('while another migrates the database, the process lives and says what it waits for', async () => {
  const database = await emptyDatabase()
  const holder = new pg.Client({ connectionString: database.url, application_name: 'somebody-else' })
  await holder.connect()
  await holder.query(LOCK)
  const port = await freePort()
  const program = spawn(process.execPath, [main], {
    env: environment(database.url, port),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  program.stdout.on('data', (chunk) => (output += String(chunk)))

  const ready = await eventually(
    () => ask(port, '/health/ready'),
    (answer) => answer?.body.includes('somebody-else') === true,
  )
  expect(ready?.status).toBe(503)
  expect(ready?.body).toContain('migrates its schema: it waits for a lock of session')
  expect(await ask(port, '/health/live')).toEqual({ status: 200, body: '{"status":"ok"}' })
  expect(output).toContain('waits for a lock of session')
  const early = await fetch(`http://127.0.0.1:${port}/api/v1/events`, { method: 'POST', body: '{}' })
  expect(early.status).toBe(503)
  expect(early.headers.get('retry-after')).toBe('1')
  expect(await early.text()).not.toContain('somebody-else')

  await holder.end()
  await eventually(
    () => ask(port, '/health/ready'),
    (answer) => answer?.status === 200,
  )
  expect(output).toMatch(/applies 0001-[a-z-]+\.sql \(1 of \d+\)/)
  program.kill('SIGTERM')
  expect(await once(program, 'exit')).toEqual([0, null])
  await database.drop()
})

test('attune-server migrate brings the schema to this version and ends', async () => {
  const database = await emptyDatabase()
  async function migrate(): Promise<{ code: unknown; output: string }> {
    const child = spawn(process.execPath, [main, 'migrate'], {
      env: environment(database.url, 1),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    const [code] = await once(child, 'close')
    return { code, output }
  }

  const first = await migrate()
  expect(first.code).toBe(0)
  expect(first.output).toContain('schema migrated')

  const second = await migrate()
  expect(second.code).toBe(0)
  expect(second.output).toContain('of this version already')
  await database.drop()
})

test('a signal to npm ends what npm started', async () => {
  const database = await emptyDatabase()
  const port = await freePort()
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: project,
    env: environment(database.url, port),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  npm.stdout.on('data', (chunk) => (output += String(chunk)))
  await eventually(
    () => ask(port, '/health/ready'),
    (answer) => answer?.status === 200,
  )
  const pid = Number(/"pid":(\d+)/.exec(output)?.[1])
  expect(pid).not.toBe(npm.pid)

  npm.kill('SIGTERM')
  await once(npm, 'exit')

  await eventually(
    () => isThere(pid),
    (there) => !there,
  )
  expect(output).toContain('stopped')
  await database.drop()
})
