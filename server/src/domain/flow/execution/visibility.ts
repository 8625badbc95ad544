import type { Caller } from '../../caller/caller.ts'
import { type Permission, permits } from '../../caller/permission.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { TargetColumns } from '../../caller/constraint-rows.ts'
import { allowedRows } from '../../caller/scope.ts'

/* What a caller sees of executions, as conditions in SQL. */

/** Steps up from an execution at most, in search of who runs what caused it. */
const MAX_ANCESTORS = 64

/** What grants are held against, of an execution under an alias: its action's ref and pack, who runs it. */
function columnsOf(alias: Sql): TargetColumns {
  return {
    id: sql`${alias}.id`,
    ref: sql`${alias}.action_ref`,
    pack_ref: sql`split_part(${alias}.action_ref, '.', 1)`,
    owner: sql`${alias}.executor`,
    execution: sql`${alias}.id`,
    parent: sql`${alias}.parent`,
    above: sql`${lineAbove(alias)} select id from line`,
    ancestors: sql`${lineAbove(alias)} select executor from line where executor is not null`,
  }
}

const lineAbove = (alias: Sql) => sql`
  with recursive line (id, executor, parent, depth) as (
    select up.id, up.executor, up.parent, 1 from execution up where up.id = ${alias}.parent
    union all
    select up.id, up.executor, up.parent, line.depth + 1
    from line join execution up on up.id = line.parent
    where line.depth < ${MAX_ANCESTORS})`

const columns = columnsOf(sql`e`)

/** Of `e`: whether the caller may do this to it. */
export function allowedExecutions(caller: Caller, permission: Permission): Sql {
  return allowedRows(caller, permission, columns)
}

/** Of `e`: whether the caller may read it. An execution sees itself. */
export function readableExecutions(caller: Caller): Sql {
  return orOwn(caller, allowedExecutions(caller, ['executions', 'read']))
}

/** Whether nothing narrows what the caller reads: then nothing about an execution is left out. */
export function readsAll(caller: Caller): boolean {
  return 'grants' in caller && permits(caller.grants, ['executions', 'read'])
}

/** Of the enforcement `n` of `e`: whether the caller is told that `e` comes from it. */
export function knownOrigin(caller: Caller): Sql {
  if (readsAll(caller)) return sql`true`
  const enforcement = { id: sql`n.id`, ref: sql`n.rule_ref`, pack_ref: sql`split_part(n.rule_ref, '.', 1)` }
  return orOwn(caller, allowedRows(caller, ['enforcements', 'read'], enforcement))
}

/** The parent of `e` as far as the caller may read it. */
export function knownParent(caller: Caller): Sql {
  if (readsAll(caller)) return sql`e.parent`
  const readable = allowedRows(caller, ['executions', 'read'], columnsOf(sql`above`))
  const own = orOwn(caller, sql`false`)
  return sql`case when ${own} then e.parent
    else (select above.id from execution above where above.id = e.parent and ${readable}) end`
}

/** Of `e`: that it is the child of an execution that the caller may read. */
export function isChildOf(caller: Caller, parent: Id<'execution'>): Sql {
  if (readsAll(caller)) return sql`e.parent = ${parent}`
  const readable = allowedRows(caller, ['executions', 'read'], columnsOf(sql`above`))
  const own = caller.kind === 'execution' ? sql`above.id = ${caller.execution}` : sql`false`
  return sql`e.parent = ${parent} and exists (
    select from execution above where above.id = ${parent} and (${own} or ${readable}))`
}

function orOwn(caller: Caller, condition: Sql): Sql {
  return caller.kind === 'execution' ? sql`(e.id = ${caller.execution} or ${condition})` : condition
}
