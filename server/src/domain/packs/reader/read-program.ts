import type { Json, JsonObject } from '../../../json.ts'
import { checkAcceptedEnvVars } from '../../definition/action/env-vars.ts'
import { checkConstraint } from '../../definition/form/version.ts'
import {
  type Component,
  constraintColumn,
  namedColumns,
  refColumn,
  schemaColumn,
  textList,
} from './component.ts'
import type { ActionFile, SensorFile } from '../file-format/program-files.ts'
import { complain, complainAt, warn } from '../yaml/findings.ts'
import type {
  ActionDefinition,
  Placement,
  Retention,
  RuntimeDefinition,
  SensorDefinition,
} from './pack-definition.ts'
import { programFile, warnUnlessExecutable } from './entry-point.ts'
import { guessRunner, runtimeRef } from './runner.ts'

export async function readAction(
  component: Component<ActionFile>,
  runtimes: readonly RuntimeDefinition[],
): Promise<ActionDefinition> {
  const { content } = component
  if (content.workflow_file !== undefined) refuseWorkflow(component)
  const runner = content.runner_type ?? guessRunner(content.entry_point ?? '')
  return {
    ...namedColumns(component),
    ...(await programColumns(component, 'actions', runtimeRef(runner, runtimes))),
    ...placementColumns(content),
    ...retentionColumns(content),
    param_schema: schemaColumn(component, ['parameters', content.parameters]),
    out_schema: schemaColumn(component, ['output', content.output], ['output_schema', content.output_schema]),
    parameter_delivery: content.parameter_delivery ?? 'stdin',
    parameter_format: content.parameter_format ?? 'json',
    output_format: content.output_format ?? 'text',
    timeout_seconds: content.timeout_seconds ?? content.timeout ?? null,
    max_retries: content.max_retries ?? 0,
    required_worker_runtimes: requiredRuntimes(component),
    accesses_mcp: content.accesses_mcp ?? false,
    ...grantColumns(component),
  }
}

export async function readSensor(
  component: Component<SensorFile>,
  runtimes: readonly RuntimeDefinition[],
): Promise<SensorDefinition> {
  const { content } = component
  return {
    ...namedColumns(component),
    ...(await programColumns(component, 'sensors', runtimeRef(content.runner_type ?? 'native', runtimes))),
    ...placementColumns(content),
    ...retentionColumns(content),
    enabled: content.enabled ?? true,
    control: content.control ?? 'restart',
    param_schema: schemaColumn(component, ['parameters', content.parameters]),
    config: content.config ?? {},
    trigger_refs: triggerRefs(component),
  }
}

function refuseWorkflow({ reading, source }: Component<ActionFile>): void {
  complain(reading.findings, source, ['workflow_file'], 'workflow files are not supported by this version')
}

type ProgramKeys = { entry_point?: string; runtime_version?: string; workflow_file?: string }

async function programColumns(
  component: Component<ProgramKeys>,
  folder: 'actions' | 'sensors',
  runtime_ref: string,
) {
  const { reading, source, content } = component
  const { tree, findings } = reading
  const constraint = constraintColumn(component)
  const common = { runtime_ref, runtime_version_constraint: constraint }
  if (content.workflow_file !== undefined) return { ...common, entrypoint: content.workflow_file }
  const entrypoint = await programFile(tree, source, { folder, entryPoint: content.entry_point }, findings)
  if (runtime_ref === 'core.native') {
    warnUnlessExecutable(tree, source, `${folder}/${entrypoint}`, findings)
  }
  return { ...common, entrypoint }
}

type PlacementKeys = {
  worker_selector?: JsonObject
  worker_tolerations?: Json[]
  worker_affinity?: JsonObject
}

function placementColumns(content: PlacementKeys): Placement {
  return {
    worker_selector: content.worker_selector ?? {},
    worker_tolerations: content.worker_tolerations ?? [],
    worker_affinity: content.worker_affinity ?? {},
  }
}

function retentionColumns(content: Partial<Retention>): Retention {
  return {
    log_retention_policy: content.log_retention_policy ?? null,
    log_retention_limit: content.log_retention_limit ?? null,
    artifact_retention_policy: content.artifact_retention_policy ?? null,
    artifact_retention_limit: content.artifact_retention_limit ?? null,
  }
}

function requiredRuntimes({ reading, source, content }: Component<ActionFile>): JsonObject {
  const required = content.required_worker_runtimes ?? {}
  for (const [runtime, constraint] of Object.entries(required)) {
    const problem = checkConstraint(constraint)
    if (problem !== undefined) {
      complain(reading.findings, source, ['required_worker_runtimes', runtime], problem)
    }
  }
  return required
}

/** What it may do, and what it takes from outside. */
function grantColumns({ reading, source, content }: Component<ActionFile>) {
  const accepted_env_vars = textList(content.accepted_env_vars) ?? []
  for (const { field, message } of checkAcceptedEnvVars(accepted_env_vars))
    complainAt(reading.findings, source, field, message)
  return {
    default_execution_permission_set_refs: textList(content.default_execution_permission_set_refs) ?? [],
    accepted_env_vars,
    key_refs: textList(content.key_refs) ?? [],
  }
}

function triggerRefs(component: Component<SensorFile>): string[] {
  const { reading, source, content } = component
  const field = content.trigger_types === undefined ? 'trigger_type' : 'trigger_types'
  const refs = textList(content.trigger_types, content.trigger_type) ?? []
  if (refs.length === 0)
    warn(reading.findings, source, [], 'the sensor serves no trigger, so it never starts')
  return [...new Set(refs.map((ref) => refColumn(component, field, ref)))]
}
