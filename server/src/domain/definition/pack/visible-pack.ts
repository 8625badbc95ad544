import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { allowedRows } from '../../caller/scope.ts'

/** Who asks about the components of packs: with which permission, and which rows of which table that opens. */
export type ComponentQuery = { caller: Caller; permission: Permission; holds: Sql }

/**
 * A pack whose components the caller asks for. One that they may see nothing of, and in which they are allowed
 * nothing, is not there for them. `holds` is a condition on the pack `p`: that it has a component to be seen.
 */
export async function getVisiblePack(
  db: Queryable,
  ref: string,
  asking: ComponentQuery,
): Promise<{ id: Id<'pack'> }> {
  const [pack] = await getVisiblePacks(db, [ref], asking)
  if (pack === undefined) throw noSuchPack(ref)
  return pack
}

/** The same of several. Throws NOT_FOUND for the first that is not there. */
export async function getVisiblePacks(
  db: Queryable,
  refs: readonly string[],
  { caller, permission, holds }: ComponentQuery,
): Promise<{ id: Id<'pack'>; ref: string }[]> {
  if (refs.length === 0) return []
  const covered = allowedRows(caller, permission, { pack_ref: sql`p.ref` })
  const packs = await db.many<{ id: Id<'pack'>; ref: string }>(sql`
    select p.id, p.ref from pack p where p.ref = any(${refs}) and (${covered} or ${holds})`)
  const known = new Set(packs.map(({ ref }) => ref))
  const unknown = refs.find((ref) => !known.has(ref))
  if (unknown !== undefined) throw noSuchPack(unknown)
  return packs
}

function noSuchPack(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no pack '${ref}'.`)
}
