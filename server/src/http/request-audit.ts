import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actorOf, type Asking } from '../domain/audit/actor.ts'
import type { AuditEntry } from '../domain/audit/record.ts'
import { Problem } from '../problem.ts'
import type { Caller } from './caller.ts'
import { clientAddress } from './client-address.ts'
import type { Route } from './route.ts'
import { shownPath } from './shown-path.ts'

/** Where the audit rows of requests go. Nothing waits for them. */
export type AuditSink = { add(entry: AuditEntry): void }

/** What is learnt of a request on its way. */
export type RequestAudit = {
  /** Who calls, known before it is known whether they may. */
  called(request: FastifyRequest, caller: Caller): void
  /** What the handler threw. */
  threw(request: FastifyRequest, route: Route, error: unknown): void
}

/** Probes, documentation, and the audit log itself, which tells of its readers in its own words. */
const UNTOLD = /^\/(?:health[^/]*|metrics|docs|api-spec|api\/v1\/audit-events)(?:\/|$)/

type Open = { asking: Asking; path: string }

/**
 * One row for each request, also for one that is refused, finds no route, or whose client leaves. Call before routes
 * are added.
 */
export function auditRequests(server: FastifyInstance, sink: AuditSink | undefined): RequestAudit {
  if (sink === undefined) return { called: () => undefined, threw: () => undefined }
  const requests = new WeakMap<FastifyRequest, Open>()

  /** Once for each request: whichever comes first, the answer or the end of its connection. */
  function end(request: FastifyRequest, reply: FastifyReply): void {
    const open = requests.get(request)
    if (open === undefined) return
    requests.delete(request)
    if (!UNTOLD.test(open.path)) sink?.add(rowOf(request, reply, open))
  }

  server.addHook('onRequest', async (request, reply) => {
    const asking: Asking = {
      caller: { kind: 'nobody' },
      request_id: request.id,
      client_ip: clientAddress(request), // a closed socket no longer knows
      user_agent: request.headers['user-agent'] ?? null,
    }
    requests.set(request, { asking, path: shownPath(request.url) })
    reply.raw.once('close', () => end(request, reply))
  })
  server.addHook('onResponse', async (request, reply) => end(request, reply))

  return {
    called(request, caller) {
      const open = requests.get(request)
      if (open !== undefined) open.asking = { ...open.asking, caller }
    },
    threw(request, route, error) {
      const open = requests.get(request)
      if (open === undefined || open.asking.caller.kind === 'nobody') return
      if (error instanceof Problem && error.code === 'FORBIDDEN') sink.add(denialOf(open, route, error))
    },
  }
}

function rowOf(request: FastifyRequest, reply: FastifyReply, { asking, path }: Open): AuditEntry {
  const answered = reply.raw.headersSent
  const outcome = answered ? outcomeOf(reply.statusCode) : 'failure'
  return {
    created: new Date().toISOString(),
    category: 'api',
    event_type: `api.${request.method.toLowerCase()}.${outcome}`,
    outcome,
    ...actorOf(asking),
    http_method: request.method,
    http_path: path,
    ...(answered
      ? { http_status: reply.statusCode }
      : { details: { unanswered: 'The client left before.' } }),
    duration_ms: Math.round(reply.elapsedTime),
  }
}

function outcomeOf(status: number): AuditEntry['outcome'] {
  if (status === 401 || status === 403) return 'denied'
  return status >= 400 ? 'failure' : 'success'
}

/** Somebody who is known wanted what they may not. */
function denialOf({ asking, path }: Open, { access, method }: Route, problem: Problem): AuditEntry {
  return {
    created: new Date().toISOString(),
    category: 'rbac',
    event_type: 'rbac.denied',
    outcome: 'denied',
    ...actorOf(asking),
    ...(typeof access === 'string' ? {} : { resource_type: access[0] }),
    http_method: method,
    http_path: path,
    http_status: problem.status,
    details: {
      reason: problem.message,
      ...(typeof access === 'string' ? {} : { permission: access.join(':') }),
    },
  }
}
