import { Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { answerPage, listOf, type PageQuery, pageQuery } from '../../../http/page.ts'
import { item, read, type Route, write } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import { Acknowledged } from '../../schema/body-fields.ts'
import { getKnownPack } from '../pack/known-to.ts'
import { allowedRows } from '../../caller/scope.ts'
import * as triggers from '../trigger/queries.ts'
import { CreateSensor, UpdateSensor } from './body.ts'
import * as sensors from './queries.ts'
import { SensorDetail, SensorSummary } from './sensor.ts'
import { createSensor, deleteSensor, noSuchSensor, switchSensor, updateSensor } from './write.ts'

const tag = 'sensors'
const tokens = ['access', 'execution'] as const

/** Sensors: programs that watch. Whoever may read triggers may read who serves them. */
export function sensorRoutes(): Route[] {
  return [...listRoutes(), ...listsOfTargets(), ...singleRoutes(), ...writeRoutes(), ...switchRoutes()]
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

const writing = { tag, scoped: true, tokens } as const
const byRef = Type.Object({ ref: Type.String() })

function writeRoutes(): Route[] {
  return [
    write({
      ...writing,
      method: 'POST',
      path: '/api/v1/sensors',
      summary: 'Make a sensor by hand',
      description:
        'A sensor is a program that sensor hosts run: whoever makes one runs code. Needs triggers:create for its pack and triggers:update for its trigger.',
      access: ['triggers', 'create'],
      body: CreateSensor,
      documents: ['param_schema', 'config'],
      success: { 201: item(SensorDetail) },
      refusals: [404, 409],
      async handle({ body, ...context }) {
        const { sensor, served_by } = await createSensor(context, body)
        const message =
          served_by === sensor.ref
            ? 'Sensor created'
            : `Sensor created; ${body.trigger_ref} is served by ${served_by}, so that this one does not run.`
        return { data: sensor, message }
      },
    }),
    write({
      ...writing,
      method: 'PUT',
      path: '/api/v1/sensors/{ref}',
      summary: 'Change a sensor',
      description:
        'What is not given, or null, stays; `{"op": "clear"}` clears. Its process is started anew.',
      access: ['triggers', 'update'],
      params: byRef,
      body: UpdateSensor,
      documents: ['param_schema'],
      success: { 200: item(SensorDetail) },
      refusals: [404],
      handle: async ({ body, params, ...context }) => ({
        data: await updateSensor(context, params.ref, body),
        message: 'Sensor updated',
      }),
    }),
    write({
      ...writing,
      method: 'DELETE',
      path: '/api/v1/sensors/{ref}',
      summary: 'Delete a sensor',
      description: 'Its process is stopped. Triggers and events stay.',
      access: ['triggers', 'delete'],
      params: byRef,
      success: { 200: item(Acknowledged) },
      refusals: [404],
      async handle({ params, ...context }) {
        await deleteSensor(context, params.ref)
        return { data: { success: true, message: `Sensor '${params.ref}' deleted` } }
      },
    }),
  ]
}

function switchRoutes(): Route[] {
  return (['enable', 'disable'] as const).map((verb) =>
    write({
      ...writing,
      method: 'POST',
      path: `/api/v1/sensors/{ref}/${verb}`,
      summary: verb === 'enable' ? 'Enable a sensor' : 'Disable a sensor, which stops its process',
      access: ['triggers', 'update'],
      params: byRef,
      success: { 200: item(SensorDetail) },
      refusals: [404],
      handle: async ({ params, ...context }) => ({
        data: await switchSensor(context, params.ref, verb === 'enable'),
        message: `Sensor ${verb}d`,
      }),
    }),
  )
}

const readableBy = (caller: Caller) => allowedRows(caller, ['triggers', 'read'], sensors.columns)

function listed(db: Queryable, filter: sensors.SensorFilter, query: PageQuery) {
  return answerPage(query, (page) => sensors.list(db, filter, page))
}
