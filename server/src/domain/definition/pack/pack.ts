import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'

/** What a set of definitions is called, where it came from, and its configuration. */
export const Pack = Type.Object({
  id: id('pack'),
  ref: Type.String(),
  label: Type.String(),
  description: nullable(Type.String()),
  version: Type.String(),
  conf_schema: anyJson,
  config: anyJson,
  meta: anyJson,
  tags: Type.Array(Type.String()),
  runtime_deps: Type.Array(Type.String()),
  dependencies: Type.Array(Type.String()),
  is_standard: Type.Boolean(),
  installers: nullable(anyJson),
  source_type: nullable(Type.String()),
  source_url: nullable(Type.String()),
  source_ref: nullable(Type.String()),
  checksum: nullable(Type.String()),
  checksum_verified: nullable(Type.Boolean()),
  installed_at: nullable(timestamp),
  installed_by: nullable(id('identity')),
  installation_method: nullable(Type.String()),
  storage_path: nullable(Type.String()),
  created: timestamp,
  updated: timestamp,
})
export type Pack = Static<typeof Pack>

/** A pack in lists. */
export const PackSummary = Type.Pick(
  Pack,
  ['id', 'ref', 'label', 'description', 'version', 'tags', 'is_standard', 'created', 'updated'],
  { title: 'PackSummary' },
)
export type PackSummary = Static<typeof PackSummary>

/** A pack as it is shown: its place on this machine is nobody's business. */
export const PackDetail = Type.Omit(Pack, ['storage_path', 'installers'], { title: 'PackDetail' })
export type PackDetail = Static<typeof PackDetail>
