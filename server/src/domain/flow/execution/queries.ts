import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { PLATFORM } from '../../access/identity/platform.ts'
import type { Execution } from './execution.ts'

/** Why the account `i` that `e` runs as starts nothing any more; null where it may, or where `e` runs as nobody. */
export function lostAccount(e: Sql, i: Sql): Sql {
  return sql`case
    when ${e}.executor is null then null
    when ${i}.id is null then 'The account that it runs as is gone'
    when ${i}.frozen then format('The account %s that it runs as is frozen', ${i}.login) end`
}

/**
 * Those among `ids` that ended badly and have a retry left. Nobody wants more of what was cancelled. The array keeps the
 * prepared plan: see findCandidates.
 */
export function findRetriable(
  tx: Queryable,
  ids: readonly Id<'execution'>[],
): Promise<{ id: Id<'execution'>; retry_count: number }[]> {
  return tx.many(sql`
    select id, retry_count from execution
    where id = any(array(select unnest(${ids}::bigint[])))
      and status in ('failed', 'timeout', 'abandoned')
      and retry_count < coalesce(max_retries, 0)
      and not followed_up
      and cancel_requested_at is null`)
}

/**
 * Whether `id` was caused by `ancestor`, at any depth, or is a retry of what was. Walks up from it by primary key; the
 * number of steps bounds a chain that nobody means.
 */
export async function isDescendant(
  db: Queryable,
  id: Id<'execution'>,
  ancestor: Id<'execution'>,
): Promise<boolean> {
  const found = await db.maybe(sql`
    with recursive line (id, parent, depth) as (
      select id, parent, 0 from execution where id = ${id}
      union all
      select e.id, e.parent, line.depth + 1
      from line join execution e on e.id = line.parent
      where line.depth < 100)
    select 1 as found from line where parent = ${ancestor} limit 1`)
  return found !== undefined
}

/** Who holds the token of an execution, by its row. */
type TokenBearer = Pick<Execution, 'action_ref' | 'permission_set_refs'> & {
  live: boolean
  /** The platform where nobody asked for it. */
  runs_as: Id<'identity'>
  /** Whether that account is frozen or gone. */
  frozen: boolean
  /** What its permission sets grant now. */
  grants: Grant[]
}

export function findBearer(db: Queryable, id: Id<'execution'>): Promise<TokenBearer | undefined> {
  return db.maybe(sql`
    select e.live, e.action_ref, e.permission_set_refs, coalesce(e.executor, ${PLATFORM}) as runs_as,
      not exists (select from identity i where i.id = coalesce(e.executor, ${PLATFORM}) and not i.frozen) as frozen,
      coalesce((select jsonb_agg(g) from permission_set s cross join jsonb_array_elements(s.grants) g
        where s.ref = any(e.permission_set_refs)), '[]') as grants
    from execution e
    where e.id = ${id}`)
}
