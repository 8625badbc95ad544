import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Caller } from '../../http/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { allowedRows } from '../permission/scope.ts'
import * as triggers from '../trigger/queries.ts'
import * as sensors from './queries.ts'
import { SensorDetail, SensorSummary } from './sensor.ts'

const tag = 'sensors'
const tokens = ['access', 'execution'] as const

/** Sensors: programs that watch. Whoever may read triggers may read who serves them. */
export function sensorRoutes(): Route[] {
  return [...listRoutes(), ...listsOfTargets(), ...singleRoutes()]
}

function listRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/sensors',
      summary: 'List sensors',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      query: Type.Object({
        ...pageQuery,
        pack_ref: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
      }),
      success: { 200: listOf(SensorSummary) },
      handle: ({ db, query, caller }) => listed(db, { ...query, allowed: readableBy(caller) }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/sensors/enabled',
      summary: 'List enabled sensors',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      handle: ({ db, query, caller }) => listed(db, { enabled: true, allowed: readableBy(caller) }, query),
    }),
  ]
}

function listsOfTargets(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/packs/{pack_ref}/sensors',
      summary: 'List the sensors of a pack',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      refusals: [404],
      async handle({ db, params, query, caller }) {
        const allowed = readableBy(caller)
        const holds = sql`exists (select from sensor s where s.pack = p.id and ${allowed})`
        const asking = { caller, permission: ['triggers', 'read'], holds } as const
        const pack = await getKnownPack(db, params.pack_ref, asking)
        return listed(db, { pack: pack.id, allowed }, query)
      },
    }),
    read({
      method: 'GET',
      path: '/api/v1/triggers/{trigger_ref}/sensors',
      summary: 'List the sensors that serve a trigger',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ trigger_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      refusals: [404],
      async handle({ db, params: { trigger_ref }, query, caller }) {
        const readable = allowedRows(caller, ['triggers', 'read'], triggers.columns)
        const trigger = await triggers.findByRef(db, trigger_ref, readable)
        if (trigger === undefined) throw new Problem('NOT_FOUND', `There is no trigger '${trigger_ref}'.`)
        return listed(db, { trigger_ref, allowed: readableBy(caller) }, query)
      },
    }),
  ]
}

function singleRoutes(): Route[] {
  return [
    read({
      method: 'GET',
      path: '/api/v1/sensors/{ref}',
      summary: 'Get a sensor',
      tag,
      access: ['triggers', 'read'],
      scoped: true,
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(SensorDetail) },
      refusals: [404],
      async handle({ db, params, caller }) {
        const data = await sensors.findByRef(db, params.ref, readableBy(caller))
        if (data === undefined) throw noSuchSensor(params.ref)
        return { data }
      },
    }),
  ]
}

const readableBy = (caller: Caller) => allowedRows(caller, ['triggers', 'read'], sensors.columns)

function noSuchSensor(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no sensor '${ref}'.`)
}

function listed(db: Queryable, filter: sensors.SensorFilter, query: PageQuery) {
  return answerPage(query, (page) => sensors.list(db, filter, page))
}
