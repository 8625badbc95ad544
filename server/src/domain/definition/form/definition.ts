import type { Transaction } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Target } from '../../caller/constraint.ts'
import type { Permission } from '../../caller/permission.ts'
import type { TargetColumns } from '../../caller/constraint-rows.ts'
import { allowedRows } from '../../caller/scope.ts'
import type { Fields, RowOf } from './field.ts'

/** A kind of definition: what is made by hand and by files of packs, and named by a ref. */
export type Kind<F extends Fields = Fields> = {
  kind: 'action' | 'rule' | 'runtime' | 'sensor' | 'trigger'
  /** Whose permissions count. */
  resource: 'actions' | 'rules' | 'runtimes' | 'triggers'
  fields: F
  /** The beginnings of its statements, in which its table is called `d`. */
  table: { from: Sql; insert: Sql; update: Sql; delete: Sql; row: Sql }
  /** What lists show of other tables. */
  beside?: { columns: Sql; from: Sql }
  /** The column that tells those of files from those that people made, and what it is for those of files. */
  origin: { column: 'is_adhoc' | 'from_file'; of_file: boolean }
  /** What grants are held against, where that is not id, ref and pack. */
  target?: TargetColumns
}

/** The declaration of a kind, whose types follow from its fields. */
export type Definition<F extends Fields> = Kind<F> & {
  /** The same as `target` of one row. */
  targetOf?(row: RowOf<F>): Target
  /** Tells whoever works with it that one was changed, once `tx` commits. */
  announce?(tx: Transaction, row: RowOf<F>, correlation_id: string | null): Promise<void>
}

export const define = <F extends Fields>(definition: Definition<F>): Definition<F> => definition

const columns: TargetColumns = { id: sql`d.id`, ref: sql`d.ref`, pack_ref: sql`d.pack_ref` }

/** A row as grants are held against it, with words for it. */
export function targetOf<F extends Fields>(definition: Definition<F>, row: RowOf<F>) {
  const { id, ref, pack_ref } = row
  return { ...(definition.targetOf?.(row) ?? { id, ref, pack_ref }), what: `the ${definition.kind} '${ref}'` }
}

/** The condition of the rows to which the caller may do this. */
export function rowsFor({ target }: Kind, caller: Caller, permission: Permission): Sql {
  return allowedRows(caller, permission, target ?? columns)
}

/** The condition of the rows that the caller may read. */
export function readableBy(kind: Kind, caller: Caller): Sql {
  return rowsFor(kind, caller, [kind.resource, 'read'])
}
