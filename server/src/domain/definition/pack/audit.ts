import type { Transaction } from '../../../database/database.ts'
import type { JsonObject } from '../../../json.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import type { Pack } from './pack.ts'

/** Notes what was done to a pack, in the transaction that does it. */
export async function recordChange(
  tx: Transaction,
  verb:
    | 'created'
    | 'registered'
    | 'uploaded'
    | 'installed'
    | 'updated'
    | 'deleted'
    | 'tested'
    | 'build_requested',
  { id, ref, version, checksum }: Pick<Pack, 'id' | 'ref' | 'version' | 'checksum'>,
  { by, details = {} }: { by: RequestContext; details?: JsonObject },
): Promise<void> {
  await record(tx, [
    {
      category: 'pack',
      event_type: `pack.${verb}`,
      outcome: 'success',
      ...actorOf(by),
      resource_type: 'pack',
      resource_id: id,
      resource_ref: ref,
      details: { version, checksum, ...details },
    },
  ])
}
