import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { environmentStatuses } from './status.ts'

/** The dependencies of one pack for one runtime, as they lie on one disk. */
export const PackEnvironment = Type.Object({
  id: id('pack_environment'),
  pack: id('pack'),
  pack_ref: Type.String(),
  runtime: id('runtime'),
  runtime_ref: Type.String(),
  runtime_version: nullable(id('runtime_version')),
  runtime_version_text: nullable(Type.String()),
  volume: Type.String({
    description: 'The disk that it lies on; workers that share it share the environment.',
  }),
  env_key: nullable(Type.String()),
  env_path: Type.String(),
  status: oneOf(environmentStatuses),
  manifest_checksum: nullable(Type.String()),
  claimed_by_worker: nullable(id('worker')),
  claimed_by_instance: nullable(Type.String()),
  claim_expires_at: nullable(timestamp),
  claims: Type.Integer(),
  rebuild_requested: Type.Boolean(),
  installed_at: nullable(timestamp),
  last_verified: nullable(timestamp),
  worker_name: nullable(Type.String({ description: 'The worker that looked at it last.' })),
  install_log: nullable(Type.String({ description: 'The end of what its commands said.' })),
  install_error: nullable(Type.String()),
  metadata: nullable(anyJson),
  created: timestamp,
  updated: timestamp,
})
export type PackEnvironment = Static<typeof PackEnvironment>

/** An environment as it is shown. */
export const EnvironmentDetail = Type.Omit(
  PackEnvironment,
  ['env_key', 'claimed_by_instance', 'claims', 'metadata'],
  { title: 'PackEnvironment' },
)
export type EnvironmentDetail = Static<typeof EnvironmentDetail>

/** The same without what its build said. */
export const EnvironmentState = Type.Omit(EnvironmentDetail, ['install_log'], {
  title: 'PackEnvironmentState',
})
export type EnvironmentState = Static<typeof EnvironmentState>
