import { Type } from 'typebox'
import { oneOf } from '../../database/row.ts'
import { answerPage, listOf, pageQuery } from '../../http/page.ts'
import { rowId } from '../../http/parameter.ts'
import { item, type Route, read } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import * as workers from './list.ts'
import { healthStates, WorkerSummary } from './summary.ts'
import { workerStatuses } from './worker.ts'

const reading = {
  method: 'GET',
  tag: 'workers',
  access: ['workers', 'read'],
  tokens: ['access', 'execution'],
} as const

export function workerRoutes(): Route[] {
  return [listRoute, getRoute]
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
    if (worker === undefined) throw new Problem('NOT_FOUND', `There is no worker ${params.id}.`)
    return { data: worker }
  },
})
