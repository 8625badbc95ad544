import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'

/** A language or program that runs actions and sensors. */
export const Runtime = Type.Object({
  id: id('runtime'),
  ref: Type.String(),
  pack: nullable(id('pack')),
  pack_ref: nullable(Type.String()),
  description: nullable(Type.String()),
  name: Type.String(),
  aliases: Type.Array(Type.String()),
  distributions: anyJson,
  installation: nullable(anyJson),
  installers: nullable(anyJson),
  execution_config: anyJson,
  auto_detected: Type.Boolean(),
  detection_config: anyJson,
  from_file: Type.Boolean({ description: 'Whether a file of its pack describes it.' }),
  created: timestamp,
  updated: timestamp,
})
export type Runtime = Static<typeof Runtime>

/** A runtime in lists. */
export const RuntimeSummary = Type.Pick(
  Runtime,
  ['id', 'ref', 'pack_ref', 'description', 'name', 'aliases', 'created', 'updated'],
  { title: 'RuntimeSummary' },
)
export type RuntimeSummary = Static<typeof RuntimeSummary>

/** One version of a runtime; its execution_config replaces the runtime's. */
export const RuntimeVersion = Type.Object(
  {
    id: id('runtime_version'),
    runtime: id('runtime'),
    runtime_ref: Type.String(),
    version: Type.String(),
    version_major: nullable(Type.Integer()),
    version_minor: nullable(Type.Integer()),
    version_patch: nullable(Type.Integer()),
    execution_config: anyJson,
    distributions: anyJson,
    is_default: Type.Boolean(),
    available: Type.Boolean(),
    verified_at: nullable(timestamp),
    meta: anyJson,
    created: timestamp,
    updated: timestamp,
  },
  { title: 'RuntimeVersion' },
)
export type RuntimeVersion = Static<typeof RuntimeVersion>

/** A runtime as it is shown. */
export const RuntimeDetail = Type.Object(
  {
    ...Runtime.properties,
    versions: Type.Array(
      Type.Pick(RuntimeVersion, [
        'version',
        'is_default',
        'available',
        'verified_at',
        'execution_config',
        'distributions',
        'meta',
      ]),
    ),
  },
  { title: 'RuntimeDetail' },
)
export type RuntimeDetail = Static<typeof RuntimeDetail>
