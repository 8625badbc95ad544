import { loadSettings } from '../config/load.ts'
import { openDatabase } from '../database/database.ts'
import { createCipher } from '../domain/secret/cipher.ts'
import { createTokens } from '../domain/access/token/token.ts'
import type { Route } from '../http/route.ts'
import { createLog } from '../observe/log.ts'
import { createPostgresTransport } from '../messages/postgres/transport.ts'
import { createMetrics } from '../observe/metrics.ts'
import { apiRoutes } from './api.ts'
import { asSelf } from '../run-as/lend.ts'
import { noTracing } from '../observe/tracing.ts'

/** Everything that the API serves. Nothing is connected: a pool dials when it is first asked. */
export async function declaredRoutes(): Promise<Route[]> {
  const { settings } = await loadSettings({})
  const log = createLog({ level: 'silent', format: 'json' })
  const secret = 'a secret of forty characters, for nobody'
  const folder = 'nowhere'
  const database = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/nothing' })
  return apiRoutes(
    {
      settings,
      log,
      database,
      api_database: database,
      transport: createPostgresTransport({ log }),
      metrics: createMetrics(),
      tracing: noTracing,
      tokens: createTokens({ jwt_secret: secret, access_token_secret: undefined }),
      cipher: createCipher(secret),
      accounts: asSelf,
      shared_account: undefined,
      api_url: () => 'http://127.0.0.1:1',
      apiListens: () => undefined,
      folders: { packs: folder, runtime_envs: folder, artifacts: folder, work: folder },
      close: async () => undefined,
    },
    {},
  )
}
