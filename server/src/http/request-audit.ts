import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RequestContext, DeniedRequest, EndedRequest } from '../domain/caller/request-context.ts'
import { Problem } from '../problem.ts'
import type { Caller } from '../domain/caller/caller.ts'
import { clientAddress } from './client-address.ts'
import type { Route } from './route.ts'
import { shownPath } from './shown-path.ts'

/** Where it is recorded what became of requests. */
export type AuditSink = {
  /** Waits for room to record one request; what it answers gives the room back. */
  reserve(): Promise<() => void>
  /** Takes what a request that has room came to. Nothing waits for it. */
  ended(asking: RequestContext, request: EndedRequest): void
  /** The same of a refusal to somebody who is known. */
  denied(asking: RequestContext, request: DeniedRequest): void
  /** Counts a request of which it is not known whose it is. */
  count(request: { client_ip: string; status: number | undefined }): void
}

/** What is learnt of a request on its way. */
export type RequestAudit = {
  /** It is looked for whose request it is: until that is known, or the request refused, its end is not told. */
  asked(request: FastifyRequest): void
  /**
   * It is known whose request it is, before it is known whether they may. Goes on once its rows have room: what
   * somebody does who is known is never missing.
   */
  called(request: FastifyRequest, caller: Caller): Promise<void>
  /** Nobody knows whose request it is, and it may be made all the same. */
  stranger(request: FastifyRequest): void
  /** What the handler threw. */
  threw(request: FastifyRequest, route: Route, error: unknown): void
}

/** Probes, documentation, and the audit log itself, which tells of its readers in its own words. */
const UNTOLD = /^\/(?:health[^/]*|metrics|docs|api-spec|api\/v1\/audit-events)(?:\/|$)/

const SILENT: RequestAudit = {
  asked: () => undefined,
  called: async () => undefined,
  stranger: () => undefined,
  threw: () => undefined,
}

type Open = {
  asking: RequestContext
  path: string
  /** Whether it is still looked for whose it is. */
  asked: boolean
  /** Tells the end that it had meanwhile. */
  end?: () => void
  /** Gives back the room for its rows; there is none for a stranger's. */
  room?: () => void
}

/**
 * One row for each request of somebody who is known, also for one that is refused or whose client leaves; those of
 * strangers are counted. Call before routes are added.
 */
export function auditRequests(server: FastifyInstance, sink: AuditSink | undefined): RequestAudit {
  if (sink === undefined) return SILENT
  const requests = new WeakMap<FastifyRequest, Open>()

  /** Once for each request: whichever comes first, the answer or the end of its connection. */
  function end(request: FastifyRequest, reply: FastifyReply): void {
    const open = requests.get(request)
    if (open === undefined) return
    if (open.asked) {
      open.end ??= () => end(request, reply)
      return
    }
    requests.delete(request)
    if (!UNTOLD.test(open.path)) tell(sink, endOf(request, reply, open), open)
    open.room?.()
  }

  server.addHook('onRequest', async (request, reply) => {
    const asking: RequestContext = {
      caller: { kind: 'nobody' },
      request_id: request.id,
      client_ip: clientAddress(request), // a closed socket no longer knows
      user_agent: request.headers['user-agent'] ?? null,
    }
    requests.set(request, { asking, path: shownPath(request.url), asked: false })
    reply.raw.once('close', () => end(request, reply))
  })
  server.addHook('onResponse', async (request, reply) => end(request, reply))

  return {
    asked(request) {
      const open = requests.get(request)
      if (open !== undefined) open.asked = true
    },
    async called(request, caller) {
      const open = requests.get(request)
      if (open === undefined) return
      open.room = await sink.reserve()
      open.asking = { ...open.asking, caller }
      answered(open)
    },
    stranger: (request) => answered(requests.get(request)),
    threw(request, route, error) {
      const open = requests.get(request)
      const known = open !== undefined && open.asking.caller.kind !== 'nobody'
      if (known && error instanceof Problem && error.code === 'FORBIDDEN')
        sink.denied(open.asking, denialOf(open, route, error))
      answered(open)
    },
  }
}

function tell(sink: AuditSink | undefined, ended: EndedRequest, { room, asking }: Open): void {
  if (room !== undefined) return sink?.ended(asking, ended)
  sink?.count({ client_ip: asking.client_ip, status: ended.status })
}

/** It is no longer looked for whose request it is. */
function answered(open: Open | undefined): void {
  if (open === undefined) return
  open.asked = false
  open.end?.()
}

function endOf(request: FastifyRequest, reply: FastifyReply, { path }: Open): EndedRequest {
  return {
    method: request.method,
    path,
    status: reply.raw.headersSent ? reply.statusCode : undefined,
    duration_ms: Math.round(reply.elapsedTime),
  }
}

function denialOf({ path }: Open, { access, method }: Route, problem: Problem): DeniedRequest {
  const { status, message: reason } = problem
  return { method, path, status, reason, ...(typeof access === 'string' ? {} : { permission: access }) }
}
