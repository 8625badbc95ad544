import type { ExtractedSecret } from '../domain/secret/redact.ts'
import type { Json, JsonObject } from '../json.ts'
import type { EnvironmentNeed } from './environment-resolver.ts'

/** One claimed attempt of an execution with all that its process needs. */
export type RunRequest = {
  execution_id: number
  attempt: number
  action: {
    ref: string
    pack_ref: string
    /** Where the pack's files are, when that is not the folder of its ref below the packs folder. */
    pack_dir?: string
    entrypoint: string
    is_adhoc: boolean
    parameter_delivery: 'stdin' | 'file'
    parameter_format: 'json' | 'dotenv' | 'yaml'
    output_format: 'text' | 'json' | 'yaml' | 'jsonl'
    /** With which exit codes the program has succeeded. */
    success_exit_codes: readonly number[]
    /** Of `env_vars` only these are set. */
    accepted_env_vars: readonly string[]
  }
  runtime: RequestedRuntime | undefined
  /** Absent: it runs by the runtime as it is, whatever its pack asks for. */
  environment_need?: EnvironmentNeed
  /** Secrets restored. */
  parameters: JsonObject
  /** Injected keys by name; a parameter of the same name wins. */
  keys?: Record<string, Json>
  env_vars?: JsonObject
  rule_ref?: string
  trigger_ref?: string
  api_token?: string
  /** A new one, for a process that starts late: the other may end before it. */
  freshToken?: () => Promise<string | undefined>
  timeout_seconds: number
  /** Monotonic milliseconds at which the action is killed unless the hold on it was renewed. Absent: never. */
  held_until_ms?: number
  /** Masked in everything that the action puts out. The API token is always among them. */
  known_secrets?: string[]
  /** What the action declares secret in its output: hidden in the rest of what it puts out. */
  declared_secrets?: (data: Json) => ExtractedSecret[]
}

export type RequestedRuntime = {
  name: string
  /** The stored config of the runtime or of the version that was chosen. */
  execution_config: Json
  /** Names this config for ever, such as id and version of its row: it is then read once. */
  cache_key?: string
  /** The last part of the ref names the folder of environments; without it the name does. */
  ref?: string
  /** Set when a version was chosen: its environment has a folder of its own. */
  version?: string
}
