import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { type Cipher, createCipher } from '../domain/secret/cipher.ts'
import { createTokens, type Tokens } from '../domain/access/token/token.ts'
import { closeHome, closeSecrets, passableFolder } from '../run-as/folders.ts'
import { type AccountPool, asSelf } from '../run-as/lend.ts'
import { type OpenedAccounts, openAccounts } from '../run-as/open.ts'
import type { Log } from '../observe/log.ts'
import { createPostgresTransport } from '../messages/postgres/transport.ts'
import { RabbitTransport } from '../messages/rabbitmq/transport.ts'
import type { Transport } from '../messages/transport.ts'
import type { PostMessages } from '../database/database.ts'
import { createMetrics, type Metrics } from '../observe/metrics.ts'
import { noTracing, type Tracing } from '../observe/tracing.ts'
import { VERSION } from '../version.ts'
import { createAfterDeadLetter } from './after-dead-letter.ts'

/** What every role of one process shares. Roles in one process share it and nothing else. */
export type Platform = {
  settings: Settings
  log: Log
  database: Database
  /** The pool of the requests of the API, whose statements have a limit of time: they never hold up the flow. */
  api_database: Database
  transport: Transport
  metrics: Metrics
  tracing: Tracing
  tokens: Tokens
  cipher: Cipher
  /** Whom programs of packs run as. */
  accounts: AccountPool
  /** Why these run as this process although they should not; undefined when all is well. */
  shared_account: string | undefined
  /** Base URL of the API as actions and sensors reach it. */
  api_url(): string
  /** Says where the API of this process listens: a port of 0 is known only then. */
  apiListens(url: string): void
  folders: { packs: string; runtime_envs: string; artifacts: string; work: string }
  close(): Promise<void>
}

/** A role that runs: how it is, and how it stops. */
export type RunningService = {
  name: string
  /** Undefined when well. */
  trouble(): string | undefined
  /** Takes no more work, lets running work end within the role's limit, gives the rest back. */
  stop(): Promise<void>
}

type PlatformOptions = {
  settings: Settings
  log: Log
  home: string
  /** What settings were read from: secrets may be in each. */
  setting_files?: readonly string[]
  database_url: string
  jwt_secret: string
  /** Of the tokens of people; undefined where no API runs. */
  access_token_secret: string | undefined
  encryption_key: string
  previous_encryption_keys: readonly string[]
  /** Whether this process collects the broker's dead letters (executors do). */
  collect_dead_letters: boolean
}

/** Opens the database and the message transport that the settings ask for. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, log, home } = options
  const { accounts, shared_account, folder } = await separate(options)
  const metrics = createMetrics()
  const transport = createTransport(options, metrics)
  const tracing = await openTracing(settings, log)
  const { max_connections, connect_timeout, api_connections, api_statement_timeout } = settings.database
  const pool = {
    url: options.database_url,
    connect_timeout,
    post: watchedPost(transport, { metrics, tracing }),
  }
  const database = openDatabase({ ...pool, max_connections })
  const api_database = openDatabase({
    ...pool,
    max_connections: api_connections,
    server_statement_ms: api_statement_timeout * 1000,
    application_name: 'attune-api',
  })
  try {
    await transport.start(database)
  } catch (error) {
    await transport.close()
    await database.close()
    await accounts.close()
    throw error
  }
  let listening = `http://${reachable(settings.server.host)}:${settings.server.port}`
  return {
    settings,
    log,
    database,
    api_database,
    transport,
    metrics,
    tracing,
    tokens: createTokens(options),
    cipher: createCipher(options.encryption_key, options.previous_encryption_keys),
    accounts,
    shared_account,
    api_url: () => settings.server.public_url ?? listening,
    apiListens(url) {
      listening = url
    },
    folders: {
      packs: settings.packs_base_dir ?? join(home, 'packs'),
      runtime_envs: settings.runtime_envs_dir ?? join(folder, 'runtime_envs'),
      artifacts: settings.artifacts_dir ?? join(home, 'artifacts'),
      work: join(folder, 'work'),
    },
    async close() {
      await transport.close()
      await tracing.close()
      await api_database.close()
      await database.close()
      await accounts.close()
    },
  }
}

/** Opens whom programs of packs run as, and the folder where they can reach what is for them. */
async function separate({ settings, log, home, setting_files = [] }: PlatformOptions) {
  const opened = await openAccounts(settings.run_as, home)
  const folder = await passableFolder(home, opened.accounts.judge)
  const { judge } = opened.accounts
  const secrets = judge === undefined ? [] : setting_files.filter((file) => closeSecrets(file, judge))
  const closed = [...closeHome(home), ...secrets]
  if (closed.length > 0) log.warn({ closed }, 'these were open to others and have been closed')
  if (folder !== undefined) return { ...told(opened, log), folder }
  await opened.accounts.close()
  const shared = `no folder was found that other accounts could pass to; set ATTUNE_HOME to one, instead of ${home}`
  return { ...told({ accounts: asSelf, shared }, log), folder: home }
}

function told({ accounts, shared }: OpenedAccounts, log: Log) {
  if (shared !== undefined)
    log.warn(
      { reason: shared },
      'actions, sensors, builds and tests of packs run as root and can read every secret of this platform',
    )
  return { accounts, shared_account: shared }
}

/** What is said is traced, and counted where the commit is all it takes; a broker's confirms are counted as they come. */
function watchedPost(
  transport: Transport,
  { metrics, tracing }: Pick<Platform, 'metrics' | 'tracing'>,
): PostMessages {
  return async (tx, outgoing) => {
    const since = performance.now()
    tracing.said(tx, outgoing)
    await transport.post(tx, outgoing)
    if (transport.name === 'postgres')
      tx.afterCommit(() => {
        const seconds = (performance.now() - since) / 1000
        for (const message of outgoing) metrics.published(message, 'confirmed', seconds)
      })
  }
}

/** What sends traces is not even loaded where nobody asks for them. */
async function openTracing({ telemetry }: Settings, log: Log): Promise<Tracing> {
  if (telemetry.otlp_url === undefined) return noTracing
  const [{ createSpans }, { createTracing }] = await Promise.all([
    import('../telemetry/otlp.ts'),
    import('../telemetry/spans.ts'),
  ])
  const resource = {
    'service.name': telemetry.service_name,
    'service.version': VERSION,
    'service.instance.id': randomUUID(),
  }
  return createTracing(createSpans({ url: telemetry.otlp_url, resource, log }))
}

function createTransport(
  { settings, log, collect_dead_letters }: PlatformOptions,
  metrics: Metrics,
): Transport {
  const { url, give_up_after } = settings.message_queue
  const afterDeadLetter = createAfterDeadLetter(metrics, settings.maintenance.alert_cooldown_seconds)
  if (url === undefined) return createPostgresTransport({ log, afterDeadLetter })
  return new RabbitTransport({
    url,
    log,
    collect_dead_letters,
    afterDeadLetter,
    published: metrics.published,
    patience_seconds: give_up_after,
  })
}

/** An address that listens everywhere is reached through loopback. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' || host === '[::]' ? '127.0.0.1' : host
}
