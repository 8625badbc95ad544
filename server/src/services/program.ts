import { howToMake } from '../config/secret-strength.ts'
import type { Settings } from '../config/settings.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded/postgres.ts'
import { migrate, type MigrationProgress } from '../database/migrate.ts'
import { ensurePartitions } from '../database/partitions.ts'
import { sql } from '../database/sql.ts'
import { outageText } from '../database/outage.ts'
import { isRefusedLogin, isTransient } from '../database/violation.ts'
import { keptSecret } from '../config/home.ts'
import type { HealthChecks } from '../http/health.ts'
import type { Log } from '../observe/log.ts'
import { retry } from '../waiting/retry.ts'
import { Problem } from '../problem.ts'
import { DAYS_AHEAD } from '../sweeps/keep-partitions.ts'
import { watchTopology } from '../sweeps/watch-topology.ts'
import { startApi } from './api.ts'
import { bootstrap } from './bootstrap.ts'
import { startExecutor } from './executor.ts'
import { watchReadiness } from './gauges.ts'
import { startHealthListener, startStartListener } from './health-listener.ts'
import { watchConnections } from './connection-watch.ts'
import { openPlatform, type Platform, type RunningService } from './platform.ts'
import { tellSharedAccount } from './shared-account.ts'
import { startSensor } from './sensor.ts'
import { startWorker } from './worker.ts'
import { printStartupBanner } from './startup-banner.ts'

/** In the order in which they start; they stop in the other order. */
export const roles = ['api', 'executor', 'worker', 'sensor'] as const
export type Role = (typeof roles)[number]

export function isRole(name: string): name is Role {
  return roles.some((role) => role === name)
}

export type Program = {
  /** URL of the API, when this process runs it. */
  url: string | undefined
  /** Where /health and /metrics are, when a process without the API has a port for them. */
  health_url: string | undefined
  /** Drains and stops everything, the database last. */
  stop(): Promise<void>
  /** Resolves with the reason when the program cannot go on and must be restarted. */
  broken: Promise<string>
}

type ProgramOptions = {
  settings: Settings
  log: Log
  home: string
  roles: readonly Role[]
  /** What the settings were read from. */
  setting_files?: readonly string[]
}

/** Migrates the database of the settings, or the private one, and ends. Answers the names of what was applied. */
export async function migrateOnly({
  settings,
  log,
  home,
}: Pick<ProgramOptions, 'settings' | 'log' | 'home'>): Promise<string[]> {
  const embedded = settings.database.url === undefined ? await startOwnDatabase(home, log) : undefined
  try {
    const url = settings.database.url ?? embedded?.url ?? ''
    const progress: MigrationProgress = (now) => log.info(`the schema: ${now}`)
    return await migrateWhenThere(url, settings.message_queue.give_up_after, { log, progress })
  } finally {
    await embedded?.stop()
  }
}

/** Starts the roles of one process, and the private PostgreSQL where no other database is configured. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { settings, log, home } = options
  let doing = 'starts its database'
  const starting = await startStartListener(options, {
    has_api: options.roles.includes('api'),
    doing: () => doing,
  })
  const started: RunningService[] = []
  let embedded: EmbeddedPostgres | undefined
  let platform: Platform | undefined
  let watch: Watch | undefined
  let stopping: Promise<void> | undefined
  async function stopAll(): Promise<void> {
    log.info('stopping')
    await watch?.stop()
    for (const service of started.toReversed()) await service.stop()
    await starting?.stop()
    await platform?.close()
    await embedded?.stop()
    log.info('stopped')
  }
  // A signal and a broken lifeline may both ask for it.
  const stop = (): Promise<void> => (stopping ??= stopAll())
  try {
    if (settings.database.url === undefined) embedded = await startOwnDatabase(home, log)
    platform = await prepare(options, embedded?.url, (now) => {
      log.info(`the schema: ${now}`)
      doing = `migrates its schema: it ${now}`
    })
    doing = 'starts its roles'
    const freeAddress = async () => starting?.stop()
    const checks = checksOf(platform)
    const url = await startRoles(platform, options, { started, checks, freeAddress })
    watch = startWatch(platform, options.roles, checks)
    watchReadiness(platform.metrics, checks)
    const health_url =
      url === undefined ? await listen(platform, { started, checks, freeAddress }) : undefined
    return { url, health_url, stop, broken: Promise.race([brokenOf(embedded), watch.broken]) }
  } catch (error) {
    await stop()
    throw error
  }
}

function startOwnDatabase(home: string, log: Log): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ home, log: (message) => log.info({ role: 'database' }, message) })
}

async function prepare(
  options: ProgramOptions,
  ownUrl: string | undefined,
  progress: MigrationProgress,
): Promise<Platform> {
  const { settings, log, home, setting_files, roles: chosen } = options
  const access_token_secret = await accessTokenSecret(options)
  const database_url = settings.database.url ?? ownUrl ?? ''
  const applied = await migrateWhenThere(database_url, settings.message_queue.give_up_after, {
    log,
    progress,
  })
  if (applied.length > 0) log.info({ migrations: applied }, 'schema migrated')
  const { jwt_secret, encryption_key, previous_encryption_keys } = settings.security
  const platform = await openPlatform({
    settings,
    log,
    home,
    ...(setting_files && { setting_files }),
    database_url,
    jwt_secret: jwt_secret ?? (await keptSecret(home, 'jwt-secret')).secret,
    access_token_secret,
    encryption_key: encryption_key ?? (await keptSecret(home, 'encryption-key')).secret,
    previous_encryption_keys,
    collect_dead_letters: chosen.includes('executor'),
  })
  await ensurePartitions(platform.database, DAYS_AHEAD)
  await tellSharedAccount(platform)
  return platform
}

/**
 * What signs the tokens of people: of a process with the API alone. Processes that share a database must share it too,
 * or each would refuse the sessions of the other; so it is made by itself only for a database that nobody shares.
 */
