import { readFile } from 'node:fs/promises'
import type { Settings } from '../config/settings.ts'
import type { TurnLimits } from '../database/turns.ts'
import { createSuiteRunner, type SuiteRunner } from '../action-runner/test-suite.ts'
import { enforcementRoutes } from '../domain/flow/enforcement/routes.ts'
import { alertRoutes } from '../domain/watch/alert/routes.ts'
import { actionRoutes } from '../domain/definition/action/routes.ts'
import { deadLetterRoutes } from '../domain/watch/dead-letter/routes.ts'
import { auditRoutes } from '../domain/audit/routes.ts'
import { createAuditTrail } from '../domain/audit/trail.ts'
import { createEventIntake } from '../domain/flow/event/intake.ts'
import { eventRoutes } from '../domain/flow/event/routes.ts'
import { executionRoutes } from '../domain/flow/execution/routes.ts'
import { identityAdminRoutes } from '../domain/access/administration/admin-routes.ts'
import { assignmentRoutes } from '../domain/access/administration/assignment-routes.ts'
import { createCatalogue } from '../domain/packs/pack-index/catalogue.ts'
import { packEnvironmentRoutes } from '../domain/packs/pack-environment/routes.ts'
import { packIndexRoutes } from '../domain/packs/pack-index/routes.ts'
import { resolveByDns } from '../domain/packs/fetch/resolve-host.ts'
import { packSourceRoutes } from '../domain/packs/pack-source/routes.ts'
import { keyRoutes } from '../domain/definition/key/routes.ts'
import { packRoutes } from '../domain/packs/registrar/routes.ts'
import { schemaRoutes } from '../domain/packs/registrar/schema-routes.ts'
import { packTestRoutes } from '../domain/packs/registrar/test-routes.ts'
import { createSchemaCache } from '../domain/schema/cache.ts'
import { permissionRoutes } from '../domain/access/permission/routes.ts'
import type { Evaluator } from '../domain/definition/matching/evaluator.ts'
import { ruleExplainRoutes } from '../domain/definition/rule/explain-routes.ts'
import { relink } from '../domain/definition/rule/queries.ts'
import { ruleRoutes } from '../domain/definition/rule/routes.ts'
import { runtimeRoutes } from '../domain/definition/runtime/routes.ts'
import { sensorRoutes } from '../domain/definition/sensor/routes.ts'
import { topologyRoutes } from '../domain/watch/topology/routes.ts'
import { sweepRoutes } from '../domain/watch/sweep/routes.ts'
import { traceRoutes } from '../domain/watch/trace/routes.ts'
import { triggerRoutes } from '../domain/definition/trigger/routes.ts'
import { webhookRoutes } from '../domain/flow/webhook/routes.ts'
import { workerRoutes } from '../domain/flow/worker/routes.ts'
import { type HealthChecks, healthRoutes } from '../http/health.ts'
import { metricsRoutes } from '../http/metrics.ts'
import { serveDocs } from '../http/openapi.ts'
import type { Route } from '../http/route.ts'
import { createServer, serve, type ServerOptions } from '../http/server.ts'
import { VERSION } from '../version.ts'
import { endOfAccount } from './account-end.ts'
import { callerOfToken } from './caller-of-token.ts'
import { openEvaluator } from './evaluator.ts'
import { sealedElsewhere } from './sealed-columns.ts'
import { watchFlow } from './gauges.ts'
import { loginRoutes } from './login.ts'
import type { Platform, RunningService } from './platform.ts'
import { notesOf } from './shared-account.ts'

/** How soon a stream ends whose reader has lost the right to it. */
const STREAM_RECHECK_SECONDS = 10
const landingPage = new URL('../../../web/index.html', import.meta.url)

