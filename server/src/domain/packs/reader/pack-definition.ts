import type { Json, JsonObject } from '../../../json.ts'
import type { action } from '../../definition/action/action.ts'
import type { DefaultedOf } from '../../definition/form/field.ts'
import type { rule } from '../../definition/rule/rule.ts'
import type { VersionContent } from '../../definition/runtime/version-list.ts'
import type { runtime } from '../../definition/runtime/runtime.ts'
import type { sensor } from '../../definition/sensor/sensor.ts'
import type { trigger } from '../../definition/trigger/trigger.ts'
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

export type RuntimeDefinition = DefaultedOf<typeof runtime.fields> &
  Omit<Named, 'label'> & {
    name: string
    /** Null when the file does not list versions: those that exist stay. */
    versions: VersionContent[] | null
  }

export type TriggerDefinition = DefaultedOf<typeof trigger.fields> & Named

/** `runtime_ref` is a full ref, or a bare lower-case name that registration looks up among names and aliases. */
type Program = { entrypoint: string; runtime_ref: string }

export type ActionDefinition = DefaultedOf<typeof action.fields> & Named & Program

export type SensorDefinition = DefaultedOf<typeof sensor.fields> &
  Named &
  Program & {
    /** The triggers that this sensor serves; they become its own. */
    trigger_refs: string[]
  }

export type RuleDefinition = DefaultedOf<typeof rule.fields> &
  Named & {
    trigger_ref: string
    action_ref: string
    trigger_params: JsonObject
    action_params: JsonObject
  }
