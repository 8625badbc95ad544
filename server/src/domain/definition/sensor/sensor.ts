import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'

const retentionPolicy = oneOf(['versions', 'days', 'hours', 'minutes'])

/** A program that watches something and posts events. */
export const Sensor = Type.Object({
  id: id('sensor'),
  ref: Type.String(),
  pack: nullable(id('pack')),
  pack_ref: nullable(Type.String()),
  label: Type.String(),
  description: nullable(Type.String()),
  entrypoint: Type.String(),
  runtime: id('runtime'),
  runtime_ref: Type.String(),
  enabled: Type.Boolean(),
  file_enabled: nullable(Type.Boolean()),
  is_adhoc: Type.Boolean(),
  control: oneOf(['stdin', 'restart']),
  param_schema: nullable(anyJson),
  config: nullable(anyJson),
  runtime_version_constraint: nullable(Type.String()),
  worker_selector: anyJson,
  worker_tolerations: anyJson,
  worker_affinity: anyJson,
  log_retention_policy: nullable(retentionPolicy),
  log_retention_limit: nullable(Type.Integer()),
  artifact_retention_policy: nullable(retentionPolicy),
  artifact_retention_limit: nullable(Type.Integer()),
  created: timestamp,
  updated: timestamp,
})
export type Sensor = Static<typeof Sensor>

/** A sensor as it is shown: its configuration may hold secrets. */
export const SensorDetail = Type.Omit(Sensor, ['config', 'file_enabled'], { title: 'SensorDetail' })
export type SensorDetail = Static<typeof SensorDetail>

/** A sensor in lists. */
export const SensorSummary = Type.Pick(
  Sensor,
  [
    'id',
    'ref',
    'pack_ref',
    'label',
    'description',
    'enabled',
    'artifact_retention_policy',
    'artifact_retention_limit',
    'log_retention_policy',
    'log_retention_limit',
    'created',
    'updated',
  ],
  { title: 'SensorSummary' },
)
export type SensorSummary = Static<typeof SensorSummary>
