import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, type Sql, sql } from '../../../database/sql.ts'
import type { Json } from '../../../json.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { Pack, PackSummary } from './pack.ts'

/** The packs for which `readable` holds. */
export function list(db: Queryable, readable: Sql, page: { limit: number; offset: number }) {
  return selectPage<PackSummary>(
    db,
    {
      columns: sql`id, ref, label, description, version, tags, is_standard, created, updated`,
      from: sql`pack`,
      where: readable,
      order: sql`ref`,
    },
    page,
  )
}

export function findByRef(db: Queryable, ref: string): Promise<Pack | undefined> {
  return db.maybe(sql`select * from pack where ref = ${ref}`)
}

/** The pack, held until the transaction ends. */
export function lockByRef(tx: Transaction, ref: string): Promise<Pack | undefined> {
  return tx.maybe(sql`select * from pack where ref = ${ref} for update`)
}

/** The pack of a ref. Throws NOT_FOUND, which names the field of the request if there is one. */
export async function getByRef(db: Queryable, ref: string, field?: string): Promise<Pack> {
  const pack = await findByRef(db, ref)
  if (pack !== undefined) return pack
  const details = field === undefined ? [] : [{ field, message: 'names what does not exist' }]
  throw new Problem('NOT_FOUND', `There is no pack '${ref}'.`, details)
}

/** Which of the refs are packs, with their versions. */
export function findVersions(
  db: Queryable,
  refs: readonly string[],
): Promise<Pick<Pack, 'ref' | 'version'>[]> {
  if (refs.length === 0) return Promise.resolve([])
  return db.many(sql`select ref, version from pack where ref = any(${refs})`)
}

/** What packs need of each other: there are few, and the way from one to the next may be long. */
export function allNeeds(db: Queryable): Promise<Pick<Pack, 'ref' | 'version' | 'dependencies'>[]> {
  return db.many(sql`select ref, version, dependencies from pack order by ref`)
}

/** The columns that a registration decides about. */
export type PackContent = Pick<
  Pack,
  | 'ref'
  | 'label'
  | 'description'
  | 'version'
  | 'conf_schema'
  | 'config'
  | 'meta'
  | 'tags'
  | 'runtime_deps'
  | 'dependencies'
  | 'is_standard'
  | 'checksum'
  | 'installed_by'
  | 'storage_path'
>

/**
 * Makes a pack that is new. Undefined when the ref is taken; a registration of the same ref that is under way
 * is waited for, so that one of two is the first.
 */
export function insertNew(tx: Transaction, pack: PackContent): Promise<Pack | undefined> {
  return tx.maybe(sql`
    insert into pack
      (ref, label, description, version, conf_schema, config, meta, tags, runtime_deps, dependencies, is_standard,
       checksum, installed_by, installed_at, installation_method, source_type, storage_path)
    values
      (${pack.ref}, ${pack.label}, ${pack.description}, ${pack.version}, ${json(pack.conf_schema)}, ${json(pack.config)},
       ${json(pack.meta)}, ${pack.tags}, ${pack.runtime_deps}, ${pack.dependencies}, ${pack.is_standard},
       ${pack.checksum}, ${pack.installed_by}, now(), 'api', 'local_directory', ${pack.storage_path})
    on conflict (ref) do nothing
    returning *`)
}

/** Replaces what the files of a pack say. Its id, its configuration and who installed it stay. */
export function replace(tx: Transaction, pack: PackContent): Promise<Pack> {
  return tx.one(sql`
    update pack set
      label = ${pack.label}, description = ${pack.description}, version = ${pack.version},
      conf_schema = ${json(pack.conf_schema)}, meta = ${json(pack.meta)}, tags = ${pack.tags},
      runtime_deps = ${pack.runtime_deps}, dependencies = ${pack.dependencies},
      is_standard = is_standard or ${pack.is_standard}, checksum = ${pack.checksum}, installed_at = now(),
      storage_path = ${pack.storage_path}
    where ref = ${pack.ref}
    returning *`)
}

/** Where the files of a pack came from, and who brought them. */
export type PackSource = Pick<
  Pack,
  'source_type' | 'source_url' | 'source_ref' | 'checksum_verified' | 'installed_by'
>

export function setSource(tx: Transaction, id: Id<'pack'>, source: PackSource): Promise<Pack> {
  return tx.one(sql`
    update pack set
      source_type = ${source.source_type}, source_url = ${source.source_url}, source_ref = ${source.source_ref},
      checksum_verified = ${source.checksum_verified}, installed_by = ${source.installed_by}
    where id = ${id}
    returning *`)
}

/** The columns that are written by hand. */
export type PackSettings = Pick<
  Pack,
  | 'label'
  | 'description'
  | 'version'
  | 'conf_schema'
  | 'config'
  | 'meta'
  | 'tags'
  | 'runtime_deps'
  | 'dependencies'
  | 'is_standard'
>

/** Makes a pack that has no files. Undefined when the ref is taken. */
export function insertByHand(
  tx: Transaction,
  pack: PackSettings & Pick<Pack, 'ref' | 'installed_by'>,
): Promise<Pack | undefined> {
  return tx.maybe(sql`
    insert into pack
      (ref, label, description, version, conf_schema, config, meta, tags, runtime_deps, dependencies, is_standard,
       installed_by)
    values
      (${pack.ref}, ${pack.label}, ${pack.description}, ${pack.version}, ${json(pack.conf_schema)}, ${json(pack.config)},
       ${json(pack.meta)}, ${pack.tags}, ${pack.runtime_deps}, ${pack.dependencies}, ${pack.is_standard},
       ${pack.installed_by})
    on conflict (ref) do nothing
    returning *`)
}

export function update(tx: Transaction, id: Id<'pack'>, pack: PackSettings): Promise<Pack> {
  return tx.one(sql`
    update pack set
      label = ${pack.label}, description = ${pack.description}, version = ${pack.version},
      conf_schema = ${json(pack.conf_schema)}, config = ${json(pack.config)}, meta = ${json(pack.meta)},
      tags = ${pack.tags}, runtime_deps = ${pack.runtime_deps}, dependencies = ${pack.dependencies},
      is_standard = ${pack.is_standard}
    where id = ${id}
    returning *`)
}

/** Removes a pack with all that belongs to it. */
export function remove(tx: Transaction, id: Id<'pack'>): Promise<number> {
  return tx.run(sql`delete from pack where id = ${id}`)
}

export function setConfig(tx: Transaction, id: Id<'pack'>, config: Json): Promise<Pack> {
  return tx.one(sql`update pack set config = ${json(config)} where id = ${id} returning *`)
}

/** Whether a pack is registered from this place with these very files. */
export async function isRegistered(
  db: Queryable,
  { checksum, storage_path }: { checksum: string; storage_path: string },
): Promise<boolean> {
  const row = await db.maybe<{ id: Id<'pack'> }>(
    sql`select id from pack where checksum = ${checksum} and storage_path = ${storage_path}`,
  )
  return row !== undefined
}

/** The refs of the packs whose files are in a directory. */
export async function refsStoredAt(db: Queryable, storage_path: string): Promise<string[]> {
  const rows = await db.many<{ ref: string }>(sql`select ref from pack where storage_path = ${storage_path}`)
  return rows.map(({ ref }) => ref)
}
