import { isDeepStrictEqual } from 'node:util'
import { join, type Sql, sql } from '../../database/sql.ts'
import type { Caller } from '../../http/caller.ts'
import {
  type Constraints,
  covers,
  type Grant,
  isUnconstrained,
  type Permission,
} from '../../http/permission.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

/*
 * What a caller may do to which targets. One target is asked about with `allows`, the rows of a list with
 * `allowedRows`: the same answer as a condition in SQL. What is not known of a target meets no constraint.
 */

/** What constraints are held against. Name what the target has; null where it has none. */
export type Target = {
  id?: number
  ref?: string
  pack_ref?: string | null
  /** The identity it belongs to: who installed, created or runs it. */
  owner?: Id<'identity'> | null
  owner_type?: string
  owner_ref?: string | null
  visibility?: string
  encrypted?: boolean
  /** Who runs the executions above it. */
  ancestors?: readonly Id<'identity'>[]
}

/** The same of the rows of a list; `ancestors` is a subquery. */
export type TargetColumns = { [Field in keyof Target]?: Sql }

/** Which grants count, besides covering the action. */
type Counts = (grant: Grant) => boolean
const every: Counts = () => true

type Asker = { identity: Id<'identity'> | null; attributes: JsonObject; grants: readonly Grant[] }

/** Whether the caller may do this to the target. A sensor may do what the routes that let it in are for. */
export function allows(caller: Caller, permission: Permission, target: Target, counts = every): boolean {
  const asker = askerOf(caller)
  if (asker === undefined) return caller.kind === 'sensor'
  return asker.grants.some(
    (grant) => covers(grant, permission) && counts(grant) && holdsFor(grant, asker, target),
  )
}

/** Refuses with 403 what `allows` does not. `what` names the target: `the rule 'demo.one'`. */
export function demand(
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
  caller: Caller,
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

function askerOf(caller: Caller): Asker | undefined {
  switch (caller.kind) {
    case 'access':
      return caller
    case 'execution':
      return { identity: caller.identity, attributes: {}, grants: caller.grants }
    case 'sensor':
    case 'nobody':
      return undefined
  }
}

const names = [
  'pack_refs',
  'refs',
  'ids',
  'owner',
  'owner_types',
  'owner_refs',
  'visibility',
  'execution_scope',
  'encrypted',
  'attributes',
] as const satisfies (keyof Constraints)[]
type Name = (typeof names)[number]

/** A grant may stand in a row that nobody checked: what is not a constraint that we know cannot hold. */
function constraintsOf({ constraints = {} }: Grant): { name: Name; constraints: Constraints }[] | undefined {
  const named = Object.keys(constraints ?? {})
  const known = names.filter((name) => constraints?.[name] !== undefined)
  return known.length === named.length ? known.map((name) => ({ name, constraints })) : undefined
}

function holdsFor(grant: Grant, asker: Asker, target: Target): boolean {
  return (
    constraintsOf(grant)?.every(({ name, constraints }) => meets(name, constraints, asker, target)) === true
  )
}

function meets(name: Name, constraints: Constraints, asker: Asker, target: Target): boolean {
  switch (name) {
    case 'pack_refs':
      return isIn(target.pack_ref, constraints.pack_refs)
    case 'refs':
      return isIn(target.ref, constraints.refs)
    case 'ids':
      return isIn(target.id, constraints.ids)
    case 'owner_types':
      return isIn(target.owner_type, constraints.owner_types)
    case 'owner_refs':
      return isIn(target.owner_ref, constraints.owner_refs)
    case 'visibility':
      return isIn(target.visibility, constraints.visibility)
    case 'encrypted':
      return target.encrypted === constraints.encrypted
    case 'owner':
      return ownerMeets(constraints.owner, asker, target)
    case 'execution_scope':
      return scopeMeets(constraints.execution_scope, asker, target)
    case 'attributes':
      return hasAttributes(asker, constraints.attributes ?? {})
  }
}

function isIn<Value>(value: Value | null | undefined, values: readonly Value[] | undefined): boolean {
  return value !== null && value !== undefined && values?.includes(value) === true
}

function ownerMeets(wanted: Constraints['owner'], { identity }: Asker, { owner }: Target): boolean {
  switch (wanted) {
    case 'any':
      return true
    case 'self':
      return identity !== null && owner === identity
    case 'none':
      return owner === null || owner === undefined
    default:
      return false
  }
}

function scopeMeets(
  wanted: Constraints['execution_scope'],
  { identity }: Asker,
  { owner, ancestors = [] }: Target,
): boolean {
  switch (wanted) {
    case 'any':
      return true
    case 'self':
      return identity !== null && owner === identity
    case 'descendants':
      return identity !== null && (owner === identity || ancestors.includes(identity))
    default:
      return false
  }
}

function hasAttributes({ attributes }: Asker, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(attributes[name], value))
}

function rowsOf(grant: Grant, asker: Asker, columns: TargetColumns): Sql {
  const constraints = constraintsOf(grant)
  if (constraints === undefined) return sql`false`
  const conditions = constraints.map(({ name, constraints }) =>
    rowsMeeting(name, constraints, asker, columns),
  )
  return sql`(${join(conditions, ' and ')})`
}

function rowsMeeting(name: Name, constraints: Constraints, asker: Asker, columns: TargetColumns): Sql {
  switch (name) {
    case 'pack_refs':
      return inColumn(columns.pack_ref, constraints.pack_refs)
    case 'refs':
      return inColumn(columns.ref, constraints.refs)
    case 'ids':
      return inColumn(columns.id, constraints.ids)
    case 'owner_types':
      return inColumn(columns.owner_type && sql`${columns.owner_type}::text`, constraints.owner_types)
    case 'owner_refs':
      return inColumn(columns.owner_ref, constraints.owner_refs)
    case 'visibility':
      return inColumn(columns.visibility && sql`${columns.visibility}::text`, constraints.visibility)
    case 'encrypted':
      return columns.encrypted === undefined
        ? sql`false`
        : sql`${columns.encrypted} = ${constraints.encrypted === true}`
    case 'owner':
      return ownerRows(constraints.owner, asker, columns)
    case 'execution_scope':
      return scopeRows(constraints.execution_scope, asker, columns)
    case 'attributes':
      return hasAttributes(asker, constraints.attributes ?? {}) ? sql`true` : sql`false`
  }
}

function inColumn(column: Sql | undefined, values: readonly unknown[] = []): Sql {
  return column === undefined ? sql`false` : sql`coalesce(${column} = any(${values}), false)`
}

function ownerRows(wanted: Constraints['owner'], { identity }: Asker, { owner }: TargetColumns): Sql {
  switch (wanted) {
    case 'any':
      return sql`true`
    case 'self':
      return owner === undefined || identity === null
        ? sql`false`
        : sql`coalesce(${owner} = ${identity}, false)`
    case 'none':
      return owner === undefined ? sql`true` : sql`${owner} is null`
    default:
      return sql`false`
  }
}

function scopeRows(
  wanted: Constraints['execution_scope'],
  { identity }: Asker,
  { owner, ancestors }: TargetColumns,
): Sql {
  if (wanted === 'any') return sql`true`
  if (identity === null || owner === undefined || (wanted !== 'self' && wanted !== 'descendants'))
    return sql`false`
  const own = sql`coalesce(${owner} = ${identity}, false)`
  return wanted === 'self' || ancestors === undefined ? own : sql`(${own} or ${identity} in (${ancestors}))`
}
