import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { askToCancel, cancelUnbegun, lockLiveOf } from './transitions.ts'

/**
 * Ends the work of an account that is frozen or deleted: what has not begun at once, and what runs by telling its
 * worker. All of it counts as cancelled, so that it is not tried again and does not go on when the account is let in
 * again. What comes into being later is refused where it would be placed.
 */
export async function endExecutionsOf(
  tx: Transaction,
  account: Id<'identity'>,
  { reason, asking }: { reason: string; asking: RequestContext },
): Promise<number> {
  const live = await lockLiveOf(tx, account)
  const actor = actorOf(asking)
  const by = actor.actor_login ?? 'unknown'
  const ids = live.map(({ id }) => id)
  await cancelUnbegun(tx, ids, { by, error: reason })
  await askToCancel(tx, ids, by)
  await record(
    tx,
    live.map(({ id, action_ref, status, worker }) => ({
      category: 'execution',
      event_type: 'execution.cancel_requested',
      outcome: 'success',
      ...actor,
      resource_type: 'execution',
      resource_id: id,
      resource_ref: action_ref,
      details: { previous_status: status, worker, reason },
    })),
  )
  return live.length
}
