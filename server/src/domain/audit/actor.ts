import type { RequestContext } from '../caller/request-context.ts'
import type { Caller } from '../caller/caller.ts'
import type { AuditEntry } from './record.ts'

/** Longer ones say nothing more. */
const MAX_USER_AGENT = 300

/** Who did it, from where, with which request. */
export function actorOf({ caller, request_id, client_ip, user_agent }: RequestContext): Partial<AuditEntry> {
  return {
    ...named(caller),
    actor_ip: client_ip,
    ...(user_agent === null ? {} : { actor_user_agent: user_agent.slice(0, MAX_USER_AGENT) }),
    request_id,
  }
}

function named(caller: Caller): Partial<AuditEntry> {
  switch (caller.kind) {
    case 'nobody':
      return {}
    case 'access':
      return { actor_identity: caller.identity, actor_login: caller.login, actor_token_type: 'access' }
    case 'execution':
      return {
        actor_identity: caller.runs_as,
        actor_login: `execution:${caller.execution}`,
        actor_token_type: 'execution',
      }
    case 'sensor':
      return {
        ...(caller.identity === null ? {} : { actor_identity: caller.identity }),
        actor_login: caller.sensor_ref,
        actor_token_type: 'sensor',
      }
  }
}
