import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LRUCache } from 'lru-cache'
import { type Command, commandOf } from './command-line.ts'
import { actionEnvironment, type Environment, type EnvironmentInput } from './environment.ts'
import { environmentFolder } from '../domain/packs/pack-environment/place.ts'
import { type ExecutionConfig, parseExecutionConfig } from '../domain/definition/runtime/execution-config.ts'
import type { PackFolders } from '../run-as/pack-copies.ts'
import type { Files } from './files.ts'
import { withRuntimeVariables } from '../domain/definition/runtime/variables.ts'
import { noEnvironment, type ResolvedEnvironment } from './environment-resolver.ts'
import { inputDocument, mergeInput } from './input.ts'
import { createMask, type TextMask } from './mask.ts'
import type { PrivateFolders } from './private-folders.ts'
import { MAX_LIVE_COST, searchCost } from './secret-forms.ts'
import type { RequestedRuntime, RunRequest } from './request.ts'
import { shellScript } from './shell-script.ts'
import type { ProcessInput, PrivateFile, StartOrder } from './spawn-protocol.ts'

/** Text up to this size goes to the spawner as it is, more by a file: it is not worth encoding twice. */
const INLINE_TEXT = 32 * 1024

/** Where this worker keeps things, and what its processes inherit. */
export type PreparedPlace = {
  packs_base_dir: string
  runtime_envs_dir: string
  artifacts_dir: string
  api_url: string
  /** For scripts and parameter files, by their size. */
  folders: PrivateFolders
  inherited: Environment
  /** What of that must not appear in their output. */
  passwords: readonly string[]
  files: Files
  pack_folders: PackFolders
  configs: LRUCache<string, ExecutionConfig>
  log: (message: string) => void
}

export type PreparedRun =
  | { kind: 'order'; order: StartOrder; native: boolean; secrets: string[] }
  | { kind: 'refused'; error: string }
  /** The environment that was ready has been taken away since. */
  | { kind: 'environment-lost' }

/** Where the pack's files are: where it was registered, else the folder of its ref. */
function packFolder(
  { pack_dir, pack_ref }: RunRequest['action'],
  { packs_base_dir, pack_folders }: PreparedPlace,
): Promise<string> {
  return pack_folders(pack_dir ?? join(packs_base_dir, pack_ref))
}

type Runnable = Exclude<Command, { kind: 'refused' | 'environment-lost' }>

/** The attempt of a request: on which environment it stands, and the number of its process. */
export type RunAttempt = { ticket: number; environment?: ResolvedEnvironment }

/** Turns a request into the order for the spawner; what prevents a start is an error for a person to read. */
export async function prepare(
  request: RunRequest,
  { ticket, environment = noEnvironment }: RunAttempt,
  place: PreparedPlace,
): Promise<PreparedRun> {
  const { action } = request
  if (environment.kind === 'refused') return environment
  if (request.runtime === undefined)
    return { kind: 'refused', error: `No runtime found for action '${action.ref}'` }
  const runtime = { ...request.runtime, ...(environment.kind === 'ready' ? environment.version : {}) }
  const built = environment.kind === 'ready' ? environment.env_dir : undefined
  if (built !== undefined && (await place.files.pack(built)) === undefined)
    return { kind: 'environment-lost' }
  const parsed = configOf(runtime, place.configs)
  if ('error' in parsed)
    return { kind: 'refused', error: `Failed to prepare execution context: ${parsed.error}` }
  const { config } = parsed
  const env_dir = built ?? folderFor(action.pack_ref, runtime, place)
  const command = await commandOf(
    {
      action,
      runtime: { name: runtime.name, config },
      env_dir,
      built: built !== undefined,
      pack_dir: await packFolder(action, place),
    },
    place.files,
  )
  if (command.kind === 'environment-lost') return command
  if (command.kind === 'refused')
    return { kind: 'refused', error: `Action execution failed: ${command.error}` }
  return orderFor(request, { ticket, command, config, place })
}

type Decided = { ticket: number; command: Runnable; config: ExecutionConfig; place: PreparedPlace }

async function orderFor(request: RunRequest, decided: Decided): Promise<PreparedRun> {
  const { ticket, command, config, place } = decided
  const { action, parameters, keys = {} } = request
  const { input, shadowed } = mergeInput(parameters, keys)
  if (shadowed.length > 0)
    place.log(`execution ${request.execution_id}: parameters override the keys ${shadowed.join(', ')}`)
  const document = inputDocument(action.parameter_format, input)
  if (document.kind === 'refused')
    return { kind: 'refused', error: `Failed to prepare execution context: ${document.error}` }

  const delivered = action.parameter_delivery === 'file' ? document.text : undefined
  const parameterFile = secretFile(place, `parameters-${ticket}`, delivered)
  const token = secretFile(place, `token-${ticket}`, request.api_token)
  const env = environmentOf(request, decided, {
    parameter_file: parameterFile?.path,
    api_token_file: token?.path,
  })
  const script = scriptOf(request, decided, env)
  const takesInput =
    action.parameter_delivery === 'stdin' &&
    !(command.kind === 'code' && config.inline_execution.inject_shell_helpers)
  const files = [script, parameterFile, token].filter((file) => file !== undefined)
  const secrets = [...secretsOf(request), ...place.passwords]
  const order: StartOrder = {
    ticket,
    ...argvOf(command, config, script?.path),
    cwd: command.cwd,
    env,
    files: await Promise.all(files.map(withoutLargeText)),
    input: takesInput
      ? await inputOf(`${document.text}\n`, join(place.folders.roomy, `stdin-${ticket}`))
      : { kind: 'none' },
    timeout_ms: Math.max(1, Math.round(request.timeout_seconds * 1000)),
    log_dir: logFolder(place.artifacts_dir, request.execution_id),
    ...lookedFor(secrets),
    parses_output: action.output_format !== 'text',
  }
  return { kind: 'order', order, native: command.kind === 'file' && command.native, secrets }
}

