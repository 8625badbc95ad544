import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../src/config/load.ts'
import { ensurePartitions } from '../src/database/partitions.ts'
import type { JsonObject } from '../src/json.ts'
import { createLog } from '../src/log.ts'
import { startExecutor } from '../src/services/executor.ts'
import { openPlatform, type Platform, type RunningService } from '../src/services/platform.ts'
import { startSensor } from '../src/services/sensor.ts'
import { startWorker } from '../src/services/worker.ts'
import { type FreshBroker, freshBroker } from './broker.ts'
import { freshDatabase } from './database.ts'

export type TransportName = 'postgres' | 'rabbitmq'

export type Running = Platform & {
  broker: FreshBroker | undefined
  database_url: string
  services: RunningService[]
  end(): Promise<void>
}

const starters = { executor: startExecutor, worker: startWorker, sensor: startSensor }

/** A platform of its own with the given roles running in this process: real database, real broker, real processes. */
export async function running(
  transport: TransportName,
  roles: readonly (keyof typeof starters)[],
  overrides: JsonObject = {},
): Promise<Running> {
  const database = await freshDatabase()
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
    encryption_key: 'another test secret of more than thirty-two characters',
    collect_dead_letters: roles.includes('executor'),
  })
  await ensurePartitions(platform.database, 1)
  const services: RunningService[] = []
  for (const role of roles) services.push(await starters[role](platform))
  return {
    ...platform,
    broker,
    database_url: database.url,
    services,
    async end() {
      for (const service of services.toReversed()) await service.stop()
      await platform.close()
      await database.drop()
      await broker?.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
