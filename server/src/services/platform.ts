import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { type Cipher, createCipher } from '../domain/secret/cipher.ts'
import { createTokens, type Tokens } from '../domain/token/token.ts'
import type { Log } from '../log.ts'
import { createPostgresTransport } from '../messages/postgres/transport.ts'
import { RabbitTransport } from '../messages/rabbitmq/transport.ts'
import type { Post, Transport } from '../messages/transport.ts'
import { createMetrics, type Metrics } from '../metrics.ts'

/** What every role of one process shares. Roles in one process share it and nothing else. */
export type Platform = {
  settings: Settings
  log: Log
  database: Database
  transport: Transport
  metrics: Metrics
  tokens: Tokens
  cipher: Cipher
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

export type PlatformOptions = {
  settings: Settings
  log: Log
  home: string
  database_url: string
  jwt_secret: string
  encryption_key: string
  /** Whether this process collects the broker's dead letters (executors do). */
  collect_dead_letters: boolean
}

/** Opens the database and the message transport that the settings ask for. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, log, home } = options
  const metrics = createMetrics()
  const transport = createTransport(options, metrics)
  const database = openDatabase({
    url: options.database_url,
    max_connections: settings.database.max_connections,
    connect_timeout: settings.database.connect_timeout,
    post: countedPost(transport, metrics),
  })
  try {
    await transport.start(database)
  } catch (error) {
    await transport.close()
    await database.close()
    throw error
  }
  let listening = `http://${reachable(settings.server.host)}:${settings.server.port}`
  return {
    settings,
    log,
    database,
    transport,
    metrics,
    tokens: createTokens(options.jwt_secret),
    cipher: createCipher(options.encryption_key),
    api_url: () => settings.server.public_url ?? listening,
    apiListens(url) {
      listening = url
    },
    folders: {
      packs: settings.packs_base_dir ?? join(home, 'packs'),
      runtime_envs: settings.runtime_envs_dir ?? join(home, 'runtime_envs'),
      artifacts: settings.artifacts_dir ?? join(home, 'artifacts'),
      work: join(home, 'work'),
    },
    async close() {
      await transport.close()
      await database.close()
    },
  }
}

function countedPost(transport: Transport, metrics: Metrics): Post {
  return async (tx, outgoing) => {
    await transport.post(tx, outgoing)
    tx.afterCommit(() => {
      for (const { type } of outgoing) metrics.published(type, 1)
    })
  }
}

function createTransport(
  { settings, log, collect_dead_letters }: PlatformOptions,
  metrics: Metrics,
): Transport {
  const { url, give_up_after } = settings.message_queue
  if (url === undefined) return createPostgresTransport({ log })
  return new RabbitTransport({
    url,
    log,
    collect_dead_letters,
    patience_seconds: give_up_after,
    returned: metrics.returned,
  })
}

/** An address that listens everywhere is reached through loopback. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' || host === '[::]' ? '127.0.0.1' : host
}