/** Serves the HTTP API, its documentation and the web page. */
export async function startApi(
  platform: Platform,
  checks: HealthChecks,
): Promise<RunningService & { url: string }> {
  const { settings, database, api_database, tokens, tracing, metrics } = platform
  const log = platform.log.child({ role: 'api' })
  watchFlow(platform)
  const audit = createAuditTrail({ database, log, metrics })
  const options = {
    database: api_database,
    callerOf: callerOfToken({ database: api_database, tokens, metrics }),
    tracing,
    log,
    audit,
    trusted_proxies: settings.server.trusted_proxies,
    max_body_size: settings.server.max_body_size,
    inline_limit_bytes: settings.limits.inline_value_bytes,
    cors_origins: settings.server.cors_origins,
    request_timeout: settings.server.request_timeout,
    limits: limitsOf(settings.server),
    turns: turnsOf(settings.database.api_connections),
    streams: {
      most: settings.server.max_streams,
      most_of_one: settings.server.max_streams_per_caller,
      recheck_seconds: STREAM_RECHECK_SECONDS,
    },
  }
  const server = await createServer(options)
  await serveDocs(server, VERSION)
  const page = await readFile(landingPage, 'utf8')
  server.get('/', { schema: { hide: true } }, (_, reply) => reply.type('text/html; charset=utf-8').send(page))
  const suites = createSuiteRunner(undefined, platform.accounts)
  const evaluator = openEvaluator(platform)
  serve(server, apiRoutes(platform, checks, suites, evaluator), options)
  const url = await server.listen({ host: settings.server.host, port: settings.server.port })
  return {
    name: 'api',
    url,
    trouble: () => undefined,
    async stop() {
      suites.stop() // a request would wait for its tests, and the stop for the request
      await server.close()
      await evaluator.close()
      await audit.stop()
    },
  }
}

/** What one process bears of the network. */
export function limitsOf(server: Settings['server']): ServerOptions['limits'] {
  const { refused_per_minute, requests_per_minute, max_connections, max_connections_per_address } = server
  return {
    refused_per_minute,
    requests_per_minute,
    connections: { all: max_connections, each: max_connections_per_address },
  }
}

/** Some connections are left for finding out who calls, so that nobody waits for that behind others' questions. */
function turnsOf(connections: number): TurnLimits {
  return { all: Math.max(1, connections - 3), each: Math.max(1, Math.floor(connections / 2)) }
}

/** Every route of the API. */
export function apiRoutes(
  platform: Platform,
  checks: HealthChecks,
  suites: SuiteRunner = createSuiteRunner(),
  evaluator: Evaluator = openEvaluator(platform),
): Route[] {
  const { settings, database, tokens, cipher, metrics, transport, folders } = platform
  const limits = { inline_limit_bytes: settings.limits.inline_value_bytes }
  const schemas = createSchemaCache()
  const intake = createEventIntake(database, cipher)
  return [
    ...healthRoutes({ checks, notes: () => notesOf(platform) }),
    ...metricsRoutes({ metrics }),
    ...loginRoutes(settings, tokens),
    ...allPackRoutes(platform, suites),
    ...schemaRoutes(),
    ...actionRoutes({ relink }),
    ...runtimeRoutes(),
    ...triggerRoutes({ relink }),
    ...sensorRoutes(),
    ...ruleRoutes({ schemas }),
    ...ruleExplainRoutes({ cipher, evaluator }),
    ...webhookRoutes({ cipher, ...limits }),
    ...eventRoutes({ intake, cipher, ...limits }),
    ...enforcementRoutes({ cipher }),
    ...executionRoutes({ database, schemas, cipher, artifacts_dir: folders.artifacts, ...limits }),
    ...keyRoutes({ cipher, sealed: sealedElsewhere, ...limits }),
    ...workerRoutes(),
    ...alertRoutes(),
    ...sweepRoutes(),
    ...deadLetterRoutes(),
    ...traceRoutes(),
    ...identityAdminRoutes(endOfAccount),
    ...assignmentRoutes(),
    ...permissionRoutes(),
    ...auditRoutes(),
    ...topologyRoutes({ transport: transport.name }),
  ]
}

/** Packs, how they come in from outside, and their tests. */
function allPackRoutes(
  { settings, cipher, folders, log }: Platform,
  { run: run_suite }: SuiteRunner,
): Route[] {
  const { pack_registry, pack_upload: limits } = settings
  const { local_roots } = pack_registry
  const packs_base_dir = folders.packs
  const sources = { settings: pack_registry, packs_base_dir, resolve: resolveByDns, cipher }
  const catalogue = createCatalogue({ ...sources, log })
  return [
    ...packRoutes({ packs_base_dir, cipher, run_suite, local_roots }),
    ...packEnvironmentRoutes({ packs_base_dir }),
    ...packTestRoutes({ run_suite }),
    ...packSourceRoutes({ ...sources, catalogue, limits, run_suite }),
    ...packIndexRoutes({ settings: pack_registry, cipher, catalogue }),
  ]
}
