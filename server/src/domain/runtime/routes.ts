import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route } from '../../http/route.ts'
import type { Id } from '../../id.ts'
import { Problem } from '../../problem.ts'
import * as packs from '../pack/queries.ts'
import * as runtimes from './queries.ts'
import { Runtime, RuntimeSummary } from './runtime.ts'

const tag = 'runtimes'
const tokens = ['access', 'execution'] as const

/** Runtimes: what actions and sensors are run by. */
export function runtimeRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/runtimes',
      summary: 'List runtimes',
      tag,
      access: ['runtimes', 'read'],
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuntimeSummary) },
      handle: ({ db, query }) => listed(db, {}, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/runtimes/{ref}',
      summary: 'Get a runtime',
      tag,
      access: ['runtimes', 'read'],
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(Runtime) },
      refusals: [404],
      async handle({ db, params }) {
        const data = await runtimes.findByRef(db, params.ref)
        if (data === undefined) throw new Problem('NOT_FOUND', `There is no runtime '${params.ref}'.`)
        return { data }
      },
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/runtimes',
      summary: 'List the runtimes of a pack',
      tag,
      access: ['runtimes', 'read'],
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuntimeSummary) },
      refusals: [404],
      handle: async ({ db, params, query }) =>
        listed(db, { pack: (await packs.getByRef(db, params.pack_ref)).id }, query),
    }),
  ]
}

function listed(db: Queryable, filter: { pack?: Id<'pack'> }, query: PageQuery) {
  return answerPage(query, (page) => runtimes.list(db, filter, page))
}
