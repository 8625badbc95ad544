import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import type { Problem } from '../../../problem.ts'
import type { Target } from '../../caller/constraint.ts'
import { allows, authorize } from '../../caller/scope.ts'

/** A target with the words for it: `the rule 'demo.one'`. */
type Named = Target & { what: string }

/**
 * Refuses a change that the caller may not make: with 403 where they may read the target, else as if it were not
 * there. Whoever may change it need not be able to read it.
 */
export function requireChange(
  caller: Caller,
  change: Permission,
  target: Named,
  absent: (ref: string) => Problem,
): void {
  if (allows(caller, change, target)) return
  const [resource] = change
  if (!allows(caller, [resource, 'read'], target)) throw absent(target.ref ?? String(target.id))
  authorize(caller, change, target)
}

/**
 * Refuses a new target that the caller may not make. What is named like something of another pack is found by that
 * name in events, enforcements and executions, so both packs must be allowed. What does not exist yet has no id.
 */
export function requireCreate(
  caller: Caller,
  create: Permission,
  target: Named & { ref: string; pack_ref: string | null },
): void {
  authorize(caller, create, target)
  const namespace = packOf(target.ref)
  if (namespace !== target.pack_ref) authorize(caller, create, { ...target, pack_ref: namespace })
}

/** The pack that a ref speaks of: of what happened only the ref is kept. */
export function packOf(ref: string): string {
  return ref.split('.', 1)[0] ?? ref
}
