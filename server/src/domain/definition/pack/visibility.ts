import { type Sql, sql } from '../../../database/sql.ts'
import { answerableFor, type Caller } from '../../caller/caller.ts'
import type { Grant, Permission } from '../../caller/permission.ts'
import { Problem } from '../../../problem.ts'
import type { TargetColumns } from '../../caller/constraint-rows.ts'
import type { Target } from '../../caller/constraint.ts'
import { allowedRows, allows, authorize } from '../../caller/scope.ts'
import type { Pack } from './pack.ts'

/*
 * Who may see and change which packs. A pack is read with any grant that fits it, and one that ships with the product
 * by everybody who may read packs at all. What somebody else installed is changed only through a grant that says so:
 * one that is constrained by owner, pack_refs, refs or ids.
 */

type Owned = Pick<Pack, 'id' | 'ref' | 'installed_by' | 'is_standard'>

const columns: TargetColumns = { id: sql`id`, ref: sql`ref`, pack_ref: sql`ref`, owner: sql`installed_by` }
const deliberate = ['owner', 'pack_refs', 'refs', 'ids'] as const

/** The condition of the packs that a list shows. */
export function readableRows(caller: Caller): Sql {
  return sql`(is_standard or ${allowedRows(caller, ['packs', 'read'], columns)})`
}

/** The pack, where the caller may know of it. Throws what a pack that is not there is answered with. */
export function readable<P extends Owned>(caller: Caller, pack: P | undefined, ref: string): P {
  if (pack !== undefined && (pack.is_standard || allows(caller, ['packs', 'read'], targetOf(pack))))
    return pack
  throw noSuchPack(ref)
}

/** Refuses to change a pack: 404 where it may not even be seen, else 403. */
export function demandChange<P extends Owned>(
  caller: Caller,
  permission: Permission,
  { ref, pack }: { ref: string; pack: P | undefined },
): P {
  const seen = readable(caller, pack, ref)
  demandRight(caller, permission, seen)
  return seen
}

/** Refuses whoever may not do this to the pack, whether they may see it or not. */
export function demandRight(caller: Caller, permission: Permission, pack: Owned): void {
  const own = caller.kind === 'access' && caller.identity === pack.installed_by
  const foreign = pack.installed_by !== null && !own
  authorize(
    caller,
    permission,
    { ...targetOf(pack), what: `the pack '${pack.ref}'${foreign ? ', which somebody else installed' : ''}` },
    foreign ? isDeliberate : undefined,
  )
}

/** Refuses whoever may not bring a pack of this name, which would be theirs. */
export function demandNew(caller: Caller, permission: Permission, ref: string): void {
  const owner = answerableFor(caller)
  authorize(caller, permission, { ref, pack_ref: ref, owner, what: `a pack '${ref}'` })
}

export function noSuchPack(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no pack '${ref}'.`)
}

function targetOf({ id, ref, installed_by }: Owned): Target {
  return { id, ref, pack_ref: ref, owner: installed_by }
}

function isDeliberate({ constraints }: Grant): boolean {
  return deliberate.some((name) => constraints?.[name] !== undefined)
}
