import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, freePort, startOwnBroker, useBroker } from './broker-node.ts'
import { createClient } from './client.ts'
import { createFleet } from './fleet.ts'
import { writePack } from './pack.ts'
import type { TransportName } from './plan.ts'
import { createMigrated, type OwnPostgres, startOwnPostgres } from './postgres-server.ts'

/** What all seeds of a run share: a database server, a broker, and a database to copy. */
export type Site = {
  folder: string
  postgres: OwnPostgres
  broker: Broker | undefined
  /** Settings of every process, but for the addresses. */
  env: Readonly<Record<string, string>>
  password(): string
  close(options: { keep: boolean }): Promise<void>
}

export const TEMPLATE = 'faults_template'

/** Everything that waits, waits shortly: a lease lasts three seconds. */
const SETTINGS: Readonly<Record<string, string>> = {
  ATTUNE__DEMO: 'false',
  ATTUNE__LOG__FORMAT: 'json',
  ATTUNE__DATABASE__MAX_CONNECTIONS: '8',
  ATTUNE__DATABASE__CONNECT_TIMEOUT: '5',
  ATTUNE__SECURITY__ACCESS_TOKEN_SECRET: 'another one, for those of them that have the API',
  ATTUNE__SECURITY__JWT_SECRET: 'one secret that every process of a seed shares',
  ATTUNE__SECURITY__ENCRYPTION_KEY: 'one key that every process of a seed shares',
  ATTUNE__SECURITY__JWT_ACCESS_EXPIRATION: '86400',
  ATTUNE__WORKER__HEARTBEAT_INTERVAL: '1',
  ATTUNE__WORKER__SHUTDOWN_TIMEOUT: '3',
  ATTUNE__WORKER__ENV_PASSTHROUGH: 'FAULTS_RUN_LOG',
  ATTUNE__SENSOR__HEARTBEAT_INTERVAL: '1',
  ATTUNE__SENSOR__SHUTDOWN_TIMEOUT: '3',
  ATTUNE__EXECUTOR__SWEEP_INTERVAL: '1',
  ATTUNE__EXECUTOR__PLACEMENT_GRACE: '60',
  ATTUNE__MAINTENANCE__REDRIVE_AFTER_SECONDS: '3',
  ATTUNE__MAINTENANCE__WORKER_SILENCE_SECONDS: '4',
  ATTUNE__MAINTENANCE__SCHEDULED_TIMEOUT_SECONDS: '4',
}

export async function openSite(transport: TransportName, brokerUrl: string | undefined): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'attune-faults-'))
  await chmod(folder, 0o711) // actions must get to their packs and their log
  const [postgres, broker] = await Promise.all([
    startOwnPostgres(),
    transport === 'rabbitmq' ? openBroker(brokerUrl) : undefined,
  ])
  const env = { ...SETTINGS, ATTUNE__PACKS_BASE_DIR: join(folder, 'packs') }
  const password = () => passwordIn(join(folder, 'template', 'homes', 'api', 'admin-password'))
  await mkdir(join(folder, 'packs'))
  const site = {
    folder,
    postgres,
    broker,
    env,
    password,
    async close({ keep }: { keep: boolean }) {
      await broker?.stop()
      await postgres.stop()
      if (!keep) await rm(folder, { recursive: true, force: true })
    },
  }
  await prepareTemplate(site)
  return site
}

async function openBroker(url: string | undefined): Promise<Broker> {
  const own = await startOwnBroker()
  if (own !== undefined) return own
  process.stderr.write(
    'rabbitmq-server is not installed: the broker that is reachable is used through a proxy and never restarted.\n',
  )
  return useBroker(url ?? 'amqp://guest:guest@127.0.0.1:5672')
}

/** Lets the program itself make the account and load the packs, once for all seeds. */
async function prepareTemplate({ folder, postgres, env, password }: Site): Promise<void> {
  const url = await createMigrated(postgres, TEMPLATE)
  const api_port = await freePort()
  const fleet = createFleet({
    folder: join(folder, 'template'),
    env: { ...env, ATTUNE__DATABASE__URL: url },
    api_port,
    members: [{ name: 'api', roles: 'api' }],
  })
  fleet.start('api')
  const client = createClient({ url: `http://127.0.0.1:${api_port}`, login: 'admin', password })
  client.until(Date.now() + 60_000)
  const answer = await client.send('POST', '/api/v1/packs/register', { path: await writePack(folder) })
  await fleet.endAll()
  if (answer === undefined || answer.status >= 300)
    throw new Error(`The pack was refused: ${JSON.stringify(answer)}\n${fleet.logTail('api', 20)}`)
}

function passwordIn(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}
