import type { Queryable } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'

/** Remembers why a rule could not be evaluated; once per different reason, so that a busy rule is not rewritten. */
export async function noteErrors(
  db: Queryable,
  errors: readonly { rule: Id<'rule'>; message: string }[],
): Promise<void> {
  if (errors.length === 0) return
  await db.run(sql`
    with news as (
      select r.id, e.message
      from rule r join json_to_recordset(${json(errors)}) as e (rule bigint, message text) on e.rule = r.id
      where r.last_error is distinct from e.message or r.last_error_at < now() - interval '1 minute'
      order by r.id
      for no key update of r)
    update rule r set last_error = n.message, last_error_at = now()
    from news n where r.id = n.id`)
}
