import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Action, ActionDetail, ActionHit, ActionSummary } from './action.ts'

/** An action as a pack's file describes it, its runtime found. */
export type ActionContent = Omit<Action, 'id' | 'pack' | 'pack_ref' | 'is_adhoc' | 'created' | 'updated'>

export type ActionFilter = {
  pack?: Id<'pack'>
  pack_ref?: string
  packs?: readonly string[]
  q?: string
  /** Which actions may be shown. */
  allowed: Sql
}
type Limits = { limit: number; offset: number }

/** What grants are held against. */
export const columns = { id: sql`a.id`, ref: sql`a.ref`, pack_ref: sql`a.pack_ref` }

export function list(db: Queryable, filter: ActionFilter, page: Limits) {
  const shown = sql`
    a.id, a.ref, a.pack_ref, a.label, a.description, a.entrypoint, a.runtime, r.ref as runtime_ref,
    a.runtime_version_constraint, a.required_worker_runtimes, a.worker_selector, a.worker_tolerations,
    a.worker_affinity, a.is_adhoc, a.timeout_seconds, a.max_retries, a.accesses_mcp,
    a.default_execution_permission_set_refs, a.accepted_env_vars, a.key_refs, a.log_retention_policy,
    a.log_retention_limit, a.artifact_retention_policy, a.artifact_retention_limit, a.created, a.updated`
  return selectPage<ActionSummary>(db, { ...source(filter), columns: shown }, page)
}

/** A workflow is an action without a runtime whose entry point is a graph of tasks. */
export function search(db: Queryable, filter: ActionFilter, page: Limits) {
  const shown = sql`
    a.ref, a.pack_ref, a.label, a.description, a.accesses_mcp, r.ref as runtime_ref,
    a.runtime is null and a.entrypoint ~ '[.]workflow[.]ya?ml$' as is_workflow`
  return selectPage<ActionHit>(db, { ...source(filter), columns: shown }, page)
}

function source(filter: ActionFilter) {
  return {
    from: sql`action a left join runtime r on r.id = a.runtime`,
    where: whereOf(filter),
    order: sql`a.ref`,
  }
}

function whereOf({ pack, pack_ref, packs, q, allowed }: ActionFilter) {
  const text = q === undefined ? '' : `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`
  return join(
    [
      allowed,
      ...(pack === undefined ? [] : [sql`a.pack = ${pack}`]),
      ...(pack_ref === undefined ? [] : [sql`a.pack = (select id from pack where ref = ${pack_ref})`]),
      ...(packs === undefined ? [] : [sql`a.pack_ref = any(${packs})`]),
      ...(text === ''
        ? []
        : [sql`(a.ref ilike ${text} or a.label ilike ${text} or a.description ilike ${text})`]),
    ],
    ' and ',
  )
}

export function findByRef(
  db: Queryable,
  ref: string,
  allowed: Sql = sql`true`,
): Promise<ActionDetail | undefined> {
  return db.maybe(sql`
    select a.*, r.ref as runtime_ref
    from action a left join runtime r on r.id = a.runtime
    where a.ref = ${ref} and ${allowed}`)
}

/** What a rule needs to know of the action that it runs. */
export type ActionTarget = Pick<
  Action,
  'id' | 'ref' | 'pack_ref' | 'param_schema' | 'default_execution_permission_set_refs' | 'updated'
>

export function findTargets(db: Queryable, refs: readonly string[]): Promise<ActionTarget[]> {
  if (refs.length === 0) return Promise.resolve([])
  return db.many(sql`
    select id, ref, pack_ref, param_schema, default_execution_permission_set_refs, updated from action where ref = any(${refs})`)
}

/** The keys that actions name whose code comes with a pack or its runtimes, though its files do not describe them. */
export async function keyRefsOn(
  db: Queryable,
  { pack_ref, runtime_refs }: { pack_ref: string | null; runtime_refs: readonly string[] },
): Promise<string[]> {
  const rows = await db.many<{ ref: string }>(sql`
    select distinct n.ref
    from action a
    left join runtime r on r.id = a.runtime
    cross join unnest(a.key_refs) as n (ref)
    where (a.pack_ref = ${pack_ref} and a.is_adhoc) or r.ref = any(${runtime_refs})
    order by n.ref`)
  return rows.map(({ ref }) => ref)
}

/** The columns that whoever writes an action decides about, and how they come out of JSON. */
const written = sql`
  label, description, entrypoint, runtime, param_schema, out_schema, parameter_delivery, parameter_format, output_format,
  timeout_seconds, max_retries, runtime_version_constraint, accesses_mcp, default_execution_permission_set_refs,
  accepted_env_vars, key_refs, log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit,
  required_worker_runtimes, worker_selector, worker_tolerations, worker_affinity`
