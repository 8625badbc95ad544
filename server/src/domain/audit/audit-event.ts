import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../database/row.ts'

export const auditCategories = ['api', 'auth', 'rbac', 'secret', 'admin', 'execution', 'pack'] as const
export type AuditCategory = (typeof auditCategories)[number]

export const auditOutcomes = ['success', 'failure', 'denied'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

const text = nullable(Type.String())

/** A row of the audit log. The two that are time and outcome of a request are null where no request did it. */
export const AuditEvent = Type.Object(
  {
    id: id('audit_event'),
    created: timestamp,
    category: oneOf(auditCategories),
    event_type: Type.String(),
    outcome: oneOf(auditOutcomes),
    actor_identity: nullable(id('identity')),
    actor_login: text,
    actor_token_type: text,
    actor_ip: text,
    actor_user_agent: text,
    request_id: text,
    resource_type: text,
    resource_id: nullable(Type.Integer()),
    resource_ref: text,
    http_method: text,
    http_path: text,
    http_status: nullable(Type.Integer()),
    duration_ms: nullable(Type.Integer()),
    requests: nullable(
      Type.Integer({
        description: 'How many requests of strangers the row counts; null where it tells of one.',
      }),
    ),
    details: nullable(anyJson),
    correlation_chain: nullable(anyJson),
  },
  { title: 'AuditEvent' },
)
export type AuditEvent = Static<typeof AuditEvent>

/** An audit row in lists. */
export const AuditEventSummary = Type.Pick(
  AuditEvent,
  [
    'id',
    'created',
    'category',
    'event_type',
    'outcome',
    'actor_identity',
    'actor_login',
    'actor_ip',
    'resource_type',
    'resource_ref',
    'http_method',
    'http_path',
    'http_status',
    'request_id',
    'requests',
  ],
  { title: 'AuditEventSummary' },
)
export type AuditEventSummary = Static<typeof AuditEventSummary>
