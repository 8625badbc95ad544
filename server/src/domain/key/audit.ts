import type { Queryable } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import { type AuditEntry, record } from '../audit/record.ts'
import type { Key } from './key.ts'

/** Who does something with keys, and in which request. */
export type Actor = { caller: Caller; request_id: string; client_ip: string; user_agent: string | null }

/** Notes what was done with a key. The value is never part of it. */
export async function recordKey(
  db: Queryable,
  verb: 'created' | 'read' | 'decrypted' | 'updated' | 'deleted',
  { id, ref, owner_type, owner, name, encrypted }: Key,
  actor: Actor,
): Promise<void> {
  await record(db, [
    {
      ...by(actor),
      event_type: `secret.key.${verb}`,
      resource_type: 'key',
      resource_id: id,
      resource_ref: ref,
      details: { owner_type, owner, name, encrypted },
    },
  ])
}

/** Notes that everything encrypted is encrypted anew. */
export async function recordRotation(
  db: Queryable,
  verb: 'started' | 'ended',
  actor: Actor,
  details: JsonObject,
): Promise<void> {
  await record(db, [
    { ...by(actor), event_type: `secret.encryption.rotation_${verb}`, resource_type: 'key', details },
  ])
}

function by({ caller, request_id, client_ip, user_agent }: Actor) {
  const identity = identityOf(caller)
  return {
    category: 'secret',
    outcome: 'success',
    ...(identity === null ? {} : { actor_identity: identity }),
    actor_login: loginOf(caller),
    actor_token_type: caller.kind,
    actor_ip: client_ip,
    ...(user_agent === null ? {} : { actor_user_agent: user_agent }),
    request_id,
  } as const satisfies Partial<AuditEntry>
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
