import { Type } from 'typebox'
import { sql } from '../../../database/sql.ts'
import { listOf, pageQuery } from '../../../http/page.ts'
import { read, type Route } from '../../../http/route.ts'
import { readableBy } from '../form/definition.ts'
import { createBody, updateBody } from '../form/field.ts'
import { definitionRoutes, listed, readingOf, switchRoutes } from '../form/routes.ts'
import { findByRef } from '../form/rows.ts'
import { apply, checkChange, noSuch, remove, switchOn } from '../form/write.ts'
import { trigger } from '../trigger/trigger.ts'
import { sensor, SensorDetail, SensorSummary } from './sensor.ts'
import { createSensor } from './write.ts'

const words = { plural: 'sensors', named: 'a sensor', summary: SensorSummary, detail: SensorDetail }

/** Sensors: programs that watch. Whoever may read triggers may read who serves them. */
export function sensorRoutes(): Route[] {
  return [
    ...definitionRoutes(sensor, {
      ...words,
      filters: { pack_ref: Type.Optional(Type.String()), enabled: Type.Optional(Type.Boolean()) },
      documents: ['param_schema', 'config'],
      create: {
        said: {
          description:
            'A sensor is a program that sensor hosts run: whoever makes one runs code. Needs triggers:create for its pack and triggers:update for its trigger.',
        },
        body: createBody(sensor.fields, 'CreateSensor'),
        async handle(writing, body) {
          const { row, served_by } = await createSensor(writing, body)
          return served_by === row.ref
            ? { row }
            : {
                row,
                message: `Sensor created; ${body.trigger_ref} is served by ${served_by}, so that this one does not run.`,
              }
        },
      },
      update: {
        said: {
          description:
            'What is not given, or null, stays; `{"op": "clear"}` clears. Its process is started anew.',
        },
        body: updateBody(sensor.fields, 'UpdateSensor'),
        documents: ['param_schema'],
        handle: async (writing, ref, body) =>
          apply(sensor, writing, await checkChange(sensor, writing, { ref, body })),
      },
      remove: {
        said: { description: 'Its process is stopped. Triggers and events stay.' },
        handle: (writing, ref) => remove(sensor, writing, ref),
      },
    }),
    sensorsOfTrigger(),
    ...switchRoutes(sensor, {
      ...words,
      disable: { summary: 'Disable a sensor, which stops its process' },
      handle: (writing, ref, enabled) => switchOn(sensor, writing, ref, enabled),
    }),
  ]
}

function sensorsOfTrigger(): Route {
  return read({
    ...readingOf(sensor, 'sensors'),
    path: '/api/v1/triggers/{trigger_ref}/sensors',
    summary: 'List the sensors that serve a trigger',
    params: Type.Object({ trigger_ref: Type.String() }),
    query: Type.Object(pageQuery),
    success: { 200: listOf(SensorSummary) },
    refusals: [404],
    async handle({ db, params: { trigger_ref }, query, caller }) {
      const served = await findByRef(db, trigger, trigger_ref, readableBy(trigger, caller))
      if (served === undefined) throw noSuch(trigger, trigger_ref)
      const serves = sql`d.id = (select t.sensor from trigger t where t.ref = ${trigger_ref})`
      return listed(db, sensor, [readableBy(sensor, caller), serves], query)
    },
  })
}
