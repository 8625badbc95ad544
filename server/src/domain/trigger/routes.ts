import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Caller } from '../../http/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route, write } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { requireChange } from '../permission/change.ts'
import { allowedRows } from '../permission/scope.ts'
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
      scoped: true,
      tokens,
      query: Type.Object({
        ...pageQuery,
        pack_ref: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
      }),
      success: { 200: listOf(TriggerSummary) },
      handle: ({ db, query, caller }) => listed(db, { ...query, allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/triggers/enabled',
      summary: 'List enabled triggers',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(TriggerSummary) },
      handle: ({ db, query, caller }) => listed(db, { enabled: true, allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/triggers',
      summary: 'List the triggers of a pack',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(TriggerSummary) },
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const allowed = readableBy(caller)
        const holds = sql`exists (select from trigger t where t.pack = p.id and ${allowed})`
        const asking = { caller, permission: ['triggers', 'read'], holds } as const
        const pack = await getKnownPack(db, params.pack_ref, asking)
        return listed(db, { pack: pack.id, allowed }, query)
      },
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
      scoped: true,
      tokens,
      params: byRef,
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      handle: async ({ db, params, caller }) => ({
        data: found(await triggers.findByRef(db, params.ref, readableBy(caller)), params.ref),
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
      scoped: true,
      tokens,
      params: byRef,
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      async handle({ tx, params, caller }) {
        const trigger = found(await triggers.lockByRef(tx, params.ref), params.ref)
        requireChange(caller, ['triggers', 'update'], named(trigger), noSuchTrigger)
        return {
          data: await triggers.setEnabled(tx, trigger.id, verb === 'enable'),
          message: `Trigger ${verb}d`,
        }
      },
    }),
  )
}

function listed(db: Queryable, filter: triggers.TriggerFilter, query: PageQuery) {
  return answerPage(query, (page) => triggers.list(db, filter, page))
}

const readableBy = (caller: Caller) => allowedRows(caller, ['triggers', 'read'], triggers.columns)

function found(trigger: Trigger | undefined, ref: string): Trigger {
  if (trigger === undefined) throw noSuchTrigger(ref)
  return trigger
}

function noSuchTrigger(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no trigger '${ref}'.`)
}

function named({ id, ref, pack_ref }: Trigger) {
  return { id, ref, pack_ref, what: `the trigger '${ref}'` }
}
