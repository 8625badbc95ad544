import { type Static, Type } from 'typebox'
import { checkEnvVars } from '../../definition/action/env-vars.ts'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { anyObject, nullable, oneOf } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import type { Action } from '../../definition/action/action.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import type { CompiledSchema } from '../../schema/compile.ts'
import { requireChange } from '../../access/permission/change.ts'
import { ownershipOf } from '../../access/permission/authority.ts'
import {
  distinctRefs,
  type GrantHolder,
  holderOf,
  requireDelegable,
} from '../../access/permission/delegation.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { store } from '../../secret/queries.ts'
import { redact } from '../../secret/redact.ts'
import { createManually, type ManualExecution } from './create.ts'
import { retentionPolicies } from './execution.ts'
import { checkNarrowing } from './combine.ts'
import { checkPlacement } from '../../definition/form/placement.ts'

const narrowing = (description: string) => Type.Optional(Type.Unsafe<Json>({ description }))

/** An execution as a caller asks for it. Null is the same as not given. */
export const ExecutionRequest = Type.Object(
  {
    action_ref: Type.String({ minLength: 1, maxLength: 255 }),
    parameters: Type.Optional(nullable(anyObject)),
    parameter_texts: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.String(), {
          description:
            'Parameters as somebody typed them, by name: each is read as the action asks for it. They win over `parameters`, which are taken as they are.',
        }),
      ),
    ),
    env_vars: Type.Optional(
      nullable({ ...anyObject, description: 'Text by name; only names in accepted_env_vars of the action.' }),
    ),
    permission_set_refs: Type.Optional(
      nullable(
        Type.Array(Type.String(), {
          maxItems: 100,
          description: 'What the execution may do. Default: what its action says; [] gives it no token.',
        }),
      ),
    ),
    artifact_retention_policy: Type.Optional(nullable(oneOf(retentionPolicies))),
    artifact_retention_limit: Type.Optional(nullable(Type.Integer({ maximum: 2_147_483_647 }))),
    worker_selector: narrowing('Labels that the worker must have besides those that the action asks for.'),
    worker_tolerations: narrowing('Which of the tolerations of the action hold. Default: all of them.'),
    worker_affinity: narrowing('What must hold besides the affinity of the action.'),
  },
  { title: 'ExecutionRequest', additionalProperties: false },
)
export type ExecutionRequest = Static<typeof ExecutionRequest>

type ExecuteContext = {
  caller: Caller
  request_id: string
  schemas: SchemaCache
  cipher: Cipher
  inline_limit_bytes: number
}

/** Who asks, as the execution will know it. */
type Asker = Pick<ManualExecution, 'parent' | 'executor' | 'authority_set_refs'>

type Executable = Pick<
  Action,
  | 'id'
  | 'ref'
  | 'pack_ref'
  | 'param_schema'
  | 'max_retries'
  | 'default_execution_permission_set_refs'
  | 'accepted_env_vars'
  | 'worker_selector'
  | 'worker_tolerations'
  | 'worker_affinity'
  | 'artifact_retention_policy'
  | 'artifact_retention_limit'
  | 'updated'
>

/** Creates the execution, its secrets set aside, or refuses with every field that is wrong. */
export async function execute(
  tx: Transaction,
  request: ExecutionRequest,
  context: ExecuteContext,
): Promise<Id<'execution'>> {
  const action = await getAction(tx, request.action_ref, context.caller)
  const schema = context.schemas.get(`action:${action.id}`, action.updated, action.param_schema)
  const parameters = {
    ...request.parameters,
    ...schema.readTyped(request.parameter_texts ?? {}, 'parameters'),
  }
  checkRequest(request, action, { parameters, schema, limitBytes: context.inline_limit_bytes })
  const refs = await delegated(tx, request, action, context.caller)
  const asker = askerOf(holderOf(context.caller))
  const secretive = schema.collectSecrets(parameters).map(({ pointer }) => pointer)
  const { redacted, secrets } = redact(parameters, secretive)
  const [created] = await createManually(tx, [
    {
      ...asker,
      ...ownWishes(request, action),
      config: emptyAsNull(redacted),
      permission_set_refs: refs,
      correlation_id: context.request_id,
    },
  ])
  if (created === undefined) throw new Error('No execution was created.')
  await store(tx, context.cipher, 'execution_config', [{ id: created.id, secrets, source_kind: 'parameter' }])
  return created.id
}

