import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { createdQuery, refPattern, rowId, totalQuery } from '../../../http/parameter.ts'
import { mentions } from '../../caller/permission.ts'
import { type CallContext, item, type Route, read, stream, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { Queryable } from '../../../database/database.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { restore } from '../../secret/redact.ts'
import { revealFor, revealQuery } from '../../secret/reveal.ts'
import { cancel } from './cancel.ts'
import { execute, ExecutionRequest } from './execute.ts'
import * as executions from './list.ts'
import { logStreams } from './log-file.ts'
import { createEndWatch } from './end-watch.ts'
import { followLog } from './log-stream.ts'
import { ExecutionDetail, ExecutionSummary, shownOf } from './execution-detail.ts'
import { createExecutionStats, ExecutionStats } from './stats.ts'
import { executionStatuses, type ExecutionStatus } from './status.ts'

type ExecutionDeps = {
  /** For what is asked for all at once: see createEndWatch. */
  database: Queryable
  schemas: SchemaCache
  cipher: Cipher
  artifacts_dir: string
  /** Bytes of the parameters at most. */
  inline_limit_bytes: number
}

const tag = 'executions'
const tokens = ['access', 'execution'] as const
const reading = { method: 'GET', tag, access: ['executions', 'read'], scoped: true, tokens } as const

export function executionRoutes(deps: ExecutionDeps): Route[] {
  return [
    listRoute,
    executeRoute(deps),
    cancelRoute,
    statsRoute(),
    byStatusRoute,
    byEnforcementRoute,
    getRoute(deps),
    logRoute(deps),
  ]
}

const listRoute = read({
  ...reading,
  path: '/api/v1/executions',
  summary: 'Executions, newest first',
  query: Type.Object({
    status: Type.Optional(oneOf(executionStatuses)),
    action_ref: Type.Optional(refPattern),
    pack_name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Pack of the action.' }),
    ),
    rule_ref: Type.Optional(refPattern),
    trigger_ref: Type.Optional(refPattern),
    executor: Type.Optional(rowId('identity')),
    result_contains: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description:
          'Part of the result as JSON text, in any case, of the newest 10 000 that match the rest.',
      }),
    ),
    enforcement: Type.Optional(rowId('enforcement')),
    parent: Type.Optional(rowId('execution')),
    top_level_only: Type.Optional(
      Type.Boolean({ description: 'Without those that another execution asked for.' }),
    ),
    ...createdQuery,
    ...totalQuery,
    ...pageQuery,
  }),
  success: { 200: listOf(ExecutionSummary) },
  handle: ({ db, query, caller }) => listed(db, { ...query, caller }, query),
})

function listed(db: Queryable, filter: executions.ExecutionFilter, query: PageQuery) {
  return answerPage(query, async (page) => {
    const found = await executions.list(db, filter, page)
    return { ...found, rows: found.rows.map(shownOf) }
  })
}

function executeRoute({ schemas, cipher, inline_limit_bytes }: ExecutionDeps): Route {
  return write({
    method: 'POST',
    path: '/api/v1/executions/execute',
    summary: 'Run an action',
    description: 'Asked for by an execution, the new one is its child. To run something again, ask again.',
    tag,
    access: ['actions', 'execute'],
    scoped: true,
    tokens,
    body: ExecutionRequest,
    documents: ['parameters', 'parameter_texts'],
    max_body_bytes: Infinity,
    success: { 201: item(ExecutionDetail) },
    refusals: [404, 413],
    async handle({ tx, body, caller, request_id }) {
      const id = await execute(tx, body, { caller, request_id, schemas, cipher, inline_limit_bytes })
      return { data: shownOf(found(await executions.findWhole(tx, id), id)) }
    },
  })
}

const cancelRoute = write({
  method: 'POST',
  own: true,
  path: '/api/v1/executions/{id}/cancel',
  summary: 'Cancel an execution',
  description:
    'What has not begun ends at once. What runs is `canceling` until its worker has stopped it; asked again, nothing changes.',
  tag,
  access: ['executions', 'cancel'],
  scoped: true,
  tokens,
  params: Type.Object({ id: rowId('execution') }),
  success: { 200: item(ExecutionDetail) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, ...context }) {
    await cancel(tx, id, context)
    const readable = await executions.findDetail(tx, id, context.caller)
    if (readable !== undefined) return { data: shownOf(readable) }
    // Who may end it and not read it learns how it stands, not what it does.
    return { data: shownOf({ ...found(await executions.findWhole(tx, id), id), config: null, result: null }) }
  },
})

function statsRoute(): Route {
  const stats = createExecutionStats()
  return read({
    ...reading,
    path: '/api/v1/executions/stats',
    summary: 'How many executions there are in each status',
    success: { 200: item(ExecutionStats) },
    handle: async ({ db, caller }) => ({ data: await stats(db, caller) }),
  })
}

