import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { oneOf } from '../../database/row.ts'
import { answerPage, listOf, pageQuery } from '../../http/page.ts'
import { moment, rowId, totalQuery } from '../../http/parameter.ts'
import { item, lines, type Route, read } from '../../http/route.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { authorize } from '../caller/scope.ts'
import type { RequestContext } from '../caller/request-context.ts'
import { actorOf } from './actor.ts'
import { auditCategories, AuditEvent, AuditEventSummary, auditOutcomes } from './audit-event.ts'
import { exported } from './export.ts'
import * as audit from './list.ts'
import { record } from './record.ts'

/** Rows of one request that are shown at most. */
const MOST_OF_A_REQUEST = 1000

const reading = {
  method: 'GET',
  tag: 'audit',
  access: ['audit_log', 'read'],
  tokens: ['access', 'execution'],
  scoped: true,
} as const

/** Who did what. Reading it is audited too. */
export function auditRoutes(): Route[] {
  return [listRoute, exportRoute, byRequestRoute, getRoute]
}

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 255, description }))

const filter = {
  category: Type.Optional(oneOf(auditCategories)),
  event_type: text('admin.identity.created, api.get.denied, …'),
  outcome: Type.Optional(oneOf(auditOutcomes)),
  actor_identity: Type.Optional(rowId('identity')),
  actor_login: text('Part of the login, in whatever case.'),
  resource_type: text('identity, permission_set, execution, …'),
  resource_id: Type.Optional(rowId('resource')),
  resource_ref: text('Ref of the resource.'),
  request_id: Type.Optional(Type.String({ format: 'uuid' })),
  http_status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
  http_method: text('GET, POST, …'),
  http_path: text('Part of the path, in whatever case.'),
  created_after: Type.Optional(moment('From this moment on.')),
  created_before: Type.Optional(moment('Before this moment.')),
}

const listRoute = read({
  ...reading,
  path: '/api/v1/audit-events',
  summary: 'What was done, newest first',
  query: Type.Object({ ...filter, ...totalQuery, ...pageQuery }),
  success: { 200: listOf(AuditEventSummary) },
  async handle({ db, query, ...asking }) {
    await admit(db, asking, { query })
    return answerPage(query, (page) => audit.list(db, query, page))
  },
})

const exportRoute = lines({
  ...reading,
  path: '/api/v1/audit-events/export',
  summary: 'What was done, oldest first, one JSON document per line',
  description: 'Every row that the filter names up to now, without pages.',
  query: Type.Object(filter),
  line: AuditEvent,
  async handle({ database, query, ...asking }) {
    await admit(database, asking, { query, export: true })
    return exported(database, { ...query, created_before: query.created_before ?? new Date().toISOString() })
  },
})

const byRequestRoute = read({
  ...reading,
  path: '/api/v1/audit-events/by-request/{request_id}',
  summary: 'What one request did, in its order',
  description: `The first ${MOST_OF_A_REQUEST} rows.`,
  params: Type.Object({ request_id: Type.String({ format: 'uuid' }) }),
  success: { 200: item(Type.Array(AuditEvent)) },
  async handle({ db, params, ...asking }) {
    await admit(db, asking, { ...params })
    return { data: await audit.ofRequest(db, params.request_id, MOST_OF_A_REQUEST) }
  },
})

const getRoute = read({
  ...reading,
  path: '/api/v1/audit-events/{id}',
  summary: 'A row of the audit log',
  params: Type.Object({ id: rowId('audit_event') }),
  success: { 200: item(AuditEvent) },
  refusals: [404],
  async handle({ db, params: { id }, ...asking }) {
    await admit(db, asking, { id })
    const event = await audit.find(db, id)
    if (event === undefined) throw new Problem('NOT_FOUND', `There is no audit event ${id}.`)
    return { data: event }
  },
})

/** Whoever reads is named before anything is shown. */
async function admit(db: Queryable, asking: RequestContext, details: JsonObject): Promise<void> {
  authorize(asking.caller, reading.access, { what: 'the audit log' })
  await record(db, [
    {
      category: 'admin',
      event_type: 'audit_log.read',
      outcome: 'success',
      ...actorOf(asking),
      resource_type: 'audit_log',
      details,
    },
  ])
}
