import { join, type Sql, sql } from '../../database/sql.ts'
import type { Constraints, Grant } from './permission.ts'
import { type GrantSubject, type Condition, conditionsOf, hasAttributes, type Target } from './constraint.ts'

/** The fields of a target as columns of a statement; `above` and `ancestors` are subqueries. */
export type TargetColumns = { [Field in keyof Target]?: Sql }

/** The condition that `holdsFor` is, for the rows of a statement. */
export function rowsOf(grant: Grant, asker: GrantSubject, columns: TargetColumns): Sql {
  const conditions = conditionsOf(grant)
  if (conditions === undefined) return sql`false`
  return sql`(${join(
    conditions.map((condition) => rowsMeeting(condition, asker, columns)),
    ' and ',
  )})`
}

function rowsMeeting(condition: Condition, asker: GrantSubject, columns: TargetColumns): Sql {
  switch (condition.kind) {
    case 'among':
      return among(condition, columns[condition.field])
    case 'encrypted':
      return columns.encrypted === undefined
        ? sql`false`
        : sql`${columns.encrypted} = ${condition.constraints.encrypted === true}`
    case 'owner':
      return ownerRows(condition.constraints, asker, columns)
    case 'execution_scope':
      return scopeRows(condition.constraints, asker, columns)
    case 'attributes':
      return hasAttributes(asker, condition.constraints) ? sql`true` : sql`false`
  }
}

/** As text where it is no number: the column may be an enum that does not have every value. */
function among({ field, values }: Condition & { kind: 'among' }, column: Sql | undefined): Sql {
  if (column === undefined) return sql`false`
  const compared = field === 'id' ? column : sql`${column}::text`
  return sql`coalesce(${compared} = any(${values}), false)`
}

function ownerRows({ owner: wanted }: Constraints, asker: GrantSubject, { owner }: TargetColumns): Sql {
  if (wanted === 'any') return sql`true`
  if (wanted === 'none') return owner === undefined ? sql`true` : sql`${owner} is null`
  return wanted === 'self' ? ownRows(asker, owner) : sql`false`
}

function scopeRows(
  { execution_scope: wanted }: Constraints,
  asker: GrantSubject,
  columns: TargetColumns,
): Sql {
  if (wanted === 'any') return sql`true`
  if (wanted === 'self') return startedRows(asker, columns)
  if (wanted !== 'descendants') return sql`false`
  return sql`(${startedRows(asker, columns)} or ${rowsBelow(asker, columns)})`
}

function startedRows(asker: GrantSubject, { owner, execution, parent }: TargetColumns): Sql {
  const { self } = asker
  if (self.kind !== 'execution') return ownRows(asker, owner)
  return execution === undefined || parent === undefined
    ? sql`false`
    : sql`(${execution} = ${self.id} or coalesce(${parent} = ${self.id}, false))`
}

function rowsBelow({ self }: GrantSubject, { above, ancestors }: TargetColumns): Sql {
  if (self.kind === 'none') return sql`false`
  const line = self.kind === 'execution' ? above : ancestors
  return line === undefined ? sql`false` : sql`coalesce(${self.id} in (${line}), false)`
}

function ownRows({ self }: GrantSubject, owner: Sql | undefined): Sql {
  return owner === undefined || self.kind !== 'identity'
    ? sql`false`
    : sql`coalesce(${owner} = ${self.id}, false)`
}
