import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { type Sql, sql } from '../../database/sql.ts'
import type { Caller } from '../../http/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route } from '../../http/route.ts'
import type { Id } from '../../id.ts'
import { Problem } from '../../problem.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { allowedRows } from '../permission/scope.ts'
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
      scoped: true,
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuntimeSummary) },
      handle: ({ db, query, caller }) => listed(db, { allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/runtimes/{ref}',
      summary: 'Get a runtime',
      tag,
      access: ['runtimes', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(Runtime) },
      refusals: [404],
      async handle({ db, params, caller }) {
        const data = await runtimes.findByRef(db, params.ref, readableBy(caller))
        if (data === undefined) throw noSuchRuntime(params.ref)
        return { data }
      },
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/runtimes',
      summary: 'List the runtimes of a pack',
      tag,
      access: ['runtimes', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(RuntimeSummary) },
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const allowed = readableBy(caller)
        const holds = sql`exists (select from runtime r where r.pack = p.id and ${allowed})`
        const asking = { caller, permission: ['runtimes', 'read'], holds } as const
        const pack = await getKnownPack(db, params.pack_ref, asking)
        return listed(db, { pack: pack.id, allowed }, query)
      },
    }),
  ]
}

const readableBy = (caller: Caller) => allowedRows(caller, ['runtimes', 'read'], runtimes.columns)

function noSuchRuntime(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no runtime '${ref}'.`)
}

function listed(db: Queryable, filter: { pack?: Id<'pack'>; allowed: Sql }, query: PageQuery) {
  return answerPage(query, (page) => runtimes.list(db, filter, page))
}
