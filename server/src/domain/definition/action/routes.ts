import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import { type Asking, getKnownPack, getKnownPacks } from '../pack/known-to.ts'
import { allowedRows } from '../../caller/scope.ts'
import { ActionDetail, ActionHit, ActionSummary } from './action.ts'
import { CreateAction, UpdateAction } from './body.ts'
import * as actions from './queries.ts'
import { createAction, deleteAction, noSuchAction, updateAction } from './write.ts'

const tag = 'actions'
const tokens = ['access', 'execution'] as const

/** Actions: what can be done. */
export function actionRoutes(): Route[] {
  return [...listRoutes(), searchRoute(), ...singleRoutes(), ...writeRoutes()]
}

function listRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/actions',
      summary: 'List actions',
      tag,
      access: ['actions', 'read'],
      scoped: true,
      tokens,
      query: Type.Object({
        ...pageQuery,
        executable_with_current_access: Type.Optional(
          Type.Boolean({ description: 'Only actions that the caller may run.' }),
        ),
        pack_ref: Type.Optional(Type.String()),
        q: Type.Optional(Type.String({ description: 'Part of ref, label or description.' })),
      }),
      success: { 200: listOf(ActionSummary) },
      handle: ({ db, query, caller }) =>
        listed(
          db,
          {
            ...query,
            allowed:
              query.executable_with_current_access === true ? executableBy(caller) : readableBy(caller),
          },
          query,
        ),
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/actions',
      summary: 'List the actions of a pack',
      tag,
      access: ['actions', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(ActionSummary) },
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const pack = await getKnownPack(db, params.pack_ref, asking(caller))
        return listed(db, { pack: pack.id, allowed: readableBy(caller) }, query)
      },
    }),
  ]
}

function searchRoute(): Route {
  return read({
    method: 'GET',
    path: '/api/v1/actions/search',
    summary: 'Search actions',
    tag,
    access: ['actions', 'read'],
    scoped: true,
    tokens,
    query: Type.Object({
      ...pageQuery,
      q: Type.Optional(Type.String({ description: 'Part of ref, label or description.' })),
      packs: Type.Optional(Type.String({ description: 'Refs of packs, separated by commas.' })),
    }),
    success: { 200: listOf(ActionHit) },
    refusals: [404],
    async handle({ db, query, caller }) {
      const refs = (query.packs ?? '')
        .split(',')
        .map((ref) => ref.trim())
        .filter((ref) => ref !== '')
      await getKnownPacks(db, refs, asking(caller))
      const filter = {
        allowed: readableBy(caller),
        ...(query.q === undefined ? {} : { q: query.q }),
        ...(refs.length > 0 ? { packs: refs } : {}),
      }
      return answerPage(query, (page) => actions.search(db, filter, page))
    },
  })
}

function singleRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/actions/{ref}',
      summary: 'Get an action',
      tag,
      access: ['actions', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(ActionDetail) },
      refusals: [404],
      async handle({ db, params, caller }) {
        const data = await actions.findByRef(db, params.ref, readableBy(caller))
        if (data === undefined) throw noSuchAction(params.ref)
        return { data }
      },
    }),
  ]
}

const writing = { tag, scoped: true, tokens } as const

function writeRoutes(): Route[] {
  return [
    write({
      ...writing,
      method: 'POST',
      path: '/api/v1/actions',
      summary: 'Make an action by hand',
      description:
        'An action is code that workers run: whoever makes one runs code. It may act only with permission sets whose grants the caller holds.',
      access: ['actions', 'create'],
      body: CreateAction,
      documents: ['param_schema', 'out_schema'],
      success: { 201: item(ActionDetail) },
      refusals: [404, 409],
      handle: async ({ body, ...context }) => ({
        data: await createAction(context, body),
        message: 'Action created',
      }),
    }),
    write({
      ...writing,
      method: 'PUT',
      path: '/api/v1/actions/{ref}',
      summary: 'Change an action',
      description:
        'What is not given, or null, stays; `{"op": "clear"}` clears. Registering the pack of an action again brings back what its file says.',
      access: ['actions', 'update'],
      params: Type.Object({ ref: Type.String() }),
      body: UpdateAction,
      documents: ['param_schema', 'out_schema'],
      success: { 200: item(ActionDetail) },
      refusals: [404],
      handle: async ({ body, params, ...context }) => ({
        data: await updateAction(context, params.ref, body),
        message: 'Action updated',
      }),
    }),
    write({
      ...writing,
      method: 'DELETE',
      path: '/api/v1/actions/{ref}',
      summary: 'Delete an action',
      description: 'Rules and executions keep its ref.',
      access: ['actions', 'delete'],
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(Acknowledged) },
      refusals: [404],
      async handle({ params, ...context }) {
        await deleteAction(context, params.ref)
        return { data: { success: true, message: `Action '${params.ref}' deleted` } }
      },
    }),
  ]
}

const readableBy = (caller: Caller) => allowedRows(caller, ['actions', 'read'], actions.columns)

/** What may be run and not read is not shown either. */
const executableBy = (caller: Caller) =>
  sql`${readableBy(caller)} and ${allowedRows(caller, ['actions', 'execute'], actions.columns)}`

function asking(caller: Caller): Asking {
  const holds = sql`exists (select from action a where a.pack = p.id and ${readableBy(caller)})`
  return { caller, permission: ['actions', 'read'], holds }
}

function listed(db: Queryable, filter: actions.ActionFilter, query: PageQuery) {
  return answerPage(query, (page) => actions.list(db, filter, page))
}
