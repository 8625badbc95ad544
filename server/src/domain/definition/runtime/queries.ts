import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { Runtime, RuntimeSummary, RuntimeVersion } from './runtime.ts'

/** A runtime as a pack's file describes it. `versions` is null when the file does not list them. */
export type RuntimeContent = Pick<
  Runtime,
  'ref' | 'name' | 'description' | 'aliases' | 'distributions' | 'installation' | 'execution_config'
> & { versions: readonly RuntimeVersionContent[] | null }

export type RuntimeVersionContent = Pick<
  RuntimeVersion,
  | 'version'
  | 'version_major'
  | 'version_minor'
  | 'version_patch'
  | 'is_default'
  | 'execution_config'
  | 'distributions'
  | 'meta'
>

/** What a runtime is called: by ref, name and aliases. */
export type RuntimeNames = Pick<Runtime, 'id' | 'ref' | 'name' | 'aliases' | 'from_file'> & {
  versions: string[]
}

/** What grants are held against. */
export const columns = { id: sql`r.id`, ref: sql`r.ref`, pack_ref: sql`r.pack_ref` }

/** Those that may be shown, of all packs or of one. */
export function list(
  db: Queryable,
  { pack, allowed }: { pack?: Id<'pack'>; allowed: Sql },
  page: { limit: number; offset: number },
) {
  return selectPage<RuntimeSummary>(
    db,
    {
      columns: sql`id, ref, pack_ref, description, name, aliases, created, updated`,
      from: sql`runtime r`,
      where: pack === undefined ? allowed : sql`${allowed} and pack = ${pack}`,
      order: sql`ref`,
    },
    page,
  )
}

export function findByRef(
  db: Queryable,
  ref: string,
  allowed: Sql = sql`true`,
): Promise<Runtime | undefined> {
  return db.maybe(sql`select r.* from runtime r where r.ref = ${ref} and ${allowed}`)
}

/** The runtime, held until the transaction ends: what is decided from it stays true. */
export function lockByRef(tx: Transaction, ref: string): Promise<Runtime | undefined> {
  return tx.maybe(sql`select * from runtime where ref = ${ref} for update`)
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

type Written = Omit<RuntimeContent, 'versions' | 'ref'>

/** A runtime that somebody makes by hand. */
export function insert(
  tx: Transaction,
  pack: { id: Id<'pack'> | null; ref: string | null },
  runtime: Written & Pick<Runtime, 'ref'>,
): Promise<Runtime> {
  return tx.one(sql`
    insert into runtime
      (pack, pack_ref, ref, name, description, aliases, distributions, installation, execution_config)
    select ${pack.id}, ${pack.ref}, ref, name, description, aliases, distributions, nullif(installation, 'null'),
      execution_config
    from json_populate_record(null::runtime, ${json(runtime)})
    returning *`)
}

export function update(tx: Transaction, id: Id<'runtime'>, runtime: Written): Promise<Runtime> {
  return tx.one(sql`
    update runtime set (name, description, aliases, distributions, installation, execution_config) = (
      select name, description, aliases, distributions, nullif(installation, 'null'), execution_config
      from json_populate_record(null::runtime, ${json(runtime)}))
    where id = ${id}
    returning *`)
}

/** Every runtime with its names and versions, by ref. */
export function allNames(db: Queryable): Promise<RuntimeNames[]> {
  return db.many(sql`
    select r.id, r.ref, r.name, r.aliases, r.from_file,
      array(select v.version from runtime_version v where v.runtime = r.id) as versions
    from runtime r
    order by r.ref`)
}

/**
 * Writes the runtimes of a pack in place, and their versions where the file lists them. One of another pack is
 * left alone; the refs that are this pack's now are answered.
 */
export async function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly RuntimeContent[],
): Promise<{ id: Id<'runtime'>; ref: string }[]> {
  const written = await tx.many<{ id: Id<'runtime'>; ref: string }>(sql`
    insert into runtime as r
      (ref, pack, pack_ref, from_file, name, description, aliases, distributions, installation, execution_config)
    select ref, ${pack.id}, ${pack.ref}, true, name, description, aliases, distributions,
      nullif(installation, 'null'), execution_config
    from json_to_recordset(${json(list)}) as d
      (ref text, name text, description text, aliases text[], distributions jsonb, installation jsonb,
       execution_config jsonb)
    on conflict (ref) do update set
      pack = excluded.pack, pack_ref = excluded.pack_ref, from_file = true, name = excluded.name,
      description = excluded.description, aliases = excluded.aliases, distributions = excluded.distributions, installation = excluded.installation,
      execution_config = excluded.execution_config
    where r.pack is null or r.pack = excluded.pack
    returning id, ref`)
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

type Listed = { runtime: Id<'runtime'>; runtime_ref: string; versions: readonly RuntimeVersionContent[] }

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

export function remove(tx: Transaction, refs: readonly string[]): Promise<number> {
  return tx.run(sql`delete from runtime where ref = any(${refs})`)
}
