import { type HealthChecks, healthRoutes } from '../http/health.ts'
import { metricsRoutes } from '../http/metrics.ts'
import { createServer, serve } from '../http/server.ts'
import { limitsOf } from './api.ts'
import { callerOfToken } from './caller-of-token.ts'
import type { Platform, RunningService } from './platform.ts'
import { notesOf } from './shared-account.ts'

/** Serves /health and /metrics of a process that does not run the API; nothing unless a port is set for it. */
export async function startHealthListener(
  platform: Platform,
  checks: HealthChecks,
): Promise<(RunningService & { url: string }) | undefined> {
  const { settings, log, database, tokens, metrics } = platform
  const { host, port } = settings.health
  if (port === undefined) return undefined
  const options = {
    database,
    callerOf: callerOfToken({ database, tokens }),
    log: log.child({ role: 'health' }),
    max_body_size: 1024,
    cors_origins: [],
    request_timeout: settings.server.request_timeout,
    limits: { ...limitsOf(settings.server), requests_per_minute: undefined },
    turns: { all: 1, each: 1 },
  }
  const server = await createServer(options)
  serve(
    server,
    [...healthRoutes({ checks, notes: notesOf(platform) }), ...metricsRoutes({ metrics })],
    options,
  )
  const url = await server.listen({ host, port })
  return { name: 'health', url, trouble: () => undefined, stop: () => server.close() }
}
