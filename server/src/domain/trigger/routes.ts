import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route, write } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import * as packs from '../pack/queries.ts'
import * as triggers from './queries.ts'
import { type Trigger, TriggerDetail, TriggerSummary } from './trigger.ts'

const tag = 'triggers'
const tokens = ['access', 'execution'] as const
const byRef = Type.Object({ ref: Type.String() })

/** Triggers: what can happen. */
export function triggerRoutes(): Route[] {
  return [...listRoutes(), ...singleRoutes(), ...switchRoutes()]
}

function listRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/triggers',
      summary: 'List triggers',
      tag,
      access: ['triggers', 'read'],
      tokens,
      query: Type.Object({
        ...pageQuery,
        pack_ref: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
      }),
      success: { 200: listOf(TriggerSummary) },
      handle: ({ db, query }) => listed(db, query, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/triggers/enabled',
      summary: 'List enabled triggers',
      tag,
      access: ['triggers', 'read'],
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(TriggerSummary) },
      handle: ({ db, query }) => listed(db, { enabled: true }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/triggers',
      summary: 'List the triggers of a pack',
      tag,
      access: ['triggers', 'read'],
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(TriggerSummary) },
      refusals: [404],
      handle: async ({ db, params, query }) =>
        listed(db, { pack: (await packs.getByRef(db, params.pack_ref)).id }, query),
    }),
  ]
}

function singleRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/triggers/{ref}',
      summary: 'Get a trigger',
      tag,
      access: ['triggers', 'read'],
      tokens,
      params: byRef,
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      handle: async ({ db, params }) => ({
        data: found(await triggers.findByRef(db, params.ref), params.ref),
      }),
    }),
  ]
}

/** A disabled trigger refuses events, and its rules do not match. */
function switchRoutes(): Route[] {
  return (['enable', 'disable'] as const).map((verb) =>
    write({
      method: 'POST',
      path: `/api/v1/triggers/{ref}/${verb}`,
      summary: verb === 'enable' ? 'Enable a trigger' : 'Disable a trigger',
      tag,
      access: ['triggers', 'update'],
      tokens,
      params: byRef,
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      handle: async ({ tx, params }) => ({
        data: found(await triggers.setEnabled(tx, params.ref, verb === 'enable'), params.ref),
        message: `Trigger ${verb}d`,
      }),
    }),
  )
}

function listed(db: Queryable, filter: triggers.TriggerFilter, query: PageQuery) {
  return answerPage(query, (page) => triggers.list(db, filter, page))
}

function found(trigger: Trigger | undefined, ref: string): Trigger {
  if (trigger === undefined) throw new Problem('NOT_FOUND', `There is no trigger '${ref}'.`)
  return trigger
}
