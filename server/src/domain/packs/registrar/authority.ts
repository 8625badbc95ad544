import type { Queryable } from '../../../database/database.ts'
import { findTargets } from '../../definition/action/queries.ts'
import { keyRefsOn } from '../../definition/runtime/queries.ts'
import { requireNameable } from '../../definition/key/naming.ts'
import { packOf } from '../../access/permission/change.ts'
import {
  grantsFrom,
  type GrantHolder,
  holderOf,
  holds,
  requireDelegable,
} from '../../access/permission/delegation.ts'
import type { Caller } from '../../caller/caller.ts'
import { authorize } from '../../caller/scope.ts'
import type { LocalRules } from '../reader/local-path.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'

/**
 * Refuses a pack that would do or give more than who brings it may: through the actions that its rules run, through
 * permission sets of its own, or through sets that its actions and rules act with. Whoever manages permissions may
 * bring any set. What gets keys of the system comes from somebody who may decrypt them: that includes actions that were
 * made by hand in the pack, and those of others that run by its runtimes.
 */
export async function requireAuthority(
  db: Queryable,
  caller: GrantHolder,
  pack: PackDefinition,
): Promise<void> {
  const others = await requireRunnable(db, caller, pack)
  const runtime_refs = pack.runtimes.map(({ ref }) => ref)
  const around = await keyRefsOn(db, { pack_ref: pack.ref, runtime_refs })
  await requireNameable(db, caller, [...pack.actions.flatMap(({ key_refs }) => key_refs), ...around])
  if (holds(caller.grants, 'permissions', 'manage')) return
  const own = new Map(pack.permission_sets.map((set) => [set.ref, grantsFrom(set.grants)]))
  const refs = [
    ...own.keys(),
    ...pack.actions.flatMap((action) => action.default_execution_permission_set_refs),
    ...pack.rules.flatMap((rule) => rule.permission_set_refs ?? others.get(rule.action_ref) ?? []),
  ]
  await requireDelegable(db, caller.grants, refs, own)
}

/**
 * As with a rule that is saved by itself. An action that comes with the pack has no id yet. Answers the sets that
 * actions which are there act with.
 */
async function requireRunnable(
  db: Queryable,
  caller: GrantHolder,
  { rules }: PackDefinition,
): Promise<Map<string, string[]>> {
  const there = await findTargets(db, [...new Set(rules.map(({ action_ref }) => action_ref))])
  const known = new Map(there.map((action) => [action.ref, action]))
  for (const { ref, action_ref } of rules) {
    const target = known.get(action_ref) ?? { ref: action_ref, pack_ref: packOf(action_ref) }
    authorize(caller, ['actions', 'execute'], {
      ...target,
      what: `the action '${action_ref}', which the rule '${ref}' runs`,
    })
  }
  return new Map(there.map((action) => [action.ref, action.default_execution_permission_set_refs]))
}

/** Where a caller may take packs from on the server itself: elsewhere than below the roots, whoever manages permissions. */
export function localRulesOf(caller: Caller, roots: readonly string[]): LocalRules {
  return { roots, anywhere: holds(holderOf(caller).grants, 'permissions', 'manage') }
}
