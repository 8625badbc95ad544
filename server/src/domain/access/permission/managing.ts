import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { allows } from '../../caller/scope.ts'

/** The root of all authority: whoever has it may give anybody anything, themselves too. */
export const MANAGE_PERMISSIONS = ['permissions', 'manage'] as const

export function managesPermissions(caller: Caller): boolean {
  return allows(caller, MANAGE_PERMISSIONS, {})
}

/**
 * Whether an account that is not frozen manages permissions. That there stays one is not for a caller to think of:
 * triggers of the store refuse every statement that takes away the last, also through what it deletes along
 * (`keep_permission_managers`).
 */
export async function hasManager(db: Queryable): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`select has_permission_manager() as found`)
  return found
}
