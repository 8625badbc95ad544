import type { Settings } from '../config/settings.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { type HealthChecks, healthRoutes } from '../http/health.ts'
import { metricsRoutes } from '../http/metrics.ts'
import type { Route } from '../http/route.ts'
import { createServer, serve } from '../http/server.ts'
import type { Log } from '../observe/log.ts'
import { Problem } from '../problem.ts'
import { limitsOf } from './api.ts'
import type { Platform, RunningService } from './platform.ts'
import { notesOf } from './shared-account.ts'

type Listener = { url: string; stop(): Promise<void> }
/** `elsewhere`: what a request gets that is for none of the routes. Default: that there is no such route. */
type Where = { host: string; port: number; elsewhere?: () => Problem }

/** Serves /health and /metrics of a process that does not run the API; nothing unless a port is set for it. */
export async function startHealthListener(
  platform: Platform,
  checks: HealthChecks,
): Promise<(RunningService & { url: string }) | undefined> {
  const { settings, metrics } = platform
  const { host, port } = settings.health
  if (port === undefined) return undefined
  const routes = [...healthRoutes({ checks, notes: () => notesOf(platform) }), ...metricsRoutes({ metrics })]
  const listener = await listen(platform, routes, { host, port })
  return { name: 'health', trouble: () => undefined, ...listener }
}

/**
 * Serves /health where the program will be asked for it, until it has started: whoever probes it sees that it lives
 * and what it is doing. Nothing where the port is not known beforehand.
 */
export async function startStartListener(
  { settings, log }: { settings: Settings; log: Log },
  { has_api, doing }: { has_api: boolean; doing: () => string },
): Promise<Listener | undefined> {
  const { host, port } = has_api ? settings.server : settings.health
  if (port === undefined || port === 0) return undefined
  const database = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/nothing' }) // never asked: see checks
  const checks: HealthChecks = { start: () => `The program ${doing()}.`, database: () => undefined }
  return listen({ settings, log, database }, healthRoutes({ checks }), {
    host,
    port,
    // Only /health says what it waits for: that names sessions of the database.
    elsewhere: () =>
      new Problem('SERVICE_UNAVAILABLE', 'The program is starting; try again in a moment.', [], {
        retry_after_seconds: 1,
      }),
  })
}

async function listen(
  { settings, log, database }: { settings: Settings; log: Log; database: Database },
  routes: Route[],
  { host, port, elsewhere }: Where,
): Promise<Listener> {
  const options = {
    database,
    callerOf: async () => ({ kind: 'nobody' }) as const, // every route is public
    log: log.child({ role: 'health' }),
    max_body_size: 1024,
    cors_origins: [],
    request_timeout: settings.server.request_timeout,
    limits: { ...limitsOf(settings.server), requests_per_minute: undefined },
    turns: { all: 1, each: 1 },
  }
  const server = await createServer(options)
  if (elsewhere !== undefined)
    server.addHook('onRequest', async ({ routeOptions }) => {
      if (routeOptions.url === undefined) throw elsewhere()
    })
  serve(server, routes, options)
  const url = await server.listen({ host, port })
  return { url, stop: () => server.close() }
}
