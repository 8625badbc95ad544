import type { Queryable } from '../../../database/database.ts'
import { type Selected, selectPage } from '../../../database/page.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import * as rows from '../form/rows.ts'
import { type Action, action, type ActionHit } from './action.ts'

export function findByRef(db: Queryable, ref: string): Promise<Action | undefined> {
  return rows.findByRef(db, action, ref)
}

/** The condition that an action says this somewhere. */
export function says(text: string): Sql {
  const like = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql`(d.ref ilike ${like} or d.label ilike ${like} or d.description ilike ${like})`
}

/** A workflow is an action without a runtime whose entry point is a graph of tasks. */
export function search(
  db: Queryable,
  conditions: readonly Sql[],
  page: { limit: number; offset: number },
): Promise<Selected<ActionHit>> {
  return selectPage(
    db,
    {
      columns: sql`
        d.ref, d.pack_ref, d.label, d.description, d.accesses_mcp, r.ref as runtime_ref,
        d.runtime is null and d.entrypoint ~ '[.]workflow[.]ya?ml$' as is_workflow`,
      from: sql`action d left join runtime r on r.id = d.runtime`,
      where: join(conditions, ' and '),
      order: sql`d.ref`,
    },
    page,
  )
}

/** What the runtime of an action is called. */
export async function runtimeRefOf(db: Queryable, runtime: Id<'runtime'> | null): Promise<string | null> {
  if (runtime === null) return null
  const found = await db.maybe<{ ref: string }>(sql`select ref from runtime where id = ${runtime}`)
  return found?.ref ?? null
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