async function accessTokenSecret({
  settings,
  log,
  home,
  roles: chosen,
}: ProgramOptions): Promise<string | undefined> {
  const { access_token_secret } = settings.security
  if (!chosen.includes('api')) {
    if (access_token_secret !== undefined)
      log.warn('security.access_token_secret is set for a process without the API; give it to the API alone')
    return undefined
  }
  if (access_token_secret !== undefined) return access_token_secret
  if (settings.database.url !== undefined)
    throw new Problem(
      'BAD_REQUEST',
      `security.access_token_secret is not set: every process with the API needs the same one where database.url is set; ${howToMake}, and give it as ATTUNE__SECURITY__ACCESS_TOKEN_SECRET or access_token_secret_file.`,
    )
  return (await keptSecret(home, 'access-token-secret')).secret
}

/** The database may start after us. */
async function migrateWhenThere(
  url: string,
  seconds: number,
  { log, progress }: { log: Log; progress: MigrationProgress },
): Promise<string[]> {
  try {
    return await retry(() => migrate(url, progress), {
      seconds,
      worthwhile: (error) => isTransient(error) && !isRefusedLogin(error),
      failed: (error, delay_ms) =>
        log.warn({ error: String(error), delay_ms }, 'database not there yet, trying again'),
    })
  } catch (error) {
    if (!isTransient(error)) throw error
    const { host, pathname } = new URL(url)
    throw new Problem(
      'SERVICE_UNAVAILABLE',
      `No connection to the database ${pathname.slice(1)} at ${host}: ${String(error)}. Start it, or correct database.url.`,
    )
  }
}

function checksOf({ database, transport }: Platform): HealthChecks {
  return {
    database: () => database.run(sql`select 1`).then(() => undefined, outageText),
    messages: () => transport.trouble(),
  }
}

/** A process without the API is probed and scraped on a port of its own, where one is set. */
async function listen(
  platform: Platform,
  { started, checks, freeAddress }: Starting,
): Promise<string | undefined> {
  await freeAddress()
  const listener = await startHealthListener(platform, checks)
  if (listener === undefined) return undefined
  started.unshift(listener) // stops last: whoever probes sees the others drain
  platform.log.info({ url: listener.url }, 'health and metrics')
  return listener.url
}

type Watch = { broken: Promise<string>; stop(): Promise<void> }

/** Once all roles run: what was merely not started yet is no fault. Adds what is seen to the checks of readiness. */
function startWatch(platform: Platform, chosen: readonly Role[], checks: HealthChecks): Watch {
  const { settings, log } = platform
  const { check_interval, give_up_after } = settings.message_queue
  const lifeline = watchConnections(checksOf(platform), { give_up_after, log })
  const topology = watchTopology({
    ...platform,
    roles: chosen,
    interval_seconds: check_interval,
    alert_cooldown_seconds: settings.maintenance.alert_cooldown_seconds,
  })
  checks.topology = () => topology.trouble()
  checks.wake_ups = () => platform.transport.slowness()
  return {
    broken: lifeline.broken,
    async stop() {
      lifeline.stop()
      await topology.stop()
    },
  }
}

type Starting = {
  started: RunningService[]
  checks: HealthChecks
  /** Ends who answered /health until now. */
  freeAddress(): Promise<void>
}

async function startRoles(
  platform: Platform,
  { home, roles: chosen }: ProgramOptions,
  { started, checks, freeAddress }: Starting,
): Promise<string | undefined> {
  const password = chosen.includes('api') ? (await bootstrap(platform, home)).admin_password : undefined
  let url: string | undefined
  for (const role of roles.filter((name) => chosen.includes(name))) {
    if (role === 'api') await freeAddress()
    const service = await startRole(role, platform, checks)
    if ('url' in service && typeof service.url === 'string') {
      url = service.url
      platform.apiListens(url)
    }
    checks[role] = () => service.trouble()
    started.push(service)
  }
  if (url !== undefined) printStartupBanner({ url, admin_password: password, home, log: platform.log })
  return url
}

function startRole(role: Role, platform: Platform, checks: HealthChecks): Promise<RunningService> {
  switch (role) {
    case 'api':
      return startApi(platform, checks)
    case 'executor':
      return startExecutor(platform)
    case 'worker':
      return startWorker(platform)
    case 'sensor':
      return startSensor(platform)
  }
}

function brokenOf(embedded: EmbeddedPostgres | undefined): Promise<string> {
  if (embedded === undefined) return new Promise(() => undefined)
  return embedded.lost.then(() => 'The private PostgreSQL ended unexpectedly; start again.')
}
