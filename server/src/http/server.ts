import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Database } from '../database/database.ts'
import type { Tokens } from '../domain/token/token.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../log.ts'
import { Problem } from '../problem.ts'
import { noTracing, type Tracing } from '../tracing.ts'
import { admit, identify } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { storableBody } from './body.ts'
import { clientAddress } from './client-address.ts'
import { drain } from './drain.ts'
import { EventStream, eventStreams } from './event-stream.ts'
import { logFailure, problemOf, sendProblem } from './errors.ts'
import { harden, type Limits } from './harden.ts'
import { LineStream, lineStreams } from './line-stream.ts'
import { type BodyReading, readBodies } from './raw-body.ts'
import { openApiSchema } from './openapi.ts'
import { type AuditSink, auditRequests } from './request-audit.ts'
import { Answer, pathOf, type Route } from './route.ts'
import { createReaders, type Reader, readerOf, type StreamLimits } from './readers.ts'
import { shownPath } from './shown-path.ts'
import { noParts, type UploadPart, uploadParts } from './upload.ts'
import { createValidators } from './validate.ts'

export type ServerOptions = {
  database: Database
  tokens: Tokens
  log: Log
  /** Bytes of a request body at most. */
  max_body_size: number
  cors_origins: readonly string[]
  /** Addresses and networks whose word about the client counts. Default: none. */
  trusted_proxies?: readonly string[]
  /** Seconds that a request may take to arrive. */
  request_timeout: number
  limits: Limits
  /** Default: DEFAULT_STREAMS. */
  streams?: StreamLimits
  /** Takes a row for each request. */
  audit?: AuditSink
  tracing?: Tracing
}

const DEFAULT_STREAMS: StreamLimits = { most: 500, most_of_one: 50, recheck_seconds: 10 }

/** How often it is looked for requests that take too long to arrive. */
const SLOW_CHECK_MS = 1000

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An HTTP server that speaks the wire of every route: one envelope of errors, a request id on every answer. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = options.log
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }), // onResponse writes one line per request
    bodyLimit: options.max_body_size,
    trustProxy: trustedProxies(options),
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && UUID.test(given) ? given.toLowerCase() : randomUUID()
    },
    routerOptions: { maxParamLength: 500 },
    requestTimeout: options.request_timeout * 1000,
    http: { headersTimeout: options.request_timeout * 1000, connectionsCheckingInterval: SLOW_CHECK_MS },
    frameworkErrors(_, request, reply) {
      sendProblem(reply, unknownRoute(request.url))
    },
    exposeHeadRoutes: true,
  })
  server.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error)
    logFailure(request, error, problem)
    if (problem.code === 'PAYLOAD_TOO_LARGE' || request.isMultipart()) await drain(request.raw)
    return sendProblem(reply, problem)
  })
  await harden(server, options.limits)
  await server.register(cors, {
    origin: [...options.cors_origins],
    credentials: true,
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'],
  })
  await server.register(multipart, { throwFileSizeLimit: false })
  server.setValidatorCompiler(() => () => true) // routes are checked in serve(), where errors have our shape
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  watchRequests(server, options)
  return server
}

/** Nobody is believed unless it is said whom. */
function trustedProxies({ trusted_proxies = [] }: ServerOptions): string[] | false {
  return trusted_proxies.length > 0 && [...trusted_proxies]
}

/** One line for each request, and its span. */
function watchRequests(server: FastifyInstance, { log, tracing = noTracing }: ServerOptions): void {
  const open = new WeakMap<FastifyRequest, (status: number) => void>()
  server.addHook('onRequest', async (request) => {
    const { id, method, routeOptions } = request
    if (routeOptions.url !== undefined && !/^\/(health|metrics)/.test(routeOptions.url))
      open.set(request, tracing.requested({ id, method, path: routeOptions.url }))
  })
  server.addHook('onResponse', async (request, reply) => {
    const { method, url, id } = request
    open.get(request)?.(reply.statusCode)
    log[levelOf(reply.statusCode)](
      {
        method,
        path: shownPath(url),
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime),
        request_id: id,
        correlation_id: id,
      },
      'request',
    )
  })
}

/** What went well is there for whoever looks for it; a refusal is the caller's news, a failure is ours. */
function levelOf(status: number): 'debug' | 'info' | 'warn' {
  return status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug'
}

