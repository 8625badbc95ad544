import { join, type Sql, sql } from '../../database/sql.ts'
import type { Caller } from './caller.ts'
import { covers, type Grant, isUnconstrained, type Permission } from './permission.ts'
import { Problem } from '../../problem.ts'
import { type GrantSubject, holdsFor, type Target } from './constraint.ts'
import { rowsOf, type TargetColumns } from './constraint-rows.ts'

/*
 * What a caller may do to which targets. One target is asked about with `allows`, the rows of a list with
 * `allowedRows`: the same answer as a condition in SQL.
 */

/** A caller, or permission sets that act without one: nothing is their own, and they have no attributes. */
export type GrantBearer = Caller | { kind: 'sets'; grants: readonly Grant[] }

/** Which grants count, besides covering the action. */
type Counts = (grant: Grant) => boolean
const every: Counts = () => true

/** Whether the caller may do this to the target. A sensor may do what the routes that let it in are for. */
export function allows(caller: GrantBearer, permission: Permission, target: Target, counts = every): boolean {
  const asker = askerOf(caller)
  if (asker === undefined) return caller.kind === 'sensor'
  return asker.grants.some(
    (grant) => covers(grant, permission) && counts(grant) && holdsFor(grant, asker, target),
  )
}

/** Refuses with 403 what `allows` does not. `what` names the target: `the rule 'demo.one'`. */
export function authorize(
  caller: Caller,
  permission: Permission,
  target: Target & { what: string },
  counts = every,
): void {
  if (allows(caller, permission, target, counts)) return
  throw new Problem(
    'FORBIDDEN',
    `This needs the permission ${permission.join(':')} for ${target.what}; ask an administrator.`,
  )
}

/** The condition that `allows` is, for the rows of a statement. */
export function allowedRows(
  caller: GrantBearer,
  permission: Permission,
  columns: TargetColumns,
  counts = every,
): Sql {
  const asker = askerOf(caller)
  if (asker === undefined) return caller.kind === 'sensor' ? sql`true` : sql`false`
  const grants = asker.grants.filter((grant) => covers(grant, permission) && counts(grant))
  if (grants.some(isUnconstrained)) return sql`true`
  if (grants.length === 0) return sql`false`
  return sql`(${join(
    grants.map((grant) => rowsOf(grant, asker, columns)),
    ' or ',
  )})`
}

function askerOf(caller: GrantBearer): GrantSubject | undefined {
  switch (caller.kind) {
    case 'access':
      return { ...caller, self: { kind: 'identity', id: caller.identity } }
    case 'execution':
      return { self: { kind: 'execution', id: caller.execution }, attributes: {}, grants: caller.grants }
    case 'sets':
      return { self: { kind: 'none' }, attributes: {}, grants: caller.grants }
    case 'sensor':
    case 'nobody':
      return undefined
  }
}
