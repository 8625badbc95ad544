import type { Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { publish } from '../../../messages/publish.ts'
import { isStillOf } from '../enforcement/queries.ts'
import { copy } from '../../secret/queries.ts'
import { holdsMarker } from '../../secret/redact.ts'
import type { Execution } from './execution.ts'

/** What somebody asks to be run by hand. */
export type ManualExecution = {
  action: Id<'action'>
  action_ref: string
  config: JsonObject | null
  env_vars: JsonObject | null
  /** The execution that asks. */
  parent: Id<'execution'> | null
  executor: Id<'identity'> | null
  permission_set_refs: string[]
  /** What bounds it, where an execution asks. */
  authority_set_refs: readonly string[] | null
  max_retries: number
  artifact_retention_policy: Execution['artifact_retention_policy']
  artifact_retention_limit: number | null
  worker_selector: Json
  worker_tolerations: Json
  worker_affinity: Json
  correlation_id: string | null
}

/** Creates executions asked for by a caller and says ExecutionRequested for each. */
export async function createManually(
  tx: Transaction,
  list: readonly ManualExecution[],
): Promise<Execution[]> {
  const created = await tx.many<Execution>(sql`
    insert into execution
      (action, action_ref, config, env_vars, parent, executor, permission_set_refs, authority_set_refs, max_retries,
       artifact_retention_policy, artifact_retention_limit, worker_selector, worker_tolerations, worker_affinity,
       correlation_id)
    select action, action_ref, nullif(config, 'null'), nullif(env_vars, 'null'), parent, executor,
      array(select jsonb_array_elements_text(permission_set_refs)), authority_set_refs, max_retries,
      artifact_retention_policy, artifact_retention_limit, nullif(worker_selector, 'null'), nullif(worker_tolerations, 'null'),
      nullif(worker_affinity, 'null'), correlation_id
    from json_to_recordset(${json(list)}) as e
      (action bigint, action_ref text, config jsonb, env_vars jsonb, parent bigint, executor bigint,
       permission_set_refs jsonb, authority_set_refs text[], max_retries integer,
       artifact_retention_policy artifact_retention_enum, artifact_retention_limit integer, worker_selector jsonb, worker_tolerations jsonb, worker_affinity jsonb,
       correlation_id uuid)
    returning *`)
  await publishRequested(tx, created)
  return created
}

/**
 * Creates the executions of enforcements, each with what its rule and action say now: who it runs as and within which
 * bound, which permission sets, how many retries. One per enforcement, whatever is delivered twice.
 */
export async function createForEnforcements(
  tx: Transaction,
  enforcements: readonly Id<'enforcement'>[],
): Promise<Execution[]> {
  if (enforcements.length === 0) return []
  const created = await tx.many<Execution>(sql`
    insert into execution
      (action, action_ref, config, enforcement, executor, permission_set_refs, authority_set_refs, max_retries,
       artifact_retention_policy, artifact_retention_limit, correlation_id)
    select a.id, a.ref, e.config, e.id, r.owner_identity,
      coalesce(r.permission_set_refs, a.default_execution_permission_set_refs), r.authority_set_refs,
      coalesce(a.max_retries, 0), a.artifact_retention_policy, a.artifact_retention_limit, e.correlation_id
    from enforcement e
    join rule r on r.id = e.rule
    join action a on a.id = r.action
    where e.id = any(${enforcements}) and ${isStillOf(sql`e`, sql`r`)}
    order by e.id
    on conflict (enforcement)
      where enforcement is not null and parent is null and original_execution is null do nothing
    returning *`)
  const secretive = created.filter((execution) => holdsMarker(execution.config))
  await copy(
    tx,
    'enforcement_config',
    'execution_config',
    secretive.flatMap(({ id, enforcement }) => (enforcement === null ? [] : [{ from: enforcement, to: id }])),
  )
  await publishRequested(tx, created)
  return created
}

/**
 * Creates the next attempt of executions that ended badly: a new row that names the first one. Asked twice, the
 * unique attempt number lets only one through. Its request is due after `delay_ms`.
 */
export async function createRetries(
  tx: Transaction,
  ended: readonly { id: Id<'execution'>; delay_ms: number }[],
): Promise<Execution[]> {
  if (ended.length === 0) return []
  await followedUp(
    tx,
    ended.map(({ id }) => id),
  )
  const created = await tx.many<Execution>(sql`
    insert into execution
      (action, action_ref, config, env_vars, parent, enforcement, executor, permission_set_refs, authority_set_refs,
       artifact_retention_policy, artifact_retention_limit, worker_selector, worker_tolerations, worker_affinity,
       workflow_task, retry_count, max_retries, retry_reason, original_execution, correlation_id, due_at)
    select action, action_ref, config, env_vars, parent, enforcement, executor, permission_set_refs, authority_set_refs,
      artifact_retention_policy, artifact_retention_limit, worker_selector, worker_tolerations, worker_affinity,
      workflow_task, retry_count + 1, max_retries, status::text, coalesce(original_execution, execution.id),
      correlation_id, now() + ended.delay_ms * interval '1 millisecond'
    from execution
    join json_to_recordset(${json(ended)}) as ended (id bigint, delay_ms float8) on ended.id = execution.id
    order by coalesce(original_execution, execution.id), retry_count
    on conflict (original_execution, retry_count) where original_execution is not null do nothing
    returning *`)
  await copySecrets(tx, created)
  const delays = new Map(
    created.map(({ id, due_at, created: since }) => [id, Date.parse(due_at ?? since) - Date.parse(since)]),
  )
  await publishRequested(tx, created, ({ id }) => delays.get(id) ?? 0)
  return created
}

/**
 * Creates a further attempt after the latest ones of some executions, whatever retries they have left. Answers the
 * new attempt of each; one that somebody else has just made is missing.
 */
export async function createReplays(
  tx: Transaction,
  latest: readonly Id<'execution'>[],
): Promise<Map<Id<'execution'>, Id<'execution'>>> {
  if (latest.length === 0) return new Map()
  await followedUp(tx, latest)
  const created = await tx.many<Execution>(sql`
    insert into execution
      (action, action_ref, config, env_vars, parent, enforcement, executor, permission_set_refs, authority_set_refs,
       artifact_retention_policy, artifact_retention_limit, worker_selector, worker_tolerations, worker_affinity,
       workflow_task, retry_count, max_retries, retry_reason, original_execution, correlation_id)
    select action, action_ref, config, env_vars, parent, enforcement, executor, permission_set_refs, authority_set_refs,
      artifact_retention_policy, artifact_retention_limit, worker_selector, worker_tolerations, worker_affinity,
      workflow_task, retry_count + 1, max_retries, 'replayed', coalesce(original_execution, id), correlation_id
    from execution
    where id = any(${latest})
    order by coalesce(original_execution, id), retry_count
    on conflict (original_execution, retry_count) where original_execution is not null do nothing
    returning *`)
  await copySecrets(tx, created)
  await publishRequested(tx, created)
  const made = await tx.many<{ before: Id<'execution'>; id: Id<'execution'> }>(sql`
    select b.id as before, n.id
    from execution b
    join execution n
      on n.original_execution = coalesce(b.original_execution, b.id) and n.retry_count = b.retry_count + 1
    where b.id = any(${latest}) and n.id = any(${created.map(({ id }) => id)})`)
  return new Map(made.map(({ before, id }) => [before, id]))
}

/** A further attempt has the parameters of the first, the secret ones too. */
async function copySecrets(tx: Transaction, created: readonly Execution[]): Promise<void> {
  const secretive = created.filter((execution) => holdsMarker(execution.config))
  await copy(
    tx,
    'execution_config',
    'execution_config',
    secretive.flatMap(({ id, original_execution }) =>
      original_execution === null ? [] : [{ from: original_execution, to: id }],
    ),
  )
}

/** What follows these ends is there, so that no sweep asks for it again. */
function followedUp(tx: Transaction, ids: readonly Id<'execution'>[]): Promise<number> {
  return tx.run(sql`
    with ended as (
      select id from execution where id = any(${ids}) and not followed_up
      order by id
      for no key update)
    update execution e set followed_up = true where e.id = any(array(select id from ended))`)
}

/**
 * Notes that executions begin to wait for a worker that is away, at most for `grace_seconds`: they are said again every
 * moment, and no sweep takes them for lost. Written once, not at every look.
 */
export function noteWaiting(
  tx: Transaction,
  ids: readonly Id<'execution'>[],
  grace_seconds: number,
): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0)
  return tx.run(sql`
    update execution
    set wait_ends_at = now() + ${grace_seconds} * interval '1 second',
      due_at = now() + ${grace_seconds} * interval '1 second'
    where id = any(${ids}) and status = 'requested' and wait_ends_at is null`)
}

type Requested = Pick<
  Execution,
  'id' | 'action' | 'action_ref' | 'parent' | 'enforcement' | 'config' | 'correlation_id' | 'retry_count'
>

/** Says ExecutionRequested, now or after a delay. */
export function publishRequested(
  tx: Transaction,
  executions: readonly Requested[],
  delayMs: (execution: Requested) => number = () => 0,
): Promise<void> {
  return publish(
    tx,
    'ExecutionRequested',
    executions.map((execution) => ({
      correlation_id: execution.correlation_id,
      delay_ms: delayMs(execution),
      payload: {
        execution_id: execution.id,
        action_id: execution.action,
        action_ref: execution.action_ref,
        parent_id: execution.parent,
        enforcement_id: execution.enforcement,
        config: execution.config,
      },
    })),
  )
}
