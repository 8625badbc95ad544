import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Id } from '../../id.ts'
import type { Execution } from './execution.ts'

export function find(tx: Queryable, id: Id<'execution'>): Promise<Execution | undefined> {
  return tx.maybe(sql`select * from execution where id = ${id}`)
}

/** Those among `ids` that ended badly and have a retry left. */
export function findRetriable(tx: Queryable, ids: readonly Id<'execution'>[]): Promise<{ id: Id<'execution'> }[]> {
  return tx.many(sql`
    select id from execution
    where id = any(${ids})
      and status in ('failed', 'timeout', 'abandoned')
      and retry_count < coalesce(max_retries, 0)`)
}
