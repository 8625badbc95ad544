import { envVarProblem, isVariableName } from '../domain/definition/action/env-vars.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/** What an action may inherit from the worker. Everything else of the worker's environment stays with it. */
const INHERITED = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR
   HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY FTP_PROXY http_proxy https_proxy no_proxy all_proxy ftp_proxy
   SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS GIT_SSL_CAINFO AWS_CA_BUNDLE`.split(
    /\s+/,
  ),
)

export type Environment = Record<string, string>

/** The part of the worker's environment that every action gets. */
export function inheritedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  passthrough: readonly string[],
): Environment {
  const extra = new Set(passthrough)
  const kept: Environment = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (INHERITED.has(name) || name.startsWith('LC_') || extra.has(name)))
      kept[name] = value
  }
  return kept
}

/** The same of this process. */
export function inheritedFrom(passthrough: readonly string[]): Environment {
  return inheritedEnvironment(process.env, passthrough)
}

/** Passwords in the addresses that actions inherit, such as that of a proxy: an action may use them and not show them. */
export function passwordsIn(inherited: Environment): string[] {
  return Object.values(inherited).flatMap((value) => {
    const password = URL.canParse(value) ? new URL(value).password : ''
    return password === '' ? [] : [...new Set([password, decoded(password)])]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // it only looks encoded
  }
}

export type EnvironmentInput = {
  execution_id: number
  action_ref: string
  pack_ref: string
  api_url: string
  artifacts_dir: string
  runtime_envs_dir: string
  parameter_delivery: 'stdin' | 'file'
  parameter_format: 'json' | 'dotenv' | 'yaml'
  parameter_file: string | undefined
  parameters: JsonObject
  env_vars: JsonObject
  /** The names of these that the action lets its callers choose, as its row says now. */
  accepted_env_vars: readonly string[]
  /** Holds the token; the environment of a process is for everybody to read who runs as the same. */
  api_token_file: string | undefined
  rule_ref: string | undefined
  trigger_ref: string | undefined
  /** True for text that holds a secret; such text does not go into the environment. */
  isSecret: (text: string) => boolean
}

/** The variables of one process beside the inherited ones; later groups override earlier ones. */
export function actionEnvironment(input: EnvironmentInput): Environment {
  return {
    ...chosenVariables(input),
    ATTUNE_EXEC_ID: String(input.execution_id),
    ATTUNE_ACTION: input.action_ref,
    ATTUNE_PACK_REF: input.pack_ref,
    ATTUNE_API_URL: input.api_url,
    ATTUNE_ARTIFACTS_DIR: input.artifacts_dir,
    ATTUNE_RUNTIME_ENVS_DIR: input.runtime_envs_dir,
    ...given('ATTUNE_API_TOKEN_FILE', input.api_token_file),
    ...given('ATTUNE_RULE', input.rule_ref),
    ...given('ATTUNE_TRIGGER', input.trigger_ref),
    ...contextVariables(input.parameters.context, input.isSecret),
    ATTUNE_PARAMETER_DELIVERY: input.parameter_delivery,
    ATTUNE_PARAMETER_FORMAT: input.parameter_format,
    ...given('ATTUNE_PARAMETER_FILE', input.parameter_file),
  }
}

function given(name: string, value: string | undefined): Environment {
  return value === undefined ? {} : { [name]: value }
}

/** Checked again: the declaration, or what may be declared, may be narrower now than when it was asked for. */
function chosenVariables({ env_vars, accepted_env_vars }: EnvironmentInput): Environment {
  const chosen: Environment = {}
  for (const [name, value] of Object.entries(env_vars)) {
    if (typeof value === 'string' && envVarProblem(name, value, accepted_env_vars) === undefined)
      chosen[name] = value
  }
  return chosen
}

/** ATTUNE_CONTEXT_<KEY> for the members of a parameter `context`; secrets and names that no shell takes are left out. */
function contextVariables(context: Json | undefined, isSecret: (text: string) => boolean): Environment {
  if (!isJsonObject(context)) return {}
  const variables: Environment = {}
  for (const [key, value] of Object.entries(context)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (isVariableName(`_${key}`) && !text.includes('\0') && !isSecret(text))
      variables[`ATTUNE_CONTEXT_${key.toUpperCase()}`] = text
  }
  return variables
}
