import { isDeepStrictEqual } from 'node:util'
import type { Constraints, Grant } from './permission.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'

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
  /** Of an execution: itself and its parent. */
  execution?: Id<'execution'>
  parent?: Id<'execution'> | null
  /** The executions above it, and who runs them. */
  above?: readonly Id<'execution'>[]
  ancestors?: readonly Id<'identity'>[]
}

/**
 * Whom `self` means. For an execution that is what it started, and never the account that it runs as: its sets were
 * given to it for its work, not to be somebody.
 */
export type Self =
  | { kind: 'identity'; id: Id<'identity'> }
  | { kind: 'execution'; id: Id<'execution'> }
  | { kind: 'none' }

/** Who wants to do something. */
export type GrantSubject = { self: Self; attributes: JsonObject; grants: readonly Grant[] }

/** The constraints that list values, and the field of a target that must be among them. */
const membership = [
  ['pack_refs', 'pack_ref'],
  ['refs', 'ref'],
  ['ids', 'id'],
  ['owner_types', 'owner_type'],
  ['owner_refs', 'owner_ref'],
  ['visibility', 'visibility'],
] as const satisfies readonly (readonly [keyof Constraints, keyof Target])[]

const others = [
  'owner',
  'execution_scope',
  'encrypted',
  'attributes',
] as const satisfies (keyof Constraints)[]
type Other = (typeof others)[number]

/** One condition of a grant. */
export type Condition =
  | { kind: 'among'; field: (typeof membership)[number][1]; values: readonly unknown[] }
  | { kind: Other; constraints: Constraints }

/** What a grant asks of a target; undefined when it asks for something that we do not know, which cannot hold. */
export function conditionsOf({ constraints }: Grant): Condition[] | undefined {
  const given = constraints ?? {}
  const among = membership.flatMap(([name, field]) => {
    const values = given[name]
    return values === undefined ? [] : [{ kind: 'among' as const, field, values }]
  })
  const rest = others
    .filter((kind) => given[kind] !== undefined)
    .map((kind) => ({ kind, constraints: given }))
  const conditions = [...among, ...rest]
  return conditions.length === Object.keys(given).length ? conditions : undefined
}

/** Whether every constraint of a grant holds for a target. What is not known of it meets no constraint. */
export function holdsFor(grant: Grant, asker: GrantSubject, target: Target): boolean {
  return conditionsOf(grant)?.every((condition) => meets(condition, asker, target)) === true
}

function meets(condition: Condition, asker: GrantSubject, target: Target): boolean {
  switch (condition.kind) {
    case 'among':
      return condition.values.includes(target[condition.field] ?? undefined)
    case 'encrypted':
      return target.encrypted === condition.constraints.encrypted
    case 'owner':
      return ownerMeets(condition.constraints, asker, target)
    case 'execution_scope':
      return scopeMeets(condition.constraints, asker, target)
    case 'attributes':
      return hasAttributes(asker, condition.constraints)
  }
}

function ownerMeets({ owner: wanted }: Constraints, asker: GrantSubject, { owner = null }: Target): boolean {
  if (wanted === 'any') return true
  return wanted === 'none' ? owner === null : wanted === 'self' && isSelf(asker, owner)
}

function scopeMeets({ execution_scope: wanted }: Constraints, asker: GrantSubject, target: Target): boolean {
  if (wanted === 'any') return true
  if (wanted !== 'self' && wanted !== 'descendants') return false
  return isStartedBy(asker, target) || (wanted === 'descendants' && isBelow(asker, target))
}

function isStartedBy(asker: GrantSubject, { owner = null, execution, parent }: Target): boolean {
  const { self } = asker
  return self.kind === 'execution' ? execution === self.id || parent === self.id : isSelf(asker, owner)
}

function isBelow({ self }: GrantSubject, { above = [], ancestors = [] }: Target): boolean {
  switch (self.kind) {
    case 'identity':
      return ancestors.includes(self.id)
    case 'execution':
      return above.includes(self.id)
    case 'none':
      return false
  }
}

function isSelf({ self }: GrantSubject, owner: Id<'identity'> | null): boolean {
  return self.kind === 'identity' && owner === self.id
}

export function hasAttributes(
  { attributes }: GrantSubject,
  { attributes: wanted = {} }: Constraints,
): boolean {
  return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(attributes[name], value))
}
