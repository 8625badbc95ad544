import type { Queryable } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { type AuditEntry, record } from '../audit/record.ts'

/** Who changes a definition, and with which request. */
export type Changing = {
  caller: Caller
  request_id: string
  client_ip: string
  user_agent: string | null
}

/** What was done to what: `action.created`. */
export type Change = {
  event_type: `${string}.${string}`
  resource: { id: number; ref: string }
  details?: JsonObject
}

/** Definitions are code, or open the door to some: who changed one can be found again. */
export function recordChange(
  db: Queryable,
  { caller, request_id, client_ip, user_agent }: Changing,
  { event_type, resource, details }: Change,
): Promise<number> {
  const [resource_type = event_type] = event_type.split('.')
  return record(db, [
    {
      category: 'admin',
      event_type,
      outcome: 'success',
      ...actorOf(caller),
      actor_ip: client_ip,
      ...(user_agent === null ? {} : { actor_user_agent: user_agent }),
      request_id,
      resource_type,
      resource_id: resource.id,
      resource_ref: resource.ref,
      ...(details === undefined ? {} : { details }),
    },
  ])
}

type Actor = Pick<AuditEntry, 'actor_identity' | 'actor_login' | 'actor_token_type'>

function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case 'access':
      return { actor_identity: caller.identity, actor_login: caller.login, actor_token_type: 'access' }
    case 'execution':
      return {
        actor_identity: caller.identity,
        actor_login: `execution:${caller.execution}`,
        actor_token_type: 'execution',
      }
    case 'sensor':
    case 'nobody':
      throw new Problem('FORBIDDEN', `A ${caller.kind} token changes no definitions.`)
  }
}
