import type { Queryable } from '../../../database/database.ts'
import type { JsonObject } from '../../../json.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import type { Key } from './key.ts'

const kept = { category: 'secret', outcome: 'success', resource_type: 'key' } as const

/** Notes what was done with a key. The value is never part of it. */
export async function recordKey(
  db: Queryable,
  verb: 'created' | 'read' | 'decrypted' | 'updated' | 'deleted',
  { id, ref, owner_type, owner, name, encrypted }: Key,
  asking: RequestContext,
): Promise<void> {
  const details = { owner_type, owner, name, encrypted }
  const about = { event_type: `secret.key.${verb}`, resource_id: id, resource_ref: ref, details }
  await record(db, [{ ...kept, ...actorOf(asking), ...about }])
}

/** Notes that everything encrypted is encrypted anew. */
export async function recordRotation(
  db: Queryable,
  verb: 'started' | 'ended',
  asking: RequestContext,
  details: JsonObject,
): Promise<void> {
  const event_type = `secret.encryption.rotation_${verb}`
  await record(db, [{ ...kept, ...actorOf(asking), event_type, details }])
}
