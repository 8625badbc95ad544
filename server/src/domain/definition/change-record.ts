import type { Queryable } from '../../database/database.ts'
import type { JsonObject } from '../../json.ts'
import { actorOf, type Asking } from '../audit/actor.ts'
import { record } from '../audit/record.ts'

/** Who changes a definition, and with which request. */
export type Changing = Asking

/** What was done to what: `action.created`. */
export type Change = {
  event_type: `${string}.${string}`
  resource: { id: number; ref: string }
  details?: JsonObject
}

/** Definitions are code, or open the door to some: who changed one can be found again. */
export function recordChange(
  db: Queryable,
  changing: Changing,
  { event_type, resource, details }: Change,
): Promise<number> {
  const [resource_type = event_type] = event_type.split('.')
  return record(db, [
    {
      category: 'admin',
      event_type,
      outcome: 'success',
      ...actorOf(changing),
      resource_type,
      resource_id: resource.id,
      resource_ref: resource.ref,
      ...(details === undefined ? {} : { details }),
    },
  ])
}
