import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify'
import type { Database } from '../database/database.ts'
import type { TurnLimits } from '../database/turns.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import { Problem } from '../problem.ts'
import { noTracing, type Tracing } from '../observe/tracing.ts'
import { type AdmittedRequest, createAdmission } from './admission.ts'
import { admit as permit, type Identification, identify } from './authenticate.ts'
import { storableBody } from './storable-body.ts'
import { clientAddress } from './client-address.ts'
import { type ConnectionLimits, limitConnections } from './connections.ts'
import { drain } from './drain.ts'
import { EventStream, eventStreams } from './event-stream.ts'
import { logFailure, problemOf, sendProblem } from './errors.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { LineStream, lineStreams } from './line-stream.ts'
import { readBodies } from './body-parser.ts'
import { openApiSchema } from './openapi.ts'
import { type AuditSink, auditRequests } from './request-audit.ts'
import { Answer, pathOf, type Route } from './route.ts'
import { createStreamReaders, type StreamReader, readerOf, type StreamLimits } from './stream-readers.ts'
import { shownPath } from './shown-path.ts'
import { type RateLimitSettings, type RateLimits, createRateLimits } from './rate-limits.ts'
import { noParts, type UploadPart, uploadParts } from './upload.ts'
import { createValidators } from './validate.ts'

declare module 'fastify' {
  interface FastifyInstance {
    turned: RateLimits
  }
  interface FastifyContextConfig {
    /** Its requests are let in by createAdmission(). */
    admits?: true
  }
}

export type ServerOptions = Identification & {
  database: Database
  log: Log
  /** Bytes of a request body at most. */
  max_body_size: number
  /** Bytes of one field of a body at most. Default: no limit of its own. */
  inline_limit_bytes?: number
  /** Addresses and networks whose word about the client counts. Default: none. */
  trusted_proxies?: readonly string[]
  /** Seconds that a request may take to arrive. */
  request_timeout: number
  limits: RateLimitSettings & { connections: ConnectionLimits }
  /** Statements of requests at the same time. */
  turns: TurnLimits
  /** Default: DEFAULT_STREAMS. */
  streams?: StreamLimits
  /** Takes a row for each request. */
  audit?: AuditSink
  tracing?: Tracing
}

