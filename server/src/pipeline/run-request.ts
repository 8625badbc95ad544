import type { RunRequest } from '../action-runner/run.ts'
import type { RunnableAction } from '../domain/definition/action/runnable.ts'
import type { ClaimedExecution } from '../domain/flow/execution/transitions.ts'
import { type KeyAssignment, openKeys } from '../domain/definition/key/delivery.ts'
import type { SchemaCache } from '../domain/schema/cache.ts'
import type { CompiledSchema } from '../domain/schema/compile.ts'
import type { Cipher } from '../domain/secret/cipher.ts'
import { type ExtractedSecret, restore } from '../domain/secret/redact.ts'
import { textsIn } from '../domain/secret/texts.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import { isJsonObject } from '../json.ts'
import { Problem } from '../problem.ts'

type RequestContext = { cipher: Cipher; tokens: Tokens; schemas: SchemaCache; task_timeout: number }

/** A claimed attempt with all that its process needs. */
export type HeldExecution = {
  execution: ClaimedExecution
  action: RunnableAction | undefined
  secrets: ExtractedSecret[]
  keys: KeyAssignment
  held_until_ms: number
}

/** The attempt as the runner gets it: secrets restored, keys opened, with a token of its own. */
export async function requestOf(
  context: RequestContext,
  { execution, action, secrets, keys, held_until_ms }: HeldExecution,
): Promise<RunRequest> {
  if (action === undefined)
    throw new Problem('NOT_FOUND', `The action ${execution.action_ref} does not exist any more.`)
  const timeout_seconds = action.timeout_seconds ?? context.task_timeout
  const config = restore(execution.config, secrets)
  const delivered = openKeys(keys, context.cipher)
  const mint = () => executionToken(context.tokens, execution, timeout_seconds)
  const token = await mint()
  return {
    execution_id: execution.id,
    attempt: execution.attempt,
    action: { ...action, ...(action.pack_path === null ? {} : { pack_dir: action.pack_path }) },
    runtime:
      action.runtime_name === null
        ? undefined
        : {
            name: action.runtime_name,
            ...(action.runtime_ref === null ? {} : { ref: action.runtime_ref }),
            execution_config: action.runtime_execution_config,
            cache_key: `${action.runtime_id}:${action.runtime_updated}`,
          },
    ...environmentNeedOf(action),
    parameters: isJsonObject(config) ? config : {},
    keys: delivered.values,
    ...(isJsonObject(execution.env_vars) ? { env_vars: execution.env_vars } : {}),
    ...(execution.rule_ref === null ? {} : { rule_ref: execution.rule_ref }),
    ...(execution.trigger_ref === null ? {} : { trigger_ref: execution.trigger_ref }),
    ...(token === undefined ? {} : { api_token: token, freshToken: mint }),
    timeout_seconds,
    held_until_ms,
    ...declaredOf(outputSchema(context.schemas, action)),
    known_secrets: [
      ...textsIn([...secrets.map(({ value }) => value), ...delivered.secrets]),
      ...(token === undefined ? [] : [token]),
    ],
  }
}

/** The key changes with the files and the configuration of the pack, and with its runtime. */
function environmentNeedOf(action: RunnableAction): Pick<RunRequest, 'environment_need'> {
  const { pack, pack_ref, pack_path, runtime_id, runtime_version_constraint: constraint } = action
  if (runtime_id === null) return {}
  const required = action.required_worker_runtimes
  const wishes = `${constraint ?? ''}:${required === null ? '' : JSON.stringify(required)}`
  const key = `${pack}:${action.pack_updated}:${runtime_id}:${action.runtime_updated}:${wishes}`
  return {
    environment_need: {
      key,
      pack,
      pack_ref,
      pack_dir: pack_path ?? undefined,
      runtime: runtime_id,
      constraint,
      required,
    },
  }
}

/** A token for what the action may do, valid a little longer than it may run; none when nothing is permitted. */
async function executionToken(
  tokens: Tokens,
  execution: ClaimedExecution,
  timeoutSeconds: number,
): Promise<string | undefined> {
  if (execution.permission_set_refs.length === 0 || execution.executor === null) return undefined
  return tokens.mint({
    sub: String(execution.executor),
    login: `execution:${execution.id}`,
    token_type: 'execution',
    scope: 'execution',
    ttl_seconds: timeoutSeconds + 60,
    metadata: {
      execution_id: execution.id,
      action_ref: execution.action_ref,
      permission_set_refs: execution.permission_set_refs,
    },
  })
}

export function outputSchema(
  schemas: SchemaCache,
  action: RunnableAction | undefined,
): CompiledSchema | undefined {
  if (action?.out_schema == null) return undefined
  return schemas.get(`action-output:${action.id}`, action.updated, action.out_schema)
}

function declaredOf(schema: CompiledSchema | undefined): Pick<RunRequest, 'declared_secrets'> {
  return schema === undefined || schema.secretPaths.length === 0
    ? {}
    : { declared_secrets: (data) => schema.collectSecrets(data) }
}
