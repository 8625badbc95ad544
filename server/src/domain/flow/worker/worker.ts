import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { workerStatuses } from './status.ts'

/** A process that runs actions, or one that keeps sensors. */
export const Worker = Type.Object({
  id: id('worker'),
  name: Type.String(),
  worker_type: oneOf(['local', 'remote', 'container']),
  worker_role: oneOf(['action', 'sensor']),
  runtime: nullable(id('runtime')),
  host: nullable(Type.String()),
  port: nullable(Type.Integer()),
  status: oneOf(workerStatuses),
  capabilities: nullable(anyJson),
  meta: nullable(anyJson),
  instance: nullable(Type.String()),
  last_heartbeat: nullable(timestamp),
  cordoned: Type.Boolean(),
  cordon_reason: nullable(Type.String()),
  cordoned_by: nullable(id('identity')),
  cordoned_at: nullable(timestamp),
  created: timestamp,
  updated: timestamp,
})
export type Worker = Static<typeof Worker>
