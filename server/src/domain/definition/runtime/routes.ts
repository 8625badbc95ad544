import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { allowedRows } from '../../caller/scope.ts'
import { CreateRuntime, UpdateRuntime } from './body.ts'
import * as runtimes from './queries.ts'
import { type Runtime, RuntimeDetail, RuntimeSummary } from './runtime.ts'
import { createRuntime, deleteRuntime, noSuchRuntime, updateRuntime } from './write.ts'

const tag = 'runtimes'
const tokens = ['access', 'execution'] as const

/** Runtimes: what actions and sensors are run by. */
export function runtimeRoutes(): Route[] {
  return [...readRoutes(), ...writeRoutes()]
}

function readRoutes(): Route[] {
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
      success: { 200: item(RuntimeDetail) },
      refusals: [404],
      async handle({ db, params, caller }) {
        const data = await runtimes.findByRef(db, params.ref, readableBy(caller))
        if (data === undefined) throw noSuchRuntime(params.ref)
        return { data: await withVersions(db, data) }
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

const writing = { tag, scoped: true, tokens } as const
const byRef = Type.Object({ ref: Type.String() })

function writeRoutes(): Route[] {
  return [
    write({
      ...writing,
      method: 'POST',
      path: '/api/v1/runtimes',
      summary: 'Make a runtime by hand',
      description: 'It says which programs workers start: whoever makes one runs code.',
      access: ['runtimes', 'create'],
      body: CreateRuntime,
      documents: ['installation', 'distributions', 'execution_config'],
      success: { 201: item(RuntimeDetail) },
      refusals: [404, 409],
      handle: async ({ body, ...context }) => ({
        data: await withVersions(context.tx, await createRuntime(context, body)),
        message: 'Runtime created',
      }),
    }),
    write({
      ...writing,
      method: 'PUT',
      path: '/api/v1/runtimes/{ref}',
      summary: 'Change a runtime',
      description: 'What is not given, or null, stays; `{"op": "clear"}` clears.',
      access: ['runtimes', 'update'],
      params: byRef,
      body: UpdateRuntime,
      documents: ['installation', 'distributions', 'execution_config'],
      success: { 200: item(RuntimeDetail) },
      refusals: [404],
      handle: async ({ body, params, ...context }) => ({
        data: await withVersions(context.tx, await updateRuntime(context, params.ref, body)),
        message: 'Runtime updated',
      }),
    }),
    write({
      ...writing,
      method: 'DELETE',
      path: '/api/v1/runtimes/{ref}',
      summary: 'Delete a runtime',
      description: 'The sensors that run by it go too. Actions that run by it keep it.',
      access: ['runtimes', 'delete'],
      params: byRef,
      success: { 200: item(Acknowledged) },
      refusals: [404],
      async handle({ params, ...context }) {
        await deleteRuntime(context, params.ref)
        return { data: { success: true, message: `Runtime '${params.ref}' deleted` } }
      },
    }),
  ]
}

async function withVersions(db: Queryable, runtime: Runtime): Promise<RuntimeDetail> {
  return { ...runtime, versions: await runtimes.findVersions(db, runtime.id) }
}

const readableBy = (caller: Caller) => allowedRows(caller, ['runtimes', 'read'], runtimes.columns)

function listed(db: Queryable, filter: { pack?: Id<'pack'>; allowed: Sql }, query: PageQuery) {
  return answerPage(query, (page) => runtimes.list(db, filter, page))
}
