import type { Queryable } from '../../../database/database.ts'
import type { JsonObject } from '../../../json.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'

/** Who changes a definition, and with which request. */
export type Changing = RequestContext

/** What was done to what: an action was created. */
type Change = {
  kind: 'action' | 'rule' | 'runtime' | 'sensor' | 'trigger' | 'worker'
  done: string
  resource: { id: number; ref: string }
  details?: JsonObject
}

/** Definitions are code, or open the door to some: who changed one can be found again. */
export function recordChange(
  db: Queryable,
  changing: Changing,
  { kind, done, resource, details }: Change,
): Promise<number> {
  return record(db, [
    {
      category: 'admin',
      event_type: `${kind}.${done}`,
      outcome: 'success',
      ...actorOf(changing),
      resource_type: kind,
      resource_id: resource.id,
      resource_ref: resource.ref,
      ...(details === undefined ? {} : { details }),
    },
  ])
}
