import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@attune/server/dist/database/embedded/postgres.js'
import { migrate } from '@attune/server/dist/database/migrate.js'
import pg from 'pg'

/** Connections of the server at most: a seed can use them all up. */
export const MAX_CONNECTIONS = 160

/** A PostgreSQL that may be treated badly: nobody else uses it. */
export type OwnPostgres = {
  /** The URL of a database on it. */
  url(database: string): string
  /** A statement by a session of its own on the maintenance database. */
  admin(statement: string): Promise<void>
  /** Ends the server without a checkpoint, as a crash does, and starts it again on the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'attune-faults-db-'))
  await chmod(home, 0o711) // as root, the server runs as another user, who must get through
  const start = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      home,
      log: () => undefined,
      settings: {
        fsync: 'off', // what was handed to the kernel survives the end of the server
        max_connections: String(MAX_CONNECTIONS),
        max_wal_size: '512MB',
      },
    })
  let server = await start()
  const url = (database: string): string => {
    const there = new URL(server.url)
    there.pathname = `/${database}`
    return there.href
  }
  async function crashAndStart(): Promise<void> {
    const pid = await onSession(url('postgres'), async (session) => {
      const { rows } = await session.query<{ pid: string }>(
        "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid",
      )
      return Number(rows[0]?.pid)
    })
    process.kill(pid, 'SIGQUIT')
    await server.lost
    await server.stop() // gives the folder back
    server = await start()
  }
  let restarting = Promise.resolve()
  return {
    url,
    admin: (statement) =>
      onSession(url('postgres'), async (session) => void (await session.query(statement))),
    restart() {
      restarting = restarting.then(crashAndStart)
      return restarting
    },
    async stop() {
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Makes a database with the schema. */
export async function createMigrated(server: OwnPostgres, name: string): Promise<string> {
  await server.admin(`create database ${name}`)
  await migrate(server.url(name))
  return server.url(name)
}

/** A session for one piece of work. Waits while the server is away or has no place left. */
export async function onSession<Result>(
  url: string,
  work: (session: pg.Client) => Promise<Result>,
): Promise<Result> {
  const session = await reach(url, Date.now() + REACH_MS)
  try {
    return await work(session)
  } finally {
    await session.end().catch(() => undefined)
  }
}

const REACH_MS = 20_000

async function reach(url: string, deadline: number): Promise<pg.Client> {
  for (;;) {
    const session = new pg.Client({ connectionString: url, options: '-c search_path=attune,public' })
    session.on('error', () => undefined)
    try {
      await session.connect()
      return session
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(100)
  }
}
