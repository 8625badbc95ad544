import type { Transaction } from '../../database/database.ts'
import type { JsonObject } from '../../json.ts'
import { actorOf, type Asking } from '../audit/actor.ts'
import { record } from '../audit/record.ts'

export type Deed = {
  what: 'pack' | 'pack_index'
  /** What was done to it, as the event type says after the dot. */
  verb: 'created' | 'updated' | 'deleted' | 'registered' | 'uploaded' | 'installed'
  resource_id: number
  resource_ref?: string
  details: JsonObject
}

/** Writes down what was done to packs and indexes, in the transaction that does it. */
export async function recordDeed(
  tx: Transaction,
  asking: Asking,
  { what, verb, ...deed }: Deed,
): Promise<void> {
  await record(tx, [
    {
      category: 'pack',
      event_type: `${what}.${verb}`,
      outcome: 'success',
      resource_type: what === 'pack' ? 'pack' : 'pack_registry_index',
      ...actorOf(asking),
      ...deed,
    },
  ])
}
