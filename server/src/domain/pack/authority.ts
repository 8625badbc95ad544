import type { Queryable } from '../../database/database.ts'
import { grantsFrom, type Holder, holds, requireDelegable } from '../permission/delegation.ts'
import type { PackDefinition } from './pack-definition.ts'

/**
 * Refuses a pack that would give more than who brings it holds: through permission sets of its own, or through
 * sets that its actions and rules act with. Whoever manages permissions may bring any.
 */
export async function requireAuthority(
  db: Queryable,
  { grants }: Holder,
  pack: PackDefinition,
): Promise<void> {
  if (holds(grants, 'permissions', 'manage')) return
  const own = new Map(pack.permission_sets.map((set) => [set.ref, grantsFrom(set.grants)]))
  const refs = [
    ...own.keys(),
    ...pack.actions.flatMap((action) => action.default_execution_permission_set_refs),
    ...pack.rules.flatMap((rule) => rule.permission_set_refs ?? []),
  ]
  await requireDelegable(db, grants, refs, own)
}
