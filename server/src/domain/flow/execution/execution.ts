import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { executionStatuses } from './status.ts'

export const retentionPolicies = ['versions', 'days', 'hours', 'minutes'] as const

/** One run of an action: asked for, placed, run, ended. */
export const Execution = Type.Object({
  id: id('execution'),
  action: nullable(id('action')),
  action_ref: Type.String(),
  config: nullable(anyJson),
  env_vars: nullable(anyJson),
  parent: nullable(id('execution')),
  enforcement: nullable(id('enforcement')),
  executor: nullable(id('identity')),
  permission_set_refs: Type.Array(Type.String()),
  /** What it is bounded by where an execution set it up, whatever the account may that it runs as. */
  authority_set_refs: nullable(Type.Array(Type.String())),
  artifact_retention_policy: nullable(oneOf(retentionPolicies)),
  artifact_retention_limit: nullable(Type.Integer()),
  worker_selector: nullable(anyJson),
  worker_tolerations: nullable(anyJson),
  worker_affinity: nullable(anyJson),
  worker: nullable(id('worker')),
  status: oneOf(executionStatuses),
  result: nullable(anyJson),
  started_at: nullable(timestamp),
  workflow_task: nullable(anyJson),
  retry_count: Type.Integer(),
  max_retries: nullable(Type.Integer()),
  retry_reason: nullable(Type.String()),
  original_execution: nullable(id('execution')),
  attempt: Type.Integer(),
  worker_instance: nullable(Type.String()),
  lease_expires_at: nullable(timestamp),
  live: nullable(Type.Boolean()),
  due_at: nullable(timestamp),
  wait_ends_at: nullable(timestamp),
  followed_up: Type.Boolean(),
  unfollowed: nullable(Type.Boolean()),
  cancel_requested_at: nullable(timestamp),
  cancel_requested_by: nullable(Type.String()),
  correlation_id: nullable(Type.String()),
  created: timestamp,
  updated: timestamp,
})
export type Execution = Static<typeof Execution>
