import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import { retentionPolicies } from './execution.ts'
import { executionStatuses } from './status.ts'

/** What lists and single executions have in common. */
const common = {
  id: id('execution'),
  action_ref: Type.String(),
  status: oneOf(executionStatuses),
  parent: nullable(id('execution')),
  enforcement: nullable(id('enforcement')),
  rule_ref: nullable(Type.String()),
  trigger_ref: nullable(Type.String()),
  started_at: Type.Optional(timestamp),
  workflow_task: Type.Optional(anyJson),
  original_execution: Type.Optional(id('execution')),
  retry_count: Type.Integer(),
  created: timestamp,
  updated: timestamp,
}

/** An execution in lists: without its documents. */
export const ExecutionSummary = Type.Object(common, { title: 'ExecutionSummary' })
export type ExecutionSummary = Static<typeof ExecutionSummary>

/** An execution as it is shown. Its environment variables are not: they may be secret. */
export const ExecutionDetail = Type.Object(
  {
    ...common,
    action: nullable(id('action')),
    config: nullable(anyJson),
    executor: nullable(id('identity')),
    permission_set_refs: Type.Optional(Type.Array(Type.String())),
    authority_set_refs: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Permission sets that bound it, where an execution set it up.',
      }),
    ),
    artifact_retention_policy: Type.Optional(oneOf(retentionPolicies)),
    artifact_retention_limit: Type.Optional(Type.Integer()),
    worker_selector: Type.Optional(anyJson),
    worker_tolerations: Type.Optional(anyJson),
    worker_affinity: Type.Optional(anyJson),
    worker: nullable(id('worker')),
    result: nullable(anyJson),
    max_retries: nullable(Type.Integer()),
    retry_reason: nullable(Type.String()),
    attempt: Type.Integer(),
    correlation_id: nullable(Type.String()),
  },
  { title: 'ExecutionDetail' },
)
export type ExecutionDetail = Static<typeof ExecutionDetail>

const optional = new Set(
  Object.entries(ExecutionDetail.properties).flatMap(([name, schema]) =>
    Type.IsOptional(schema) ? [name] : [],
  ),
)

/** The row without optional fields that are not set. */
export function shownOf(row: object): object {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value !== null || !optional.has(name)),
  )
}
