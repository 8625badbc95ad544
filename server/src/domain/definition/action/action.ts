import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'

const retentionPolicy = oneOf(['versions', 'days', 'hours', 'minutes'])

/** A program that a worker can run. */
export const Action = Type.Object({
  id: id('action'),
  ref: Type.String(),
  pack: id('pack'),
  pack_ref: Type.String(),
  label: Type.String(),
  description: nullable(Type.String()),
  entrypoint: Type.String(),
  runtime: nullable(id('runtime')),
  param_schema: nullable(anyJson),
  out_schema: nullable(anyJson),
  parameter_delivery: oneOf(['stdin', 'file']),
  parameter_format: oneOf(['json', 'dotenv', 'yaml']),
  output_format: oneOf(['text', 'json', 'yaml', 'jsonl']),
  is_adhoc: Type.Boolean(),
  timeout_seconds: nullable(Type.Integer()),
  max_retries: nullable(Type.Integer()),
  runtime_version_constraint: nullable(Type.String()),
  accesses_mcp: Type.Boolean(),
  default_execution_permission_set_refs: Type.Array(Type.String()),
  accepted_env_vars: Type.Array(Type.String()),
  key_refs: Type.Array(Type.String()),
  log_retention_policy: nullable(retentionPolicy),
  log_retention_limit: nullable(Type.Integer()),
  artifact_retention_policy: nullable(retentionPolicy),
  artifact_retention_limit: nullable(Type.Integer()),
  required_worker_runtimes: anyJson,
  worker_selector: anyJson,
  worker_tolerations: anyJson,
  worker_affinity: anyJson,
  created: timestamp,
  updated: timestamp,
})
export type Action = Static<typeof Action>

const runtime_ref = nullable(Type.String({ description: 'The runtime of `runtime`.' }))

/** An action as it is shown. */
export const ActionDetail = Type.Object({ ...Action.properties, runtime_ref }, { title: 'ActionDetail' })
export type ActionDetail = Static<typeof ActionDetail>

/** An action in lists. */
export const ActionSummary = Type.Omit(
  ActionDetail,
  ['pack', 'param_schema', 'out_schema', 'parameter_delivery', 'parameter_format', 'output_format'],
  { title: 'ActionSummary' },
)
export type ActionSummary = Static<typeof ActionSummary>

/** What searching for an action shows. */
export const ActionHit = Type.Object(
  {
    ...Type.Pick(Action, ['ref', 'pack_ref', 'label', 'description', 'accesses_mcp']).properties,
    runtime_ref,
    is_workflow: Type.Boolean({
      description: 'Whether the action is a graph of tasks instead of a program.',
    }),
  },
  { title: 'ActionHit' },
)
export type ActionHit = Static<typeof ActionHit>
