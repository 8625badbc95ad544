import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../src/config/load.ts'
import { type Database, openDatabase } from '../src/database/database.ts'
import type { JsonObject } from '../src/json.ts'
import { createLog } from '../src/observe/log.ts'
import { type Program, type Role, roles, startProgram } from '../src/services/program.ts'
import { type FreshBroker, freshBroker } from './broker.ts'
import { freshDatabase } from './database.ts'
import { ACCESS_TOKEN_SECRET } from './program.ts'
import { type Proxy, proxyTo } from './proxy.ts'
import type { TransportName } from './running.ts'

type Readiness = { status: number; reasons: Record<string, string> }

/** Real servers with a wire to each, for a program that is to lose them. */
export type Surroundings = {
  broker: FreshBroker | undefined
  toBroker: Proxy | undefined
  toDatabase: Proxy
  /** The database, past the wire. */
  db: Database
  start(overrides?: JsonObject, chosen?: readonly Role[]): Promise<Wired>
  end(): Promise<void>
}

export type Wired = Program & {
  ready(): Promise<Readiness>
  metrics(): Promise<string>
  api(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>
}

export async function surroundings(transport: TransportName): Promise<Surroundings> {
  const database = await freshDatabase()
  const broker = transport === 'rabbitmq' ? await freshBroker() : undefined
  const toDatabase = await proxyTo(database.url)
  const toBroker = broker === undefined ? undefined : await proxyTo(quick(broker.url))
  const db = openDatabase({ url: database.url, max_connections: 4 })
  const home = await mkdtemp(join(tmpdir(), 'attune-wired-'))
  const started: Program[] = []
  async function start(overrides: JsonObject = {}, chosen: readonly Role[] = roles): Promise<Wired> {
    const program = await startProgram({
      settings: await settingsOf(toDatabase, toBroker, overrides),
      log: createLog({ level: process.env.ATTUNE_TEST_LOG ?? 'fatal', format: 'pretty' }),
      home,
      roles: chosen,
    })
    started.push(program)
    return { ...program, ...clientOf(program.url ?? '', home) }
  }
  return {
    broker,
    toBroker,
    toDatabase,
    db,
    start,
    async end() {
      for (const program of started) await program.stop()
      for (const proxy of [toBroker, toDatabase]) await proxy?.close()
      await db.close()
      await database.drop()
      await broker?.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A silent peer is noticed within seconds. */
function quick(url: string): string {
  const quicker = new URL(url)
  quicker.searchParams.set('heartbeat', '1')
  return quicker.href
}

async function settingsOf(toDatabase: Proxy, toBroker: Proxy | undefined, overrides: JsonObject) {
  const { message_queue = {}, ...others } = overrides as { message_queue?: JsonObject } & JsonObject
  const { settings } = await loadSettings(
    {},
    {
      overrides: {
        demo: false,
        database: { url: toDatabase.url, connect_timeout: 2, max_connections: 10 },
        server: { port: 0 },
        security: { access_token_secret: ACCESS_TOKEN_SECRET },
        worker: { heartbeat_interval: 5, shutdown_timeout: 5 },
        ...others,
        message_queue: {
          ...(toBroker === undefined ? {} : { url: toBroker.url }),
          check_interval: 1,
          ...message_queue,
        },
      },
    },
  )
  return settings
}

function clientOf(url: string, home: string): Pick<Wired, 'ready' | 'metrics' | 'api'> {
  let token: string | undefined
  let login: Promise<void> | undefined
  async function send(method: string, path: string, body?: object) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as JsonObject) : text }
  }
  /** Once for all calls: many logins at once are turned away. */
  async function logIn(): Promise<void> {
    const password = (await readFile(join(home, 'admin-password'), 'utf8')).trim()
    const { body } = await send('POST', '/auth/login', { login: 'admin', password })
    token = (body as { data: { access_token: string } }).data.access_token
  }
  return {
    async ready() {
      const { status, body } = await send('GET', '/health/ready')
      return { status, reasons: (body as Partial<Readiness>).reasons ?? {} }
    },
    async metrics() {
      return (await fetch(`${url}/metrics`)).text()
    },
    async api(method, path, body) {
      await (login ??= logIn())
      return send(method, path, body)
    },
  }
}
