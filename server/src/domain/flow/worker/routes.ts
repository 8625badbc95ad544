import { Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import { answerableFor } from '../../caller/caller.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { recordChange } from '../../definition/form/change-record.ts'
import { closed, given } from '../../schema/body-fields.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import * as workers from './list.ts'
import { cordon, uncordon } from './queries.ts'
import { healthStates, WorkerSummary } from './summary.ts'
import { workerStatuses } from './status.ts'

const reading = {
  method: 'GET',
  tag: 'workers',
  access: ['workers', 'read'],
  tokens: ['access', 'execution'],
} as const

export function workerRoutes(): Route[] {
  return [listRoute, getRoute, cordonRoute, uncordonRoute]
}

const listRoute = read({
  ...reading,
  path: '/api/v1/workers',
  summary: 'Workers by name, with what they do now',
  query: Type.Object({
    role: Type.Optional(oneOf(['action', 'sensor'])),
    status: Type.Optional(oneOf(workerStatuses)),
    cordoned: Type.Optional(
      Type.String({ pattern: '^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$', description: 'true or false.' }),
    ),
    health_state: Type.Optional(oneOf(healthStates)),
    ...pageQuery,
  }),
  success: { 200: listOf(WorkerSummary) },
  handle: ({ db, query: { cordoned, ...query } }) =>
    answerPage(query, async ({ offset, limit }) => {
      const filter =
        cordoned === undefined ? query : { ...query, cordoned: cordoned.toLowerCase() === 'true' }
      const found = await workers.list(db, filter)
      return { rows: found.slice(offset, offset + limit), total: found.length }
    }),
})

const getRoute = read({
  ...reading,
  path: '/api/v1/workers/{id}',
  summary: 'A worker, with what it does now',
  params: Type.Object({ id: rowId('worker') }),
  success: { 200: item(WorkerSummary) },
  refusals: [404],
  async handle({ db, params }) {
    const worker = await workers.findSummary(db, params.id)
    if (worker === undefined) throw noSuchWorker(params.id)
    return { data: worker }
  },
})

const managing = {
  method: 'POST',
  tag: 'workers',
  access: ['workers', 'manage'],
  tokens: ['access', 'execution'],
  params: Type.Object({ id: rowId('worker') }),
  success: { 200: item(WorkerSummary) },
  refusals: [404],
} as const

const cordonRoute = write({
  ...managing,
  path: '/api/v1/workers/{id}/cordon',
  summary: 'Give a worker no new work',
  description:
    'What it runs it ends; what waits for it goes on waiting or to others. The reason is told wherever the worker is passed over.',
  body: Type.Object({ reason: given(Type.String({ maxLength: 1000 })) }, closed),
  async handle({ tx, params: { id }, body, ...context }) {
    const reason = body.reason?.trim() || null
    const worker = await cordon(tx, id, { by: answerableFor(holderOf(context.caller)), reason })
    if (worker === undefined) throw noSuchWorker(id)
    const resource = { id, ref: worker.name }
    await recordChange(tx, context, { kind: 'worker', done: 'cordoned', resource, details: { reason } })
    return { data: await workers.findSummary(tx, id) }
  },
})

const uncordonRoute = write({
  ...managing,
  path: '/api/v1/workers/{id}/uncordon',
  summary: 'Give a worker work again',
  async handle({ tx, params: { id }, ...context }) {
    const worker = await uncordon(tx, id)
    if (worker === undefined) throw noSuchWorker(id)
    await recordChange(tx, context, {
      kind: 'worker',
      done: 'uncordoned',
      resource: { id, ref: worker.name },
    })
    return { data: await workers.findSummary(tx, id) }
  },
})

function noSuchWorker(id: Id<'worker'>): Problem {
  return new Problem('NOT_FOUND', `There is no worker ${id}.`)
}
