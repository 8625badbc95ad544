import type { Transaction } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { type Changing, recordChange } from '../form/change-record.ts'
import {
  checkPlaced,
  checkRef,
  checkRequired,
  checkSchemas,
  checkVersion,
  refuse,
  refuseTaken,
} from '../form/check.ts'
import { patched } from '../../schema/body-fields.ts'
import { checkAcceptedEnvVars } from './env-vars.ts'
import { requireNameable } from '../key/naming.ts'
import * as packs from '../pack/queries.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import { distinctRefs, holderOf, requireDelegable } from '../../access/permission/delegation.ts'
import { relink } from '../rule/queries.ts'
import { type ChosenRuntime, chosenRuntime } from '../runtime/choose.ts'
import type { Action, ActionDetail } from './action.ts'
import type { CreateAction, UpdateAction } from './body.ts'
import * as actions from './queries.ts'

type Writing = Changing & { tx: Transaction }

/**
 * Makes an action by hand. Refuses, in this order: what is wrong with it by itself, a pack in which the caller makes
 * no actions, a ref that is taken, a pack or runtime that is not there, permissions that the caller does not hold.
 */
export async function createAction(writing: Writing, body: CreateAction): Promise<ActionDetail> {
  const { tx, caller } = writing
  refuse('VALIDATION_ERROR', [
    ...checkRef(body.ref),
    ...checkSchemas({ param_schema: body.param_schema, out_schema: body.out_schema }),
    ...checkAcceptedEnvVars(body.accepted_env_vars),
  ])
  refuse('BAD_REQUEST', [
    ...checkVersion(body.runtime_version_constraint),
    ...checkRequired(body.required_worker_runtimes),
    ...checkPlaced(body),
  ])
  const { ref, pack_ref } = body
  requireCreate(caller, ['actions', 'create'], {
    ref,
    pack_ref,
    what: `the action '${ref}' of the pack '${pack_ref}'`,
  })
  refuseTaken('action', ref, await actions.findByRef(tx, ref))
  const pack = await packs.getByRef(tx, pack_ref, 'pack_ref')
  const runtime = await chosenRuntime(tx, caller, body)
  const content = contentOf(body, runtime)
  await requireDelegable(tx, holderOf(caller).grants, content.default_execution_permission_set_refs)
  await requireNameable(tx, caller, content.key_refs)
  const made = await actions.insert(tx, { id: pack.id, ref: pack.ref }, content)
  await relink(tx, [ref], [])
  await recordChange(tx, writing, { kind: 'action', done: 'created', resource: made })
  return { ...made, runtime_ref: runtime?.ref ?? null }
}

function contentOf(body: CreateAction, runtime: ChosenRuntime | undefined): actions.ActionContent {
  return {
    ref: body.ref,
    label: body.label,
    description: body.description ?? null,
    entrypoint: body.entrypoint,
    runtime: runtime?.id ?? null,
    param_schema: body.param_schema ?? null,
    out_schema: body.out_schema ?? null,
    ...runningOf(body),
    runtime_version_constraint: body.runtime_version_constraint ?? null,
    timeout_seconds: body.timeout_seconds ?? null,
    log_retention_policy: body.log_retention_policy ?? null,
    log_retention_limit: body.log_retention_limit ?? null,
    artifact_retention_policy: body.artifact_retention_policy ?? null,
    artifact_retention_limit: body.artifact_retention_limit ?? null,
  }
}

const plain: Running = {
  parameter_delivery: 'stdin',
  parameter_format: 'json',
  output_format: 'text',
  max_retries: 0,
  accesses_mcp: false,
  default_execution_permission_set_refs: [],
  accepted_env_vars: [],
  key_refs: [],
  required_worker_runtimes: {},
  worker_selector: {},
  worker_tolerations: [],
  worker_affinity: {},
}

type Running = Pick<
  Action,
  | 'parameter_delivery'
  | 'parameter_format'
  | 'output_format'
  | 'max_retries'
  | 'accesses_mcp'
  | 'default_execution_permission_set_refs'
  | 'accepted_env_vars'
  | 'key_refs'
  | 'required_worker_runtimes'
  | 'worker_selector'
  | 'worker_tolerations'
  | 'worker_affinity'
>

