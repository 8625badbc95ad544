import { Type } from 'typebox'
import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import type { Target } from '../../caller/constraint.ts'
import { allows } from '../../caller/scope.ts'

/*
 * A field that is a credential by itself: whoever knows it may act by it. It is shown only to whoever may change what
 * it belongs to, whatever else they may read, and is null to everybody else. Every such field of an answer is made by
 * `credential`, which a test holds against the whole document of the API.
 */

/** The schema of such a field in an answer. */
export function credential([resource, action]: Permission) {
  const description = `A credential: null where there is none, and without ${resource}:${action} for it.`
  return Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description,
    'x-credential': `${resource}:${action}`,
  })
}

/** The value for this caller. */
export function shownCredential(
  caller: Caller,
  permission: Permission,
  target: Target,
  value: string | null,
): string | null {
  return allows(caller, permission, target) ? value : null
}
