import { Value } from 'typebox/value'
import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { Grant, isUnconstrained } from '../../caller/permission.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { grantsOf } from './queries.ts'

/** Not a set but the access that every execution has to what is its own. */
const STANDARD = 'standard'

/** A caller who acts for an identity and holds grants. */
export type GrantHolder = Extract<Caller, { grants: readonly Grant[] }>

export function holderOf(caller: Caller): GrantHolder {
  if ('grants' in caller) return caller
  throw new Problem('FORBIDDEN', `A ${caller.kind} token may not do this.`)
}

/** Grants as a file has them, whose form was checked when it was read. */
export function grantsFrom(values: readonly Json[]): Grant[] {
  return values.map((value) => Value.Parse(Grant, value))
}

/** The refs without blanks and repetitions. */
export function distinctRefs(refs: readonly string[]): string[] {
  return [...new Set(refs.map((ref) => ref.trim()).filter((ref) => ref !== ''))]
}

/**
 * Refuses permission sets that hold more than who hands them on: whoever lets an execution act with a set must
 * hold every grant in it, unconditionally. `own` has sets that are not stored yet.
 */
export async function requireDelegable(
  db: Queryable,
  holder: readonly Grant[],
  refs: readonly string[],
  own: ReadonlyMap<string, readonly Grant[]> = new Map(),
): Promise<void> {
  const named = distinctRefs(refs).filter((ref) => ref !== STANDARD)
  const stored = await grantsOf(
    db,
    named.filter((ref) => !own.has(ref)),
  )
  const refused = firstRefused(holder, named, new Map([...stored, ...own]))
  if (refused !== undefined) throw refusal(refused.ref, refused.reason)
}

/** The first of the sets that a holder may not hand on, and why. `known` has the sets that exist. */
export function firstRefused(
  holder: readonly Grant[],
  refs: readonly string[],
  known: ReadonlyMap<string, readonly Grant[]>,
): { ref: string; reason: string } | undefined {
  for (const ref of distinctRefs(refs)) {
    if (ref === STANDARD) continue
    const grants = known.get(ref)
    if (grants === undefined) return { ref, reason: 'it does not exist' }
    const excess = firstExcess(holder, grants)
    if (excess !== undefined)
      return { ref, reason: `it grants ${excess}, which is not held by whoever hands it on` }
  }
  return undefined
}

function refusal(ref: string, reason: string): Problem {
  const message = `cannot name '${ref}': ${reason}`
  return new Problem('FORBIDDEN', `The permission set '${ref}' cannot be handed on: ${reason}.`, [
    { field: 'permission_set_refs', message },
  ])
}

/** The first thing that these grants permit and the holder may not do everywhere. */
export function firstExcess(holder: readonly Grant[], grants: readonly Grant[]): string | undefined {
  for (const { resource, actions } of grants) {
    const missing = actions.find((action) => !holds(holder, resource, action))
    if (missing !== undefined) return `${resource}:${missing}`
  }
  return undefined
}

/** A grant with constraints does not count: what the execution will touch is not known yet. */
export function holds(holder: readonly Grant[], resource: string, action: string): boolean {
  return holder.some(
    (grant) => grant.resource === resource && grant.actions.includes(action) && isUnconstrained(grant),
  )
}
