import type { Json, JsonObject } from '../../../json.ts'
import type { SuiteDefinition } from '../pack-test/suite.ts'

/**
 * A pack as its files describe it, checked as far as the files alone allow. The names are those of the columns
 * that the parts become; `file` says where a part was read, for what is found out later. What only the
 * database knows (is that action there? is this grant known?) is checked at registration.
 */
export type PackDefinition = {
  ref: string
  label: string
  description: string | null
  version: string
  conf_schema: JsonObject
  /** The configuration of a pack that is new; one that is there keeps its own. */
  config: JsonObject
  meta: JsonObject
  tags: string[]
  /** `name[op version]`, see parseRuntimeDependency. */
  runtime_deps: string[]
  /** `ref[@range]`, see parsePackDependency. */
  dependencies: string[]
  /** What the file says. Only the loader of the packs that ship with the product may believe it. */
  is_standard: boolean
  /** The least versions of the languages that some worker must offer. */
  least_versions: { python: string | null; nodejs: string | null }
  /** The files at its root that say what its programs need of other sources, such as `requirements.txt`. */
  dependency_files: string[]
  testing: PackTesting | null
  permission_sets: PermissionSetDefinition[]
  runtimes: RuntimeDefinition[]
  triggers: TriggerDefinition[]
  actions: ActionDefinition[]
  rules: RuleDefinition[]
  sensors: SensorDefinition[]
  /** What is odd but harmless, such as a key that nobody reads. */
  warnings: string[]
}

export type PackTesting = {
  enabled: boolean
  /** In the order of the file. */
  runners: SuiteDefinition[]
  min_pass_rate: number
  on_failure: 'block' | 'warn'
}

type Named = { file: string; ref: string; label: string; description: string | null }

export type PermissionSetDefinition = Omit<Named, 'label'> & { label: string | null; grants: Json[] }

export type RuntimeDefinition = Omit<Named, 'label'> & {
  name: string
  aliases: string[]
  distributions: JsonObject
  installation: Json
  execution_config: JsonObject
  /** Null when the file does not list versions: those that exist stay. */
  versions: RuntimeVersionDefinition[] | null
}

export type RuntimeVersionDefinition = {
  version: string
  version_major: number
  version_minor: number | null
  version_patch: number | null
  is_default: boolean
  distributions: JsonObject
  execution_config: JsonObject
  meta: JsonObject
}

export type TriggerDefinition = Named & {
  enabled: boolean
  param_schema: JsonObject | null
  out_schema: JsonObject | null
}

/** `runtime_ref` is a full ref, or a bare lower-case name that registration looks up among names and aliases. */
type Program = {
  entrypoint: string
  runtime_ref: string
  runtime_version_constraint: string | null
}

export type Placement = {
  worker_selector: JsonObject
  worker_tolerations: Json[]
  worker_affinity: JsonObject
}

export type RetentionPolicy = 'versions' | 'days' | 'hours' | 'minutes'
export type Retention = {
  log_retention_policy: RetentionPolicy | null
  log_retention_limit: number | null
  artifact_retention_policy: RetentionPolicy | null
  artifact_retention_limit: number | null
}

export type ActionDefinition = Named &
  Program &
  Placement &
  Retention & {
    param_schema: JsonObject | null
    out_schema: JsonObject | null
    parameter_delivery: 'stdin' | 'file'
    parameter_format: 'json' | 'dotenv' | 'yaml'
    output_format: 'text' | 'json' | 'yaml' | 'jsonl'
    timeout_seconds: number | null
    max_retries: number
    required_worker_runtimes: JsonObject
    accesses_mcp: boolean
    default_execution_permission_set_refs: string[]
    accepted_env_vars: string[]
    key_refs: string[]
  }

export type SensorDefinition = Named &
  Program &
  Placement &
  Retention & {
    enabled: boolean
    control: 'stdin' | 'restart'
    param_schema: JsonObject | null
    config: JsonObject
    /** The triggers that this sensor serves; they become its own. */
    trigger_refs: string[]
  }

export type RuleDefinition = Named & {
  enabled: boolean
  trigger_ref: string
  action_ref: string
  conditions: Json
  trigger_params: JsonObject
  action_params: JsonObject
  /** Null: the action's own. */
  permission_set_refs: string[] | null
}