const byStatusRoute = read({
  ...reading,
  path: '/api/v1/executions/status/{status}',
  summary: 'Executions in a status, newest first',
  params: Type.Object({ status: Type.String({ description: 'In any case.' }) }),
  query: Type.Object(pageQuery),
  success: { 200: listOf(ExecutionSummary) },
  handle: async ({ db, params, query, caller }) =>
    listed(db, { status: statusOf(params.status), caller }, query),
})

function statusOf(text: string): ExecutionStatus {
  const status = executionStatuses.find((known) => known === text.toLowerCase())
  if (status !== undefined) return status
  const message = `must be one of ${executionStatuses.join(', ')}`
  throw new Problem('BAD_REQUEST', `status: ${message}`, [{ field: 'status', message }])
}

const byEnforcementRoute = read({
  ...reading,
  path: '/api/v1/enforcements/{enforcement_id}/executions',
  summary: 'Executions of an enforcement, newest first',
  params: Type.Object({ enforcement_id: rowId('enforcement') }),
  query: Type.Object(pageQuery),
  success: { 200: listOf(ExecutionSummary) },
  handle: ({ db, params, query, caller }) =>
    listed(db, { enforcement: params.enforcement_id, caller }, query),
})

function getRoute({ cipher }: ExecutionDeps): Route {
  return read({
    ...reading,
    own: true,
    path: '/api/v1/executions/{id}',
    summary: 'An execution with its parameters and result',
    params: Type.Object({ id: rowId('execution') }),
    query: Type.Object(revealQuery),
    success: { 200: item(ExecutionDetail) },
    refusals: [404],
    async handle({ db, params: { id }, query, ...context }) {
      requireOwn(context.caller, id)
      const execution = await getDetail(db, id, context.caller)
      if (query.include_secret_values !== true) return { data: shownOf(execution) }
      const source = { db, cipher, permission: ['executions', 'decrypt'] as const }
      const config = restore(execution.config, await revealFor(context, source, 'execution_config', id))
      const result = restore(execution.result, await revealFor(context, source, 'execution_result', id))
      return { data: shownOf({ ...execution, config, result }) }
    },
  })
}

async function getDetail(db: Queryable, id: Id<'execution'>, caller: Caller): Promise<ExecutionDetail> {
  return found(await executions.findDetail(db, id, caller), id)
}

function found(execution: ExecutionDetail | undefined, id: Id<'execution'>): ExecutionDetail {
  if (execution === undefined) throw new Problem('NOT_FOUND', `There is no execution ${id}.`)
  return execution
}

/** An execution sees itself; others only with the grant, and of those what it allows. */
function requireOwn(caller: Caller, id: Id<'execution'>): void {
  if (
    caller.kind !== 'execution' ||
    caller.execution === id ||
    mentions(caller.grants, ['executions', 'read'])
  )
    return
  throw new Problem(
    'FORBIDDEN',
    'The token of an execution sees others only with the permission executions:read.',
  )
}

/** Where a reader was whose connection broke. It says so in the request that it repeats, `offset` and all. */
function lastEventId({ 'last-event-id': id }: CallContext['headers']): number | undefined {
  if (id === undefined || id === '') return undefined
  const offset = typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : Number.NaN
  if (Number.isSafeInteger(offset)) return offset
  throw new Problem(
    'BAD_REQUEST',
    'Last-Event-ID must be the id of an event of this stream, which is a number of bytes.',
    [{ field: 'Last-Event-ID', message: 'must be a whole number' }],
  )
}

/** So often a log that is followed is looked at. */
const LOG_POLL_MS = 250

function logRoute({ artifacts_dir, database: shared }: ExecutionDeps): Route {
  const ends = createEndWatch(shared, LOG_POLL_MS)
  return stream({
    ...reading,
    own: true,
    path: '/api/v1/executions/{id}/logs/{stream}/stream',
    summary: 'Follow the output of an execution',
    description:
      'Events: content (what is there), append (what comes), waiting, done, refused (the reader may not read on, and why). The id of an event is the offset to go on from: sent as Last-Event-ID, as browsers do by themselves, it counts more than `offset`. Line breaks in an event are all `\n` and bytes that are no UTF-8 are replaced; with `raw` the data of content and append is the base64 of the very bytes.',
    params: Type.Object({ id: rowId('execution'), stream: oneOf(logStreams) }),
    query: Type.Object({
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Byte to begin at. Default 0.',
        }),
      ),
      raw: Type.Optional(
        Type.Boolean({ description: 'Data of content and append is base64 of the bytes. Default false.' }),
      ),
      times: Type.Optional(
        Type.Boolean({
          description:
            'Each event holds what came at one time, and a comment `at MILLISECONDS` before it says when, where that is known: so stdout and stderr can be put in order. Default false.',
        }),
      ),
    }),
    refusals: [404],
    async handle({ database, caller, params, query, headers }) {
      requireOwn(caller, params.id)
      const offset = lastEventId(headers) ?? query.offset ?? 0
      const { id: execution } = await getDetail(database, params.id, caller)
      return followLog({
        db: database,
        ends,
        artifacts_dir,
        execution,
        stream: params.stream,
        offset,
        raw: query.raw ?? false,
        times: query.times ?? false,
      })
    },
  })
}
