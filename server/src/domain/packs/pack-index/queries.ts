import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { PackRegistryIndex } from './registry.ts'
import type { SealedColumn } from '../../secret/sealed-column.ts'

export function list(db: Queryable, page: { limit: number; offset: number }) {
  return selectPage<PackRegistryIndex>(
    db,
    { columns: sql`*`, from: sql`pack_registry_index`, where: sql`true`, order: sql`position, id` },
    page,
  )
}

/** Every index, in the order in which they are asked. */
export function all(db: Queryable): Promise<PackRegistryIndex[]> {
  return db.many(sql`select * from pack_registry_index order by position, id`)
}

/** The columns that a request decides about. */
export type IndexContent = Pick<
  PackRegistryIndex,
  'name' | 'url' | 'position' | 'enabled' | 'headers' | 'encryption_key_hash'
>

/** Adds an index; without a position behind the last one. */
export function insert(
  tx: Transaction,
  index: Omit<IndexContent, 'position'> & { position: number | null },
): Promise<PackRegistryIndex> {
  return tx.one(sql`
    insert into pack_registry_index (name, url, position, enabled, headers, encryption_key_hash)
    select ${index.name}, ${index.url},
      coalesce(${index.position}::integer, (select coalesce(max(position) + 1, 0) from pack_registry_index)),
      ${index.enabled}, ${json(index.headers)}, ${index.encryption_key_hash}
    returning *`)
}

export async function lock(tx: Transaction, id: Id<'pack_registry_index'>): Promise<PackRegistryIndex> {
  const index = await tx.maybe<PackRegistryIndex>(
    sql`select * from pack_registry_index where id = ${id} for update`,
  )
  if (index === undefined) throw missing(id)
  return index
}

export function update(
  tx: Transaction,
  id: Id<'pack_registry_index'>,
  index: IndexContent,
): Promise<PackRegistryIndex> {
  return tx.one(sql`
    update pack_registry_index set
      name = ${index.name}, url = ${index.url}, position = ${index.position}, enabled = ${index.enabled},
      headers = ${json(index.headers)}, encryption_key_hash = ${index.encryption_key_hash}
    where id = ${id}
    returning *`)
}

export async function remove(tx: Transaction, id: Id<'pack_registry_index'>): Promise<PackRegistryIndex> {
  const index = await tx.maybe<PackRegistryIndex>(
    sql`delete from pack_registry_index where id = ${id} returning *`,
  )
  if (index === undefined) throw missing(id)
  return index
}

function missing(id: number): Problem {
  return new Problem('NOT_FOUND', `There is no pack index ${id}.`)
}

/** Indexes with headers; each value of these is encrypted. */
export const sealedColumn: SealedColumn = {
  table: sql`pack_registry_index`,
  id: sql`id`,
  sealed: sql`headers`,
  which: sql`headers <> '{}'`,
  update: sql`update pack_registry_index set headers = anew`,
}