function lookedFor(secrets: string[]): Pick<StartOrder, 'secrets' | 'masked_later'> {
  const masked_later = searchCost(secrets) > MAX_LIVE_COST
  return { secrets: masked_later ? [] : secrets, masked_later }
}

function secretFile(place: PreparedPlace, name: string, text: string | undefined): PrivateFile | undefined {
  return text === undefined ? undefined : { path: privatePath(place, name, text), mode: 0o400, text }
}

/** Removes what was written for an order that will not be carried out. */
export async function discard({ files, input }: StartOrder): Promise<void> {
  for (const { path } of files) await rm(path, { force: true })
  if (input.kind === 'file') await rm(input.path, { force: true })
}

/** Logs of an execution, until they become artifacts. */
export function logFolder(artifacts_dir: string, execution_id: number): string {
  return join(artifacts_dir, 'executions', String(execution_id))
}

/** Everything that must not appear in the output of this execution. */
export function secretsOf({ known_secrets = [], api_token }: RunRequest): string[] {
  return api_token === undefined ? known_secrets : [...known_secrets, api_token]
}

function configOf(
  runtime: RequestedRuntime,
  known: LRUCache<string, ExecutionConfig>,
): { config: ExecutionConfig } | { error: string } {
  const { cache_key } = runtime
  const cached = cache_key === undefined ? undefined : known.get(cache_key)
  if (cached !== undefined) return { config: cached }
  const parsed = parseExecutionConfig(runtime.execution_config)
  if ('problems' in parsed) {
    const reasons = parsed.problems.map(({ field, message }) => `${field} ${message}`)
    return { error: `the execution_config of runtime '${runtime.name}' is not valid: ${reasons.join('; ')}` }
  }
  if (cache_key !== undefined) known.set(cache_key, parsed.config)
  return parsed
}

/** Where the environment would be. */
function folderFor(
  pack_ref: string,
  { name, ref, version }: RequestedRuntime,
  { runtime_envs_dir }: PreparedPlace,
): string {
  return join(runtime_envs_dir, pack_ref, environmentFolder(ref ?? name.toLowerCase(), version))
}

function environmentOf(
  request: RunRequest,
  { command, config, place }: Decided,
  privateFiles: Pick<EnvironmentInput, 'parameter_file' | 'api_token_file'>,
): Environment {
  const { action } = request
  const own = actionEnvironment({
    execution_id: request.execution_id,
    action_ref: action.ref,
    pack_ref: action.pack_ref,
    api_url: place.api_url,
    artifacts_dir: place.artifacts_dir,
    runtime_envs_dir: place.runtime_envs_dir,
    parameter_delivery: action.parameter_delivery,
    parameter_format: action.parameter_format,
    ...privateFiles,
    parameters: request.parameters,
    env_vars: request.env_vars ?? {},
    accepted_env_vars: action.accepted_env_vars,
    rule_ref: request.rule_ref,
    trigger_ref: request.trigger_ref,
    isSecret: secretTest(request),
  })
  return withRuntimeVariables(own, place.inherited, config.env_vars, command.fill)
}

/** Whether a text holds a known secret; built only when somebody asks. */
function secretTest(request: RunRequest): (text: string) => boolean {
  let mask: TextMask | undefined
  return (text) => {
    mask ??= createMask(secretsOf(request))?.text ?? ((same) => same)
    return mask(text) !== text
  }
}

function scriptOf(
  request: RunRequest,
  { command, config, place }: Decided,
  env: Environment,
): PrivateFile | undefined {
  const { strategy, extension, inject_shell_helpers } = config.inline_execution
  if (command.kind !== 'code' || strategy === 'direct') return undefined
  const exported = new Set([...Object.keys(place.inherited), ...Object.keys(env)])
  const { parameters, keys = {} } = request
  const text = inject_shell_helpers
    ? shellScript({ code: command.code, parameters, keys, exported })
    : command.code
  return { path: privatePath(place, `exec_${request.execution_id}${extension}`, text), mode: 0o600, text }
}

function argvOf(
  command: Runnable,
  config: ExecutionConfig,
  script: string | undefined,
): { file: string; args: string[] } {
  if (command.kind === 'file') return { file: command.file, args: command.args }
  if (config.inline_execution.strategy === 'direct' || script === undefined) {
    return { file: command.interpreter, args: ['-c', command.code] }
  }
  return { file: command.interpreter, args: [...command.args, script] }
}

async function inputOf(text: string, path: string): Promise<ProcessInput> {
  if (text.length <= INLINE_TEXT) return { kind: 'text', text }
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  return { kind: 'file', path }
}

async function withoutLargeText({ path, mode, text = '' }: PrivateFile): Promise<PrivateFile> {
  if (text.length <= INLINE_TEXT) return { path, mode, text }
  await writeFile(path, text, { mode, flag: 'wx' })
  return { path, mode }
}

/** Where a file with this text goes. */
function privatePath({ folders }: PreparedPlace, name: string, text: string): string {
  return join(text.length <= INLINE_TEXT ? folders.quick : folders.roomy, name)
}
