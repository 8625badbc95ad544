import type { Queryable, Transaction } from '../../../database/database.ts'
import { type Selected, selectPage } from '../../../database/page.ts'
import { join, json, raw, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Definition, Kind } from './definition.ts'
import type { ContentOf, DecidedOf, Fields, GivenOf, RowOf, SummaryOf } from './field.ts'

/* The statements of a definition, from its fields. The names of columns are those of the declaration, never input. */

type Pack = { id: Id<'pack'> | null; ref: string | null }
type Named = { ref: string }

/** The rows for which all conditions hold, by ref. */
export function list<F extends Fields>(
  db: Queryable,
  { fields, table, beside }: Kind<F>,
  conditions: readonly Sql[],
  page: { limit: number; offset: number },
): Promise<Selected<SummaryOf<F>>> {
  const listed = Object.entries(fields).filter(([, { row, seen }]) => row !== undefined && seen === undefined)
  const own = raw(listed.map(([name]) => `d.${name}`).join(', '))
  return selectPage(
    db,
    {
      columns: beside === undefined ? own : sql`${own}, ${beside.columns}`,
      from: beside === undefined ? table.from : sql`${table.from} ${beside.from}`,
      where: join(conditions, ' and '),
      order: sql`d.ref`,
    },
    page,
  )
}

/** Values that a list is asked for. */
export type Filter = Readonly<Record<string, string | number | boolean | undefined>>

/** The conditions that the values of some columns are these; undefined asks for nothing. */
export function equal(values: Filter): Sql[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined
      ? []
      : name === 'pack_ref'
        ? [sql`d.pack = (select id from pack where ref = ${value})`]
        : [sql`${raw(`d.${name}`)} = ${value}`],
  )
}

export function findByRef<F extends Fields>(
  db: Queryable,
  { table }: Definition<F>,
  ref: string,
  allowed: Sql = sql`true`,
): Promise<RowOf<F> | undefined> {
  return db.maybe(sql`select d.* from ${table.from} where d.ref = ${ref} and ${allowed}`)
}

/** The row, held until the transaction ends: what is decided from it stays true. */
export function lockByRef<F extends Fields>(
  tx: Transaction,
  { table }: Definition<F>,
  ref: string,
): Promise<RowOf<F> | undefined> {
  return tx.maybe(sql`select d.* from ${table.from} where d.ref = ${ref} for update`)
}

/** The ref of every one, for whoever looks for the one that was meant. */
export async function allRefs(db: Queryable, { table }: Kind): Promise<string[]> {
  const rows = await db.many<Named>(sql`select d.ref from ${table.from} order by d.ref limit 10000`)
  return rows.map(({ ref }) => ref)
}

/** One that somebody makes by hand. */
export function insert<F extends Fields>(
  tx: Transaction,
  { fields, table, origin }: Definition<F>,
  pack: Pack,
  content: ContentOf<F>,
): Promise<RowOf<F>> {
  const written = writtenOf(fields, content)
  return tx.one(sql`
    ${table.insert} (pack, pack_ref, ${raw(origin.column)}, ${named(written)})
    select ${pack.id}, ${pack.ref}, ${raw(String(!origin.of_file))}, ${read(fields, written)}
    from json_populate_record(${table.row}, ${json(content)})
    returning *`)
}

/** Changes the columns that are named and no others. */
export function update<F extends Fields>(
  tx: Transaction,
  { fields, table }: Definition<F>,
  id: number,
  changes: (Partial<GivenOf<F>> & Partial<DecidedOf<F>>) | { enabled: boolean },
): Promise<RowOf<F>> {
  const written = writtenOf(fields, changes)
  return tx.one(sql`
    ${table.update} (${named(written)}) = (
      select ${read(fields, written)} from json_populate_record(${table.row}, ${json(changes)}))
    where d.id = ${id}
    returning d.*`)
}

export function remove(tx: Transaction, { table }: Kind, refs: readonly string[]): Promise<number> {
  return tx.run(sql`${table.delete} where d.ref = any(${refs})`)
}

/**
 * Writes those of a pack in place; what a file no longer says is cleared. Whether one is enabled follows the file until
 * a person decides otherwise. One of another pack is left alone; those that are this pack's now are answered.
 */
export function upsert<F extends Fields>(
  tx: Transaction,
  { fields, table, origin }: Definition<F>,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly ContentOf<F>[],
): Promise<RowOf<F>[]> {
  const written = Object.keys(fields).filter((name) => fields[name]?.filled !== undefined)
  const [marker, of_file] = [raw(origin.column), raw(String(origin.of_file))]
  const follows = fields['file_enabled'] !== undefined
  return tx.many(sql`
    ${table.insert} (pack, pack_ref, ${marker}, ${follows ? sql`file_enabled,` : sql``} ${named(written)})
    select ${pack.id}, ${pack.ref}, ${of_file}, ${follows ? sql`enabled,` : sql``} ${read(fields, written)}
    from json_populate_recordset(${table.row}, ${json(list)})
    on conflict (ref) do update set
      pack = excluded.pack, pack_ref = excluded.pack_ref, ${marker} = ${of_file},
      ${follows ? followed : sql``}
      ${raw(
        written
          .filter((name) => name !== 'enabled' || !follows)
          .map(replaced)
          .join(', '),
      )}
    where d.pack is null or d.pack = excluded.pack
    returning *`)
}

const followed = sql`
  file_enabled = excluded.file_enabled,
  enabled = case when d.enabled = d.file_enabled then excluded.enabled else d.enabled end,`

const replaced = (name: string) => `${name} = excluded.${name}`

/** Removes those of a pack that its files no longer describe, and answers them. What people made stays. */
export function removeVanished<F extends Fields>(
  tx: Transaction,
  { table, origin }: Definition<F>,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<RowOf<F>[]> {
  return tx.many(sql`
    ${table.delete}
    where d.pack = ${pack} and d.${raw(origin.column)} = ${raw(String(origin.of_file))} and d.ref <> all(${described})
    returning d.*`)
}

/** The columns of a content. */
function writtenOf(fields: Fields, content: object): string[] {
  const names = Object.keys(content)
  const unknown = names.find((name) => fields[name]?.filled === undefined)
  if (unknown === undefined) return names
  throw new Error(`Nobody fills the column ${unknown}.`)
}

function named(columns: readonly string[]): Sql {
  return raw(columns.join(', '))
}

/** As they come out of JSON, in which null is a document too. */
function read(fields: Fields, columns: readonly string[]): Sql {
  return raw(
    columns.map((name) => (fields[name]?.document === true ? `nullif(${name}, 'null')` : name)).join(', '),
  )
}
