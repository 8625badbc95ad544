import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'

/** An action with its runtime, as placing and running it need them. */
export type RunnableAction = {
  id: Id<'action'>
  ref: string
  pack: Id<'pack'>
  pack_ref: string
  /** Where the pack's files are; null for a pack without files. */
  pack_path: string | null
  /** Changes when the pack is registered anew or configured. */
  pack_updated: string
  entrypoint: string
  is_adhoc: boolean
  param_schema: Json
  out_schema: Json
  parameter_delivery: 'stdin' | 'file'
  parameter_format: 'json' | 'dotenv' | 'yaml'
  output_format: 'text' | 'json' | 'yaml' | 'jsonl'
  timeout_seconds: number | null
  success_exit_codes: number[]
  accepted_env_vars: string[]
  key_refs: string[]
  runtime_version_constraint: string | null
  required_worker_runtimes: Json
  worker_selector: Json
  worker_tolerations: Json
  worker_affinity: Json
  /** Changes with the row: what is compiled from it is kept under (id, updated). */
  updated: string
  runtime_id: Id<'runtime'> | null
  runtime_ref: string | null
  runtime_name: string | null
  runtime_aliases: string[] | null
  runtime_execution_config: Json
  runtime_updated: string | null
}

/** Actions of a batch by id. The array from a subquery keeps the prepared plan: see findCandidates. */
export async function runnableActions(
  db: Queryable,
  ids: Iterable<Id<'action'>>,
): Promise<Map<Id<'action'>, RunnableAction>> {
  const rows = await db.many<RunnableAction>(sql`
    select a.id, a.ref, a.pack, a.pack_ref, p.storage_path as pack_path, p.updated as pack_updated, a.entrypoint, a.is_adhoc, a.param_schema, a.out_schema, a.parameter_delivery,
      a.parameter_format, a.output_format, a.timeout_seconds, a.success_exit_codes, a.accepted_env_vars, a.key_refs, a.runtime_version_constraint,
      a.required_worker_runtimes, a.worker_selector, a.worker_tolerations, a.worker_affinity, a.updated,
      r.id as runtime_id, r.ref as runtime_ref, r.name as runtime_name, r.aliases as runtime_aliases,
      r.execution_config as runtime_execution_config, r.updated as runtime_updated
    from action a
    join pack p on p.id = a.pack
    left join runtime r on r.id = a.runtime
    where a.id = any(array(select unnest(${[...new Set(ids)]}::bigint[])))`)
  return new Map(rows.map((row) => [row.id, row]))
}
