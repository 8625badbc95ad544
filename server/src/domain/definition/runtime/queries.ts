import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { ContentOf } from '../form/field.ts'
import * as rows from '../form/rows.ts'
import { type Runtime, runtime, type RuntimeVersion } from './runtime.ts'
import type { VersionContent } from './version-list.ts'

/** What a runtime is called: by ref, name and aliases. */
export type RuntimeNames = Pick<Runtime, 'id' | 'ref' | 'name' | 'aliases' | 'from_file'> & {
  versions: string[]
}

/** The versions of a runtime, the newest first. */
export function findVersions(db: Queryable, id: Id<'runtime'>): Promise<RuntimeVersion[]> {
  return db.many(sql`
    select * from runtime_version where runtime = ${id}
    order by version_major desc, version_minor desc nulls last, version_patch desc nulls last, version`)
}

/** An action that runs by it. */
export function findUser(db: Queryable, id: Id<'runtime'>): Promise<{ ref: string } | undefined> {
  return db.maybe(sql`select ref from action where runtime = ${id} limit 1`)
}

/** Every runtime with its names and versions, by ref. */
export function allNames(db: Queryable): Promise<RuntimeNames[]> {
  return db.many(sql`
    select r.id, r.ref, r.name, r.aliases, r.from_file,
      array(select v.version from runtime_version v where v.runtime = r.id) as versions
    from runtime r
    order by r.ref`)
}

/** Writes the runtimes of a pack in place, and their versions where the file lists them. */
export async function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly (ContentOf<typeof runtime.fields> & { versions: readonly VersionContent[] | null })[],
): Promise<Runtime[]> {
  const written = await rows.upsert(tx, runtime, pack, list)
  const ids = new Map(written.map(({ id, ref }) => [ref, id]))
  await writeVersions(
    tx,
    list.flatMap(({ ref, versions }) => {
      const runtime = ids.get(ref)
      return runtime === undefined || versions === null ? [] : [{ runtime, runtime_ref: ref, versions }]
    }),
  )
  return written
}

type Listed = { runtime: Id<'runtime'>; runtime_ref: string; versions: readonly VersionContent[] }

/** A version that is new waits to be verified by a worker; one that is known stays as verified as it was. */
export async function writeVersions(tx: Transaction, listed: readonly Listed[]): Promise<void> {
  if (listed.length === 0) return
  const rows: Json[] = listed.flatMap(({ runtime, runtime_ref, versions }) =>
    versions.map((version) => ({ ...version, runtime, runtime_ref })),
  )
  await tx.run(sql`
    delete from runtime_version v
    where v.runtime = any(${listed.map(({ runtime }) => runtime)})
      and not exists (
        select from json_to_recordset(${json(rows)}) as d (runtime bigint, version text)
        where d.runtime = v.runtime and d.version = v.version)`)
  await tx.run(sql`
    insert into runtime_version
      (runtime, runtime_ref, version, version_major, version_minor, version_patch, is_default, execution_config,
       distributions, meta, available)
    select runtime, runtime_ref, version, version_major, version_minor, version_patch, is_default, execution_config,
      distributions, meta, false
    from json_to_recordset(${json(rows)}) as d
      (runtime bigint, runtime_ref text, version text, version_major integer, version_minor integer,
       version_patch integer, is_default boolean, execution_config jsonb, distributions jsonb, meta jsonb)
    on conflict (runtime, version) do update set
      is_default = excluded.is_default, execution_config = excluded.execution_config,
      distributions = excluded.distributions, meta = excluded.meta`)
}

/**
 * The runtimes of a pack that its files no longer describe, with what still runs by them. What people made stays. Deleting one takes
 * its sensors along, and actions forbid it.
 */
export function findVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<{ ref: string; used_by: string | null }[]> {
  return tx.many(sql`
    select r.ref, coalesce(
      (select a.ref from action a where a.runtime = r.id limit 1),
      (select s.ref from sensor s where s.runtime = r.id limit 1)) as used_by
    from runtime r
    where r.pack = ${pack} and r.from_file and r.ref <> all(${described})
    order by r.ref`)
}

/** What other packs run by the runtimes of a pack. */
export function findForeignUsers(
  tx: Transaction,
  pack: Id<'pack'>,
): Promise<{ runtime_ref: string; used_by: string }[]> {
  return tx.many(sql`
    select r.ref as runtime_ref, u.ref as used_by
    from runtime r
    join (select ref, runtime, pack from action union all select ref, runtime, pack from sensor) u
      on u.runtime = r.id and u.pack is distinct from r.pack
    where r.pack = ${pack}
    order by u.ref
    limit 20`)
}

/** The keys that actions name whose code comes with a pack or its runtimes, though its files do not describe them. */
export async function keyRefsOn(
  db: Queryable,
  { pack_ref, runtime_refs }: { pack_ref: string | null; runtime_refs: readonly string[] },
): Promise<string[]> {
  const rows = await db.many<{ ref: string }>(sql`
    select distinct n.ref
    from action a
    left join runtime r on r.id = a.runtime
    cross join unnest(a.key_refs) as n (ref)
    where (a.pack_ref = ${pack_ref} and a.is_adhoc) or r.ref = any(${runtime_refs})
    order by n.ref`)
  return rows.map(({ ref }) => ref)
}
