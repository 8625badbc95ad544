import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { PermissionSet } from './permission-set.ts'

/** A permission set as a pack's file describes it. */
export type PermissionSetDefinition = Pick<PermissionSet, 'ref' | 'label' | 'description' | 'grants'>

/** The grants of the sets that exist, by ref. */
export async function grantsOf(db: Queryable, refs: readonly string[]): Promise<Map<string, Grant[]>> {
  if (refs.length === 0) return new Map()
  const rows = await db.many<{ ref: string; grants: Grant[] }>(
    sql`select ref, grants from permission_set where ref = any(${refs})`,
  )
  return new Map(rows.map(({ ref, grants }) => [ref, grants]))
}

/**
 * Writes the permission sets of a pack. One that a person changed keeps their words; the file's are remembered
 * beside. Answers the refs that are this pack's now.
 */
export function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly PermissionSetDefinition[],
): Promise<{ ref: string }[]> {
  return tx.many(sql`
    insert into permission_set as s (ref, pack, pack_ref, label, description, grants, file_content)
    select ref, ${pack.id}, ${pack.ref}, label, description, grants,
      jsonb_build_object('label', label, 'description', description, 'grants', grants)
    from json_to_recordset(${json(list)}) as d (ref text, label text, description text, grants jsonb)
    on conflict (ref) do update set
      pack = excluded.pack,
      pack_ref = excluded.pack_ref,
      file_content = excluded.file_content,
      (label, description, grants) = (
        select c.label, c.description, c.grants
        from (values
          (true, s.label, s.description, s.grants),
          (false, excluded.label, excluded.description, excluded.grants)) as c (changed, label, description, grants)
        where c.changed = (s.file_content is not null and s.file_content <>
          jsonb_build_object('label', s.label, 'description', s.description, 'grants', s.grants)))
    where s.pack is null or s.pack = excluded.pack
    returning ref`)
}

/** Removes the sets of a pack that its files no longer describe. */
export function removeVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<number> {
  return tx.run(
    sql`delete from permission_set where pack = ${pack} and file_content is not null and ref <> all(${described})`,
  )
}
