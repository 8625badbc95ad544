import type { RequestContext, DeniedRequest, EndedRequest } from '../caller/request-context.ts'
import { actorOf } from './actor.ts'
import type { AuditOutcome } from './audit-event.ts'
import type { AuditEntry } from './record.ts'

/** The row of a request that is over. */
export function rowOfRequest(
  asking: RequestContext,
  { method, path, status, duration_ms }: EndedRequest,
): AuditEntry {
  const outcome = outcomeOf(status)
  return {
    created: new Date().toISOString(),
    category: 'api',
    event_type: `api.${method.toLowerCase()}.${outcome}`,
    outcome,
    ...actorOf(asking),
    http_method: method,
    http_path: path,
    ...(status === undefined
      ? { details: { unanswered: 'The client left before.' } }
      : { http_status: status }),
    duration_ms,
  }
}

/** What a status says; there is none where the client left before the answer. */
export function outcomeOf(status: number | undefined): AuditOutcome {
  if (status === 401 || status === 403) return 'denied'
  return status === undefined || status >= 400 ? 'failure' : 'success'
}

/** Somebody who is known wanted what they may not. */
export function rowOfDenial(
  asking: RequestContext,
  { method, path, status, reason, permission }: DeniedRequest,
): AuditEntry {
  return {
    created: new Date().toISOString(),
    category: 'rbac',
    event_type: 'rbac.denied',
    outcome: 'denied',
    ...actorOf(asking),
    ...(permission === undefined ? {} : { resource_type: permission[0] }),
    http_method: method,
    http_path: path,
    http_status: status,
    details: { reason, ...(permission === undefined ? {} : { permission: permission.join(':') }) },
  }
}
