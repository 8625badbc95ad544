import { type Static, Type } from 'typebox'
import { anyJson, anyObject, id, nullable, oneOf } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import { publish } from '../../../messages/publish.ts'
import { given, shortText } from '../../schema/body-fields.ts'
import { define } from '../form/definition.ts'
import {
  clearableDocument,
  dates,
  decided,
  description,
  detailOf,
  hidden,
  kept,
  label,
  ofFiles,
  parameterSchema,
  plain,
  ref,
  rowSchema,
  summaryOf,
  unlisted,
} from '../form/field.ts'
import { choice, flag, object } from '../form/file-key.ts'
import { entrypoint, placement, retention, versionConstraint } from '../form/program.ts'

const controls = ['stdin', 'restart'] as const

/** A program that watches something and posts events. */
export const sensor = define({
  kind: 'sensor',
  resource: 'triggers',
  table: {
    from: sql`sensor d`,
    insert: sql`insert into sensor as d`,
    update: sql`update sensor d set`,
    delete: sql`delete from sensor d`,
    row: sql`null::sensor`,
  },
  origin: { column: 'is_adhoc', of_file: false },
  /** These are grants on triggers, whose ids are no ids of sensors. */
  target: { ref: sql`d.ref`, pack_ref: sql`d.pack_ref` },
  targetOf: ({ ref, pack_ref }) => ({ ref, pack_ref }),
  fields: {
    id: kept(id('sensor')),
    ref,
    pack: unlisted(kept(nullable(id('pack')))),
    pack_ref: { row: nullable(Type.String()), create: shortText },
    label,
    description,
    entrypoint: unlisted(entrypoint('A file in `sensors/` of the pack.')),
    runtime: unlisted(decided(id('runtime'))),
    runtime_ref: unlisted({ ...decided(Type.String()), create: shortText }),
    trigger_ref: {
      create: Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'The trigger that it serves from now on, if no other sensor serves it.',
      }),
    },
    enabled: {
      ...plain(Type.Boolean(), Type.Boolean(), true),
      file: { enabled: flag('true when missing.') },
    },
    file_enabled: hidden(kept(nullable(Type.Boolean()))),
    is_adhoc: unlisted(kept(Type.Boolean())),
    control: unlisted({
      ...ofFiles(oneOf(controls), 'restart'),
      file: {
        control: choice(
          controls,
          'How the program learns of rule changes: JSON lines on its standard input, or by being restarted.',
        ),
      },
    }),
    param_schema: unlisted({
      ...clearableDocument,
      ...parameterSchema(['parameters', 'What the sensor takes.']),
    }),
    /** It may hold secrets. */
    config: hidden({
      ...ofFiles(nullable(anyJson), {}),
      create: given(anyObject),
      file: { config: object('Given to the program in ATTUNE_SENSOR_CONFIG.') },
    }),
    runtime_version_constraint: unlisted({ ...ofFiles(nullable(Type.String()), null), ...versionConstraint }),
    worker_selector: unlisted(placement.worker_selector),
    worker_tolerations: unlisted(placement.worker_tolerations),
    worker_affinity: unlisted(placement.worker_affinity),
    ...retention,
    ...dates,
  },
  /** Its process is started anew, or stopped. */
  announce: (tx, { id, ref }, correlation_id) =>
    publish(tx, 'SensorChanged', [{ payload: { sensor_id: id, sensor_ref: ref }, correlation_id }]),
})

export const Sensor = rowSchema(sensor.fields)
export type Sensor = Static<typeof Sensor>

/** A sensor as it is shown. */
export const SensorDetail = Type.Object(detailOf(sensor.fields), { title: 'SensorDetail' })

/** A sensor in lists. */
export const SensorSummary = Type.Object(summaryOf(sensor.fields), { title: 'SensorSummary' })
