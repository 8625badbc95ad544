import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../http/page.ts'
import { item, read, type Route } from '../../http/route.ts'
import { Problem } from '../../problem.ts'
import * as packs from '../pack/queries.ts'
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
      tokens,
      query: Type.Object({
        ...pageQuery,
        pack_ref: Type.Optional(Type.String()),
        enabled: Type.Optional(Type.Boolean()),
      }),
      success: { 200: listOf(SensorSummary) },
      handle: ({ db, query }) => listed(db, query, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/sensors/enabled',
      summary: 'List enabled sensors',
      tag,
      access: ['triggers', 'read'],
      tokens,
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      handle: ({ db, query }) => listed(db, { enabled: true }, query),
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
      tokens,
      params: Type.Object({ pack_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      refusals: [404],
      handle: async ({ db, params, query }) =>
        listed(db, { pack: (await packs.getByRef(db, params.pack_ref)).id }, query),
    }),
    read({
      method: 'GET',
      path: '/api/v1/triggers/{trigger_ref}/sensors',
      summary: 'List the sensors that serve a trigger',
      tag,
      access: ['triggers', 'read'],
      tokens,
      params: Type.Object({ trigger_ref: Type.String() }),
      query: Type.Object(pageQuery),
      success: { 200: listOf(SensorSummary) },
      refusals: [404],
      async handle({ db, params: { trigger_ref }, query }) {
        const [trigger] = await triggers.findTargets(db, [trigger_ref])
        if (trigger === undefined) throw new Problem('NOT_FOUND', `There is no trigger '${trigger_ref}'.`)
        return listed(db, { trigger_ref }, query)
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
      tokens,
      params: Type.Object({ ref: Type.String() }),
      success: { 200: item(SensorDetail) },
      refusals: [404],
      async handle({ db, params }) {
        const data = await sensors.findByRef(db, params.ref)
        if (data === undefined) throw new Problem('NOT_FOUND', `There is no sensor '${params.ref}'.`)
        return { data }
      },
    }),
  ]
}

function listed(db: Queryable, filter: sensors.SensorFilter, query: PageQuery) {
  return answerPage(query, (page) => sensors.list(db, filter, page))
}
