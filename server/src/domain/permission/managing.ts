import type { Queryable, Transaction } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Caller } from '../../http/caller.ts'
import { Problem } from '../../problem.ts'
import { allows } from './scope.ts'

/** The root of all authority: whoever has it may give anybody anything, themselves too. */
export const MANAGING = ['permissions', 'manage'] as const

export function managesPermissions(caller: Caller): boolean {
  return allows(caller, MANAGING, {})
}

/**
 * Does what may take authority away and undoes it when nobody would be left who manages permissions: only the database
 * itself could bring that back.
 */
export async function keepingManagers<Result>(tx: Transaction, work: () => Promise<Result>): Promise<Result> {
  // Two who take it from each other at once would each see the other still there.
  await tx.run(sql`select pg_advisory_xact_lock(hashtext('attune.permission_managers'))`)
  const before = await hasManager(tx)
  const result = await work()
  if (before && !(await hasManager(tx))) {
    throw new Problem(
      'CONFLICT',
      'Nobody would be left who manages permissions; give permissions:manage to another account first.',
    )
  }
  return result
}

/** Whether an account that is not frozen manages permissions, whoever it is and whatever it is like. */
export async function hasManager(db: Queryable): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`
    select exists (
      select from permission_set s
      cross join jsonb_array_elements(s.grants) g
      join identity_permission_set a on a.permset = s.id
      join identity i on i.id = a.identity
      where not i.frozen
        and g @> '{"resource": "permissions", "actions": ["manage"]}'
        and coalesce(nullif(g->'constraints', 'null'), '{}') = '{}'
    ) as found`)
  return found
}
