import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { Problem } from '../../../problem.ts'
import { allowsKey, type KeyTarget } from './access.ts'
import * as keys from './queries.ts'
import { targetOf } from './write.ts'

/**
 * Refuses keys that whoever names them for an action, or changes what an action that names them runs, may not decrypt:
 * nobody reads through the run of somebody else what they may not read. A key that is not there yet is judged as the
 * key of the system that it would be.
 */
export async function requireNameable(db: Queryable, caller: Caller, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return
  const known = new Map((await keys.findByRefs(db, refs)).map((key) => [key.ref, key]))
  for (const ref of refs) {
    const key = known.get(ref)
    if (!allowsKey(caller, 'decrypt', key === undefined ? futureKey(ref) : targetOf(key)))
      throw refusal('FORBIDDEN', ref, 'needs the permission keys:decrypt for it; ask an administrator')
    if (key !== undefined && key.owner_type !== 'system')
      throw refusal(
        'VALIDATION_ERROR',
        ref,
        'belongs to no action that names it: only keys of the system are named, those of its pack and its own come by themselves; leave it out',
      )
  }
}

function futureKey(ref: string): KeyTarget {
  return { ref, owner_type: 'system', owner_identity: null, owner_ref: null, encrypted: true }
}

function refusal(code: Problem['code'], ref: string, why: string): Problem {
  const message =
    code === 'FORBIDDEN' ? `An action that gets the key '${ref}' ${why}.` : `The key '${ref}' ${why}.`
  return new Problem(code, message, [{ field: 'key_refs', message: `'${ref}' ${why}` }])
}