/** Of a body where no route is. */
const MAX_UNROUTED_BYTES = 16 * 1024
/** Of the line of a request and its headers together. */
const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS = 100
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
    bodyLimit: MAX_UNROUTED_BYTES,
    trustProxy: trustedProxies(options),
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && UUID.test(given) ? given.toLowerCase() : randomUUID()
    },
    // People and senders write addresses with a slash at the end.
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    requestTimeout: options.request_timeout * 1000,
    http: {
      headersTimeout: options.request_timeout * 1000,
      connectionsCheckingInterval: SLOW_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    frameworkErrors(_, request, reply) {
      sendProblem(reply, unknownRoute(request.url))
    },
    exposeHeadRoutes: true,
  })
  server.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, request)
    logFailure(request, error, problem)
    if (problem.code === 'PAYLOAD_TOO_LARGE' || request.isMultipart()) await drain(request.raw)
    return sendProblem(reply, problem)
  })
  server.server.maxHeadersCount = MAX_HEADERS
  limitConnections(server, options.limits.connections, {
    trusted_proxies: options.trusted_proxies ?? [],
    log: options.log,
  })
  await addSecurityHeaders(server)
  server.decorate('turned', createRateLimits(server, options.limits))
  server.addHook('onRequest', async (request) => {
    // Routes look at credentials first, see createAdmission(); documents, pages and what is no route have none.
    if (request.routeOptions.config.admits !== true)
      await server.turned.stranger(request, { guard: 'address' })
  })
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
  const audit = auditRequests(server, options.audit)
  const admit = createAdmission(options, { turned: server.turned, audit })
  const admitted = new WeakMap<FastifyRequest, AdmittedRequest>()
  const bodies = readBodies(server, {
    undecoded: undecodedOf(routes),
    allowanceFor: (request) => admittedOf(admitted, request).allowance,
  })
  const validators = createValidators()
  const send = senderOf(server)
  const readers = createStreamReaders(options.streams ?? DEFAULT_STREAMS)
  for (const route of routes) {
    const check = checksOf(route, validators, options.inline_limit_bytes)
    async function run(request: FastifyRequest): Promise<unknown> {
      const { caller, database } = admittedOf(admitted, request)
      const { bytes: raw_body, length } = bodies.bytesOf(request)
      const content = () => bodies.contentOf(request)
      const body = check(request, length)
      const { params, query, headers, id: request_id, log } = request
      const user_agent = headers['user-agent'] ?? null
      const from = { request_id, client_ip: clientAddress(request), user_agent, headers }
      const parts = partsOf(route, request)
      return route.run({ database, caller, params, query, body, ...from, parts, raw_body, content, log })
    }
    async function askAgain(request: FastifyRequest): Promise<void> {
      const caller = await identify(route, request.headers, options)
      permit(route, caller)
      admitted.set(request, { ...admittedOf(admitted, request), caller })
      if (route.produces === 'events') await run(request) // to open a stream changes nothing
    }
    const told = telling(audit, route)
    const served: RouteOptions = {
      method: route.method,
      url: pathOf(route),
      schema: openApiSchema(route),
      config: { admits: true },
      bodyLimit: Math.min(route.max_body_bytes, options.max_body_size),
      // Before the body is read: nobody has theirs read without credentials.
      async onRequest(request, reply) {
        admitted.set(request, await told(request, () => admit(route, request, reply)))
      },
      async handler(request, reply) {
        const result = await told(request, () => run(request))
        const who = readerOf(admittedOf(admitted, request).caller, clientAddress(request))
        const admitReader = () => readers.admit(who, () => askAgain(request))
        return send(request, reply, { route, result, admit: admitReader })
      },
    }
    if (route.undecoded) bodies.addUndecoded((inner) => inner.route(served))
    else server.route(served)
  }
  server.setNotFoundHandler((request, reply) => sendProblem(reply, noSuchRoute(request, routes)))
}

function admittedOf(
  admitted: WeakMap<FastifyRequest, AdmittedRequest>,
  request: FastifyRequest,
): AdmittedRequest {
  const found = admitted.get(request)
  if (found === undefined) throw new Error(`${request.method} ${request.url} was let in by nobody.`)
  return found
}

/** Checks the parts of a request; answers its body. */
function checksOf(
  route: Route,
  validators: ReturnType<typeof createValidators>,
  inline_limit_bytes: number | undefined,
) {
  const params = route.params && validators.text(route.params)
  const query = route.query && validators.text(route.query)
  const content = route.body && validators.body(route.body)
  return (request: FastifyRequest, bytes: number): JsonObject | undefined => {
    params?.(request.params, 0)
    query?.(request.query, 0)
    // A body that is smaller as a whole has no field that is larger.
    const isSmall = inline_limit_bytes === undefined || bytes <= inline_limit_bytes
    const body = bodyOf(route, request, isSmall ? undefined : inline_limit_bytes)
    if (!route.undecoded) content?.(body, bytes)
    return body
  }
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

const undecodedOf = (routes: readonly Route[]) =>
  new Set(routes.filter((route) => route.undecoded).map(pathOf))

function bodyOf(
  route: Route,
  request: FastifyRequest,
  inline_limit_bytes: number | undefined,
): JsonObject | undefined {
  if (route.body === undefined || route.undecoded) return undefined
  if (request.isMultipart()) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  }
  const body = route.body_optional ? (request.body ?? {}) : request.body
  return storableBody(route.documents, body, inline_limit_bytes)
}

type Sent = { route: Route; result: unknown; admit: () => StreamReader }

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
