import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadSettings } from '@attune/server/dist/config/load.js'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@attune/server/dist/database/embedded/postgres.js'
import { migrate } from '@attune/server/dist/database/migrate.js'
import { ensurePartitions } from '@attune/server/dist/database/partitions.js'
import { createLog } from '@attune/server/dist/observe/log.js'
import { startExecutor } from '@attune/server/dist/services/executor.js'
import { openPlatform, type Platform, type RunningService } from '@attune/server/dist/services/platform.js'
import { startSensor } from '@attune/server/dist/services/sensor.js'
import { startWorker } from '@attune/server/dist/services/worker.js'
import pg from 'pg'
import type { TransportName } from './options.ts'

const run = promisify(execFile)
const starters = { executor: startExecutor, sensor: startSensor, worker: startWorker }
type BenchRole = keyof typeof starters

/**
 * A private PostgreSQL with the settings of the embedded mode, in a folder that goes away. It has one database of ours
 * at a time: WAL is counted for the whole server.
 */
export type BenchServer = { newDatabase(): Promise<string>; stop(): Promise<void> }

export async function startServer(): Promise<BenchServer> {
  const home = await mkdtemp(join(tmpdir(), 'attune-bench-'))
  const server: EmbeddedPostgres = await startEmbeddedPostgres({ home, log: () => undefined })
  let count = 0
  return {
    async newDatabase() {
      const earlier = `bench_${count}`
      const name = `bench_${(count += 1)}`
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query(`drop database if exists ${earlier} with (force)`)
      await client.query(`create database ${name}`)
      await client.end()
      const url = new URL(server.url)
      url.pathname = `/${name}`
      await migrate(url.href)
      return url.href
    },
    async stop() {
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

export type Installation = Platform & {
  /** Where its rows and messages are, for processes that join it. */
  database_url: string
  broker_url: string | undefined
  start(roles: readonly BenchRole[]): Promise<void>
  end(): Promise<void>
}

/** A platform on a database of its own; roles are started by hand. */
export async function install(
  database_url: string,
  transport: TransportName,
  amqpUrl: string,
): Promise<Installation> {
  const broker = transport === 'rabbitmq' ? await newVirtualHost(amqpUrl) : undefined
  const home = await mkdtemp(join(tmpdir(), 'attune-bench-home-'))
  const { settings } = await loadSettings(
    {},
    {
      overrides: {
        worker: { max_concurrent_tasks: 16 },
        ...(broker === undefined ? {} : { message_queue: { url: broker.url } }),
      },
    },
  )
  const platform = await openPlatform({
    settings,
    log: createLog({ level: 'error', format: 'pretty' }),
    home,
    database_url,
    jwt_secret: 'the secret of a bench, long enough',
    access_token_secret: undefined,
    encryption_key: 'the key of a bench, which is long enough',
    previous_encryption_keys: [],
    collect_dead_letters: true,
  })
  await ensurePartitions(platform.database, 1)
  const services: RunningService[] = []
  return {
    ...platform,
    database_url,
    broker_url: broker?.url,
    async start(roles) {
      for (const role of roles) services.push(await starters[role](platform))
    },
    async end() {
      for (const service of services.toReversed()) await service.stop()
      await platform.close()
      await broker?.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A virtual host of its own where rabbitmqctl is at hand; else the one of the URL, which must be empty. */
async function newVirtualHost(amqpUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `attune-bench-${process.pid}`
  const url = new URL(amqpUrl)
  try {
    await run('rabbitmqctl', ['-q', 'add_vhost', name])
    await run('rabbitmqctl', ['-q', 'set_permissions', '-p', name, url.username || 'guest', '.*', '.*', '.*'])
  } catch {
    // no rabbitmqctl here, or it may not
    return { url: amqpUrl, drop: async () => undefined }
  }
  url.pathname = `/${name}`
  return { url: url.href, drop: async () => void (await run('rabbitmqctl', ['-q', 'delete_vhost', name])) }
}