const fromJson = sql`
  label, description, entrypoint, runtime, nullif(param_schema, 'null'), nullif(out_schema, 'null'), parameter_delivery,
  parameter_format, output_format, timeout_seconds, max_retries, runtime_version_constraint, accesses_mcp,
  default_execution_permission_set_refs, accepted_env_vars, key_refs, log_retention_policy, log_retention_limit,
  artifact_retention_policy, artifact_retention_limit, required_worker_runtimes, worker_selector, worker_tolerations,
  worker_affinity`

/** An action that somebody makes by hand. */
export function insert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  action: ActionContent,
): Promise<Action> {
  return tx.one(sql`
    insert into action (pack, pack_ref, is_adhoc, ref, ${written})
    select ${pack.id}, ${pack.ref}, true, ref, ${fromJson} from json_populate_record(null::action, ${json(action)})
    returning *`)
}

export function update(tx: Transaction, id: Id<'action'>, action: ActionContent): Promise<number> {
  return tx.run(sql`
    update action set (${written}) = (
      select ${fromJson} from json_populate_record(null::action, ${json(action)}))
    where id = ${id}`)
}

/** The action as it is shown, after it was written. */
export function getByRef(db: Queryable, ref: string): Promise<ActionDetail> {
  return db.one(sql`
    select a.*, r.ref as runtime_ref
    from action a left join runtime r on r.id = a.runtime
    where a.ref = ${ref}`)
}

/** The action, held until the transaction ends: what is decided from it stays true. */
export function lockByRef(tx: Transaction, ref: string): Promise<Action | undefined> {
  return tx.maybe(sql`select * from action where ref = ${ref} for update`)
}

export function remove(tx: Transaction, id: Id<'action'>): Promise<number> {
  return tx.run(sql`delete from action where id = ${id}`)
}

/**
 * Writes the actions of a pack in place; what a file no longer says is cleared. One of another pack is left
 * alone; the refs that are this pack's now are answered.
 */
export function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly ActionContent[],
): Promise<{ id: Id<'action'>; ref: string }[]> {
  return tx.many(sql`
    insert into action as a
      (pack, pack_ref, is_adhoc, ref, label, description, entrypoint, runtime, param_schema, out_schema,
       parameter_delivery, parameter_format, output_format, timeout_seconds, max_retries, runtime_version_constraint,
       accesses_mcp, default_execution_permission_set_refs, accepted_env_vars, key_refs, log_retention_policy,
       log_retention_limit, artifact_retention_policy, artifact_retention_limit, required_worker_runtimes,
       worker_selector, worker_tolerations, worker_affinity)
    select ${pack.id}, ${pack.ref}, false, ref, label, description, entrypoint, runtime, nullif(param_schema, 'null'),
      nullif(out_schema, 'null'), parameter_delivery, parameter_format, output_format, timeout_seconds, max_retries,
      runtime_version_constraint, accesses_mcp, default_execution_permission_set_refs, accepted_env_vars, key_refs,
      log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit,
      required_worker_runtimes, worker_selector, worker_tolerations, worker_affinity
    from json_populate_recordset(null::action, ${json(list)})
    on conflict (ref) do update set
      pack_ref = excluded.pack_ref, is_adhoc = false, label = excluded.label, description = excluded.description,
      entrypoint = excluded.entrypoint, runtime = excluded.runtime, param_schema = excluded.param_schema,
      out_schema = excluded.out_schema, parameter_delivery = excluded.parameter_delivery,
      parameter_format = excluded.parameter_format, output_format = excluded.output_format,
      timeout_seconds = excluded.timeout_seconds, max_retries = excluded.max_retries,
      runtime_version_constraint = excluded.runtime_version_constraint, accesses_mcp = excluded.accesses_mcp,
      default_execution_permission_set_refs = excluded.default_execution_permission_set_refs,
      accepted_env_vars = excluded.accepted_env_vars, key_refs = excluded.key_refs,
      log_retention_policy = excluded.log_retention_policy, log_retention_limit = excluded.log_retention_limit,
      artifact_retention_policy = excluded.artifact_retention_policy,
      artifact_retention_limit = excluded.artifact_retention_limit,
      required_worker_runtimes = excluded.required_worker_runtimes, worker_selector = excluded.worker_selector,
      worker_tolerations = excluded.worker_tolerations, worker_affinity = excluded.worker_affinity
    where a.pack = excluded.pack
    returning id, ref`)
}

/** Removes the actions of a pack that its files no longer describe. What people made stays. */
export function removeVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<number> {
  return tx.run(sql`delete from action where pack = ${pack} and not is_adhoc and ref <> all(${described})`)
}

/** The ref of every action, for whoever looks for the one that was meant. */
export async function allRefs(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ ref: string }>(sql`select ref from action order by ref limit 10000`)
  return rows.map(({ ref }) => ref)
}
