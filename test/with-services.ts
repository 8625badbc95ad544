import { chmod, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../server/src/database/embedded/postgres.ts'
import { isAlive, parseProcessId } from '../server/src/processes/process-identity.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's URL on the PostgreSQL of this run. Tests take a database of their own from `freshDatabase()`. */
    databaseUrl: string
    /** The URL of a RabbitMQ, or empty when none is reachable. */
    brokerUrl: string
  }
}

const PREFIX = 'attune-test-'
const DEFAULT_BROKER = 'amqp://guest:guest@127.0.0.1:5672'

/** Vitest's global setup of the integration project: one PostgreSQL and one RabbitMQ for the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('brokerUrl', await findBroker())
  const database = await provideDatabase()
  project.provide('databaseUrl', database.url)
  return () => database.stop()
}

async function provideDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env['ATTUNE_TEST_DATABASE_URL']
  if (given) return { url: given, stop: async () => undefined }
  const parent = await fastFolder()
  await removeLeftovers(parent)
  const home = await mkdtemp(join(parent, PREFIX))
  // As root, the server runs as another user, who must get through.
  await chmod(home, 0o711)
  const server = await startEmbeddedPostgres({
    home,
    log: () => undefined,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
      max_wal_size: '256MB',
    },
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

/**
 * A folder in memory where that is large enough and may hold programs. Every test file copies a database of some
 * hundred small files: on a busy disk that takes ten times as long.
 */
async function fastFolder(): Promise<string> {
  const shm = '/dev/shm'
  try {
    const { bavail, bsize } = await statfs(shm)
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
    const options = mounts.find(([, where]) => where === shm)?.[3]?.split(',') ?? ['noexec']
    return bavail * bsize > 2 * 1024 ** 3 && !options.includes('noexec') ? shm : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** Removes what runs left behind that were killed; their servers have shut down by themselves. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue
    const owner = await readFile(join(parent, name, 'postgres', 'supervisor.pid'), 'utf8').catch(() => '')
    const supervisor = parseProcessId(owner)
    const abandoned = supervisor !== undefined && !isAlive(supervisor)
    if (abandoned) await rm(join(parent, name), { recursive: true, force: true })
  }
}

/** The broker's URL, or empty after saying so loudly. CI must have one: there its absence is an error. */
async function findBroker(): Promise<string> {
  const url = process.env['ATTUNE_TEST_AMQP_URL'] || DEFAULT_BROKER
  try {
    await reach(url)
    await greet(url)
    return url
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error)
    const lines = [
      `No RabbitMQ at ${withoutPassword(url)}: ${reason}`,
      'The tests of the RabbitMQ transport DO NOT RUN in this test run.',
      'Start one there, or set ATTUNE_TEST_AMQP_URL to one that may be written to.',
    ]
    if (process.env['CI'] === 'true') throw new Error(lines.join('\n'), { cause: error })
    process.stderr.write(banner(lines))
    return ''
  }
}

/** amqplib waits long for a host that does not answer at all, so the port is tried first. */
function reach(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url)
  const target = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'amqps:' ? 5671 : 5672),
  }
  return new Promise((resolve, reject) => {
    const socket = connectTcp(target, () => {
      socket.destroy()
      resolve()
    })
    socket.setTimeout(3000, () => socket.destroy(new Error('no answer within 3 s')))
    socket.once('error', reject)
  })
}

async function greet(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 5000 })
  await connection.close()
}

function withoutPassword(url: string): string {
  const parsed = new URL(url)
  if (parsed.password) parsed.password = '***'
  return parsed.href
}

function banner(lines: string[]): string {
  const rule = '*'.repeat(Math.max(...lines.map(({ length }) => length)) + 4)
  return `\n${[rule, ...lines.map((line) => `* ${line}`), rule].join('\n')}\n\n`
}