/** The action, if the caller may run it; one that they may not even read is not there for them. */
async function getAction(db: Queryable, ref: string, caller: Caller): Promise<Executable> {
  const action = await db.maybe<Executable>(sql`
    select id, ref, pack_ref, param_schema, max_retries, default_execution_permission_set_refs, accepted_env_vars, worker_selector,
      worker_tolerations, worker_affinity, artifact_retention_policy, artifact_retention_limit, updated
    from action
    where ref = ${ref}`)
  if (action === undefined) throw noSuchAction(ref)
  const target = { id: action.id, ref, pack_ref: action.pack_ref, what: `the action '${ref}'` }
  requireChange(caller, ['actions', 'execute'], target, noSuchAction)
  return action
}

function noSuchAction(ref: string): Problem {
  const message = `there is no action '${ref}'`
  return new Problem('NOT_FOUND', `action_ref: ${message}.`, [{ field: 'action_ref', message }])
}

function checkRequest(
  request: ExecutionRequest,
  action: Executable,
  { parameters, schema, limitBytes }: { parameters: JsonObject; schema: CompiledSchema; limitBytes: number },
): void {
  const size = Buffer.byteLength(JSON.stringify(parameters))
  if (size > limitBytes) {
    const message = `have ${size} bytes and at most ${limitBytes} are stored; send less, or a ref to an artifact`
    throw refusal('PAYLOAD_TOO_LARGE', [{ field: 'parameters', message }])
  }
  const wishes = [...checkPlacement(placementOf(request), ''), ...checkRetention(request)]
  if (wishes.length > 0) throw refusal('BAD_REQUEST', wishes)
  const problems = [
    ...checkEnvVars(request.env_vars ?? {}, action.accepted_env_vars),
    ...checkNarrowing(placementOf(request), action),
    ...schema.validate(parameters, 'parameters'),
  ]
  if (problems.length > 0) throw refusal('VALIDATION_ERROR', problems)
}

function refusal(code: Problem['code'], problems: FieldProblem[]): Problem {
  return new Problem(
    code,
    `${problems.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`,
    problems,
  )
}

function checkRetention({ artifact_retention_limit: limit }: ExecutionRequest): FieldProblem[] {
  if (limit == null || limit >= 1) return []
  return [{ field: 'artifact_retention_limit', message: 'must be 1 or more' }]
}

function placementOf(request: ExecutionRequest) {
  return {
    worker_selector: request.worker_selector ?? null,
    worker_tolerations: request.worker_tolerations ?? null,
    worker_affinity: request.worker_affinity ?? null,
  }
}

/** The permission sets of the execution: whoever asks for it must hold what they grant, also by default. */
async function delegated(
  tx: Transaction,
  request: ExecutionRequest,
  action: Executable,
  caller: Caller,
): Promise<string[]> {
  const refs = distinctRefs(request.permission_set_refs ?? action.default_execution_permission_set_refs)
  await requireDelegable(tx, holderOf(caller).grants, refs)
  return refs
}

/** What an execution asks for is its child, in the same name, and within its sets. */
function askerOf(caller: GrantHolder): Asker {
  const { owner_identity, authority_set_refs } = ownershipOf(caller)
  const parent = caller.kind === 'execution' ? caller.execution : null
  return { parent, executor: owner_identity, authority_set_refs }
}

function ownWishes(request: ExecutionRequest, action: Executable) {
  return {
    action: action.id,
    action_ref: action.ref,
    env_vars: emptyAsNull(request.env_vars ?? {}),
    max_retries: action.max_retries ?? 0,
    artifact_retention_policy: request.artifact_retention_policy ?? action.artifact_retention_policy,
    artifact_retention_limit: request.artifact_retention_limit ?? action.artifact_retention_limit,
    ...placementOf(request),
  }
}

function emptyAsNull(object: JsonObject): JsonObject | null {
  return Object.keys(object).length > 0 ? object : null
}
