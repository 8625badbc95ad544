import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { allowedRows } from '../../caller/scope.ts'
import { CreateTrigger, UpdateTrigger } from './body.ts'
import * as triggers from './queries.ts'
import { shownTrigger, type Trigger, TriggerDetail, TriggerSummary } from './trigger.ts'
import { createTrigger, deleteTrigger, noSuchTrigger, switchTrigger, updateTrigger } from './write.ts'

const tag = 'triggers'
const tokens = ['access', 'execution'] as const
const byRef = Type.Object({ ref: Type.String() })

/** Triggers: what can happen. */
export function triggerRoutes(): Route[] {
  return [...listRoutes(), ...singleRoutes(), ...writeRoutes(), ...switchRoutes()]
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
        data: shownTrigger(
          caller,
          found(await triggers.findByRef(db, params.ref, readableBy(caller)), params.ref),
        ),
      }),
    }),
  ]
}

const writing = { tag, scoped: true, tokens } as const

function writeRoutes(): Route[] {
  return [
    write({
      ...writing,
      method: 'POST',
      path: '/api/v1/triggers',
      summary: 'Make a trigger by hand',
      access: ['triggers', 'create'],
      body: CreateTrigger,
      documents: ['param_schema', 'out_schema'],
      success: { 201: item(TriggerDetail) },
      refusals: [404, 409],
      handle: async ({ body, ...context }) => ({
        data: shownTrigger(context.caller, await createTrigger(context, body)),
        message: 'Trigger created',
      }),
    }),
    write({
      ...writing,
      method: 'PUT',
      path: '/api/v1/triggers/{ref}',
      summary: 'Change a trigger',
      description: 'What is not given, or null, stays; `{"op": "clear"}` clears.',
      access: ['triggers', 'update'],
      params: byRef,
      body: UpdateTrigger,
      documents: ['param_schema', 'out_schema'],
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      handle: async ({ body, params, ...context }) => ({
        data: shownTrigger(context.caller, await updateTrigger(context, params.ref, body)),
        message: 'Trigger updated',
      }),
    }),
    write({
      ...writing,
      method: 'DELETE',
      path: '/api/v1/triggers/{ref}',
      summary: 'Delete a trigger',
      description: 'Rules and events keep its ref; the log of its webhook goes.',
      access: ['triggers', 'delete'],
      params: byRef,
      success: { 200: item(Acknowledged) },
      refusals: [404],
      async handle({ params, ...context }) {
        await deleteTrigger(context, params.ref)
        return { data: { success: true, message: `Trigger '${params.ref}' deleted` } }
      },
    }),
  ]
}

function switchRoutes(): Route[] {
  return (['enable', 'disable'] as const).map((verb) =>
    write({
      ...writing,
      method: 'POST',
      path: `/api/v1/triggers/{ref}/${verb}`,
      summary: verb === 'enable' ? 'Enable a trigger' : 'Disable a trigger',
      access: ['triggers', 'update'],
      params: byRef,
      success: { 200: item(TriggerDetail) },
      refusals: [404],
      handle: async ({ params, ...context }) => ({
        data: shownTrigger(context.caller, await switchTrigger(context, params.ref, verb === 'enable')),
        message: `Trigger ${verb}d`,
      }),
    }),
  )
}

const readableBy = (caller: Caller) => allowedRows(caller, ['triggers', 'read'], triggers.columns)

function listed(db: Queryable, filter: triggers.TriggerFilter, query: PageQuery) {
  return answerPage(query, (page) => triggers.list(db, filter, page))
}

function found(trigger: Trigger | undefined, ref: string): Trigger {
  if (trigger === undefined) throw noSuchTrigger(ref)
  return trigger
}
