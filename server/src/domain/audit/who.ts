import type { Caller } from '../../http/caller.ts'
import type { Id } from '../../id.ts'
import type { AuditEntry } from './record.ts'

/** Who does something, and in which request. */
export type Actor = { caller: Caller; request_id: string; client_ip: string; user_agent: string | null }

/** The part of an audit entry that says who and from where. */
export function by({ caller, request_id, client_ip, user_agent }: Actor) {
  const identity = identityOf(caller)
  return {
    ...(identity === null ? {} : { actor_identity: identity }),
    actor_login: loginOf(caller),
    actor_token_type: caller.kind,
    actor_ip: client_ip,
    ...(user_agent === null ? {} : { actor_user_agent: user_agent }),
    request_id,
  } satisfies Partial<AuditEntry>
}

function identityOf(caller: Caller): Id<'identity'> | null {
  return caller.kind === 'nobody' ? null : caller.identity
}

function loginOf(caller: Caller): string {
  switch (caller.kind) {
    case 'nobody':
      return 'nobody'
    case 'access':
      return caller.login
    case 'sensor':
      return caller.sensor_ref
    case 'execution':
      return `execution:${caller.execution}`
  }
}
