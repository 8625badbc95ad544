import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../src/config/load.ts'
import { ensurePartitions } from '../src/database/partitions.ts'
import type { JsonObject } from '../src/json.ts'
import { createLog } from '../src/observe/log.ts'
import { startExecutor } from '../src/services/executor.ts'
import { openPlatform, type Platform, type RunningService } from '../src/services/platform.ts'
import { startSensor } from '../src/services/sensor.ts'
import { startWorker } from '../src/services/worker.ts'
import { type FreshBroker, freshBroker } from './broker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'

export type TransportName = 'postgres' | 'rabbitmq'

export type Running = Platform & {
  broker: FreshBroker | undefined
  database_url: string
  /** Starts further roles: a worker looks for the runtimes that are there when it starts. */
  start(more: readonly Role[]): Promise<void>
  end(): Promise<void>
}

type Role = 'executor' | 'worker' | 'sensor'
const starters = { executor: startExecutor, worker: startWorker, sensor: startSensor }

/**
 * A platform of its own with the given roles running in this process: real database, real broker, real processes. The
 * database is a fresh one unless it is given.
 */
export async function running(
  transport: TransportName,
  roles: readonly Role[],
  overrides: JsonObject = {},
  on?: FreshDatabase,
): Promise<Running> {
  const database = on ?? (await freshDatabase())
  const broker = transport === 'rabbitmq' ? await freshBroker() : undefined
  const home = await mkdtemp(join(tmpdir(), 'attune-home-'))
  const { settings } = await loadSettings(
    {},
    {
      overrides: { ...(broker === undefined ? {} : { message_queue: { url: broker.url } }), ...overrides },
    },
  )
  const platform = await openPlatform({
    settings,
    log: createLog({ level: process.env.ATTUNE_TEST_LOG ?? 'fatal', format: 'pretty' }),
    home,
    database_url: database.url,
    jwt_secret: 'a test secret of more than thirty-two characters',
    access_token_secret: 'one more test secret of more than thirty-two characters',
    encryption_key: 'another test secret of more than thirty-two characters',
    previous_encryption_keys: [],
    collect_dead_letters: roles.includes('executor'),
  })
  await ensurePartitions(platform.database, 1)
  const services: RunningService[] = []
  async function start(more: readonly Role[]): Promise<void> {
    for (const role of more) services.push(await starters[role](platform))
  }
  await start(roles)
  return {
    ...platform,
    broker,
    database_url: database.url,
    start,
    async end() {
      for (const service of services.toReversed()) await service.stop()
      await platform.close()
      await database.drop()
      await broker?.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