/** Adds routes, and answers 404 and 405 for what no route is. Call once, with every route. */
export function serve(server: FastifyInstance, routes: readonly Route[], options: ServerOptions): void {
  const validators = createValidators()
  const audit = auditRequests(server, options.audit)
  const callers = new WeakMap<FastifyRequest, Caller>()
  const send = senderOf(server)
  const readers = createReaders(options.streams ?? DEFAULT_STREAMS)
  const bytesOf = readBodies(server, bodyReading(routes))
  for (const route of routes) {
    const checks = {
      params: route.params && validators.text(route.params),
      query: route.query && validators.text(route.query),
      body: route.body && validators.body(route.body),
    }
    async function run(request: FastifyRequest): Promise<unknown> {
      checks.params?.(request.params)
      checks.query?.(request.query)
      const body = bodyOf(route, request)
      checks.body?.(body)
      return route.run({
        database: options.database,
        caller: callers.get(request) ?? { kind: 'nobody' },
        params: request.params,
        query: request.query,
        body,
        request_id: request.id,
        client_ip: clientAddress(request),
        user_agent: request.headers['user-agent'] ?? null,
        headers: request.headers,
        parts: partsOf(route, request),
        raw_body: bytesOf(request),
        log: request.log,
      })
    }
    async function enter(request: FastifyRequest): Promise<void> {
      const caller = await identify(route, request.headers, options)
      audit.called(request, caller)
      admit(route, caller)
      callers.set(request, caller)
    }
    const told = telling(audit, route)
    server.route({
      method: route.method,
      url: pathOf(route),
      schema: openApiSchema(route),
      // Before the body is read: nobody has theirs read without credentials.
      onRequest: (request) => told(request, () => enter(request)),
      async handler(request, reply) {
        const result = await told(request, () => run(request))
        const admitReader = () =>
          readers.admit(readerOf(callers.get(request), clientAddress(request)), async () => {
            await enter(request)
            if (route.produces === 'events') await run(request) // to open a stream changes nothing
          })
        return send(request, reply, { route, result, admit: admitReader })
      },
    })
  }
  server.setNotFoundHandler((request, reply) => sendProblem(reply, noSuchRoute(request, routes)))
}

/** What is refused on the way is on record. */
function telling(audit: ReturnType<typeof auditRequests>, route: Route) {
  return <Result>(request: FastifyRequest, step: () => Promise<Result>): Promise<Result> =>
    step().catch((error: unknown) => {
      audit.threw(request, route, error)
      throw error
    })
}

function partsOf({ form }: Route, request: FastifyRequest): AsyncIterable<UploadPart> {
  return form === undefined ? noParts() : uploadParts(request, form.max_file_bytes)
}

function bodyReading(routes: readonly Route[]): BodyReading {
  return {
    lenient: new Set(routes.filter((route) => route.any_media_type).map(pathOf)),
    kept: new Set(routes.filter((route) => route.raw).map(pathOf)),
  }
}

function bodyOf(route: Route, request: FastifyRequest): JsonObject | undefined {
  if (route.body === undefined) return undefined
  if (request.isMultipart()) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  }
  return storableBody(route.documents, route.body_optional ? (request.body ?? {}) : request.body)
}

type Sent = { route: Route; result: unknown; admit: () => Reader }

function senderOf(server: FastifyInstance) {
  const events = eventStreams(server)
  const lines = lineStreams(server)
  return (request: FastifyRequest, reply: FastifyReply, { route, result, admit }: Sent): FastifyReply => {
    if (result instanceof EventStream) return events.send(request, reply, { stream: result, admit })
    if (result instanceof LineStream) return lines.send(request, reply, { stream: result, admit })
    return answer(route, reply, result)
  }
}

function answer(route: Route, reply: FastifyReply, result: unknown): FastifyReply {
  const [first] = Object.keys(route.success)
  const { status, body, headers } = result instanceof Answer ? result : new Answer(Number(first), result)
  return reply.status(status).headers(headers).send(body)
}

function noSuchRoute(request: FastifyRequest, routes: readonly Route[]): Problem {
  const path = request.url.split('?')[0] ?? ''
  const others = routes.filter((route) =>
    new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  if (others.length === 0) return unknownRoute(path)
  const methods = others.map((route) => route.method).join(', ')
  return new Problem('METHOD_NOT_ALLOWED', `${request.method} is not possible here; use ${methods}.`)
}

function unknownRoute(url: string): Problem {
  return new Problem('NOT_FOUND', `There is no route ${url.split('?')[0]}; see /docs.`)
}
