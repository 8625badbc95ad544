import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { permits } from '../../http/permission.ts'
import { item, read, type Route } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import * as packs from '../pack/queries.ts'
import { holderOf } from '../permission/delegation.ts'
import { ActionDetail, ActionHit, ActionSummary } from './action.ts'
import * as actions from './queries.ts'

const tag = 'actions'
const tokens = ['access', 'execution'] as const

/** Actions: what can be done. */
export function actionRoutes(): Route[] {
  return [...listRoutes(), searchRoute(), ...singleRoutes()]
}

function listRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/actions',
      summary: 'List actions',
      tag,
      access: ['actions', 'read'],
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
          { ...query, nobody: query.executable_with_current_access === true && !mayExecute(caller) },
          query,
        ),
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/actions',
      summary: 'List the actions of a pack',
      tag,
      access: ['actions', 'read'],
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(ActionSummary) },
      refusals: [404],
      handle: async ({ db, params, query }) =>
        listed(db, { pack: (await packs.getByRef(db, params.pack_ref)).id }, query),
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
    tokens,
    query: Type.Object({
      ...pageQuery,
      q: Type.Optional(Type.String({ description: 'Part of ref, label or description.' })),
      packs: Type.Optional(Type.String({ description: 'Refs of packs, separated by commas.' })),
    }),
    success: { 200: listOf(ActionHit) },
    refusals: [404],
    async handle({ db, query }) {
      const refs = (query.packs ?? '')
        .split(',')
        .map((ref) => ref.trim())
        .filter((ref) => ref !== '')
      await requirePacks(db, refs)
      const filter = {
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
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(ActionDetail) },
      refusals: [404],
      async handle({ db, params }) {
        const data = await actions.findByRef(db, params.ref)
        if (data === undefined) throw new Problem('NOT_FOUND', `There is no action '${params.ref}'.`)
        return { data }
      },
    }),
  ]
}

function mayExecute(caller: Caller): boolean {
  return permits(holderOf(caller).grants, ['actions', 'execute'])
}

async function requirePacks(db: Queryable, refs: readonly string[]): Promise<void> {
  const known = new Set((await packs.findVersions(db, refs)).map(({ ref }) => ref))
  const unknown = refs.find((ref) => !known.has(ref))
  if (unknown !== undefined) throw new Problem('NOT_FOUND', `There is no pack '${unknown}'.`)
}

function listed(db: Queryable, filter: actions.ActionFilter, query: PageQuery) {
  return answerPage(query, (page) => actions.list(db, filter, page))
}