/** How and where it runs: what the body gives over what is there. */
function runningOf(body: CreateAction | UpdateAction, before: Running = plain): Running {
  return {
    parameter_delivery: body.parameter_delivery ?? before.parameter_delivery,
    parameter_format: body.parameter_format ?? before.parameter_format,
    output_format: body.output_format ?? before.output_format,
    max_retries: body.max_retries ?? before.max_retries,
    accesses_mcp: body.accesses_mcp ?? before.accesses_mcp,
    ...grantsOf(body, before),
    required_worker_runtimes: body.required_worker_runtimes ?? before.required_worker_runtimes,
    worker_selector: body.worker_selector ?? before.worker_selector,
    worker_tolerations: body.worker_tolerations ?? before.worker_tolerations,
    worker_affinity: body.worker_affinity ?? before.worker_affinity,
  }
}

/** What it may do, and what it takes from outside. */
function grantsOf(body: CreateAction | UpdateAction, before: Running) {
  return {
    default_execution_permission_set_refs: distinctRefs(
      body.default_execution_permission_set_refs ?? before.default_execution_permission_set_refs,
    ),
    accepted_env_vars: distinctRefs(body.accepted_env_vars ?? before.accepted_env_vars),
    key_refs: distinctRefs(body.key_refs ?? before.key_refs),
  }
}

/**
 * Changes what is given of an action. Whoever changes its program or the permissions that it runs with must hold
 * these: nobody puts words of their own into the mouth of an action that may do more than they. Whoever changes
 * anything about one that gets keys must be allowed to decrypt these.
 */
export async function updateAction(writing: Writing, ref: string, body: UpdateAction): Promise<ActionDetail> {
  const { tx, caller } = writing
  const { runtime_version_constraint: version } = body
  refuse('VALIDATION_ERROR', [
    ...checkSchemas({ param_schema: body.param_schema, out_schema: body.out_schema }),
    ...checkAcceptedEnvVars(body.accepted_env_vars),
  ])
  refuse('BAD_REQUEST', [
    ...(version?.op === 'set' ? checkVersion(version.value) : []),
    ...checkRequired(body.required_worker_runtimes),
    ...checkPlaced(body),
  ])
  const before = await getToChange(writing, ref, 'update')
  const runtime = await chosenRuntime(tx, caller, body)
  const content = changed(before, body, runtime)
  if (isOtherProgram(before, content))
    await requireDelegable(tx, holderOf(caller).grants, content.default_execution_permission_set_refs)
  await requireNameable(tx, caller, content.key_refs)
  await actions.update(tx, before.id, content)
  await recordChange(tx, writing, { kind: 'action', done: 'updated', resource: before })
  return actions.getByRef(tx, ref)
}

function changed(
  before: Action,
  body: UpdateAction,
  runtime: ChosenRuntime | undefined,
): actions.ActionContent {
  return {
    ref: before.ref,
    label: body.label ?? before.label,
    description: body.description ?? before.description,
    entrypoint: body.entrypoint ?? before.entrypoint,
    runtime: runtime?.id ?? before.runtime,
    param_schema: body.param_schema ?? before.param_schema,
    out_schema: body.out_schema ?? before.out_schema,
    ...runningOf(body, before),
    runtime_version_constraint: patched(body.runtime_version_constraint, before.runtime_version_constraint),
    timeout_seconds: patched(body.timeout_seconds, before.timeout_seconds),
    log_retention_policy: patched(body.log_retention_policy, before.log_retention_policy),
    log_retention_limit: patched(body.log_retention_limit, before.log_retention_limit),
    artifact_retention_policy: patched(body.artifact_retention_policy, before.artifact_retention_policy),
    artifact_retention_limit: patched(body.artifact_retention_limit, before.artifact_retention_limit),
  }
}

function isOtherProgram(before: Action, after: actions.ActionContent): boolean {
  const refs = (action: Pick<Action, 'default_execution_permission_set_refs'>) =>
    action.default_execution_permission_set_refs.join(' ')
  return (
    before.entrypoint !== after.entrypoint || before.runtime !== after.runtime || refs(before) !== refs(after)
  )
}

/** Rules, executions and queues keep its ref. */
export async function deleteAction(writing: Writing, ref: string): Promise<void> {
  const action = await getToChange(writing, ref, 'delete')
  await actions.remove(writing.tx, action.id)
  await recordChange(writing.tx, writing, { kind: 'action', done: 'deleted', resource: action })
}

async function getToChange(
  { tx, caller }: Writing,
  ref: string,
  change: 'update' | 'delete',
): Promise<Action> {
  const action = await actions.lockByRef(tx, ref)
  if (action === undefined) throw noSuchAction(ref)
  const { id, pack_ref } = action
  requireChange(caller, ['actions', change], { id, ref, pack_ref, what: `the action '${ref}'` }, noSuchAction)
  return action
}

export function noSuchAction(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no action '${ref}'.`)
}
