import type { Queryable } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import type { JsonObject } from '../../json.ts'
import { type AuditEntry, record } from '../audit/record.ts'
import type { Identity } from './identity.ts'

/** Where a request came from. */
export type From = { request_id: string; client_ip: string; user_agent: string | null }

type Who = Pick<Identity, 'id' | 'login'>
type LoginKind = 'auth.login' | 'auth.token_login'

/**
 * A login that succeeded or failed. A login that belongs to no account is not written down: it may be a password in
 * the wrong field.
 */
export function recordLogin(
  db: Queryable,
  {
    kind,
    outcome,
    who,
    details,
  }: { kind: LoginKind; outcome: 'success' | 'failure'; who: Who | undefined; details: JsonObject },
  from: From,
): Promise<number> {
  return record(db, [
    {
      category: 'auth',
      event_type: `${kind}.${outcome}`,
      outcome,
      ...(who === undefined ? {} : { actor_identity: who.id, resource_id: who.id, resource_ref: who.login }),
      actor_login: who?.login ?? 'unknown',
      actor_token_type: 'none',
      ...origin(from),
      resource_type: 'identity',
      details,
    },
  ])
}

/** A change to an account, by its owner or by somebody else. */
export function recordChange(
  db: Queryable,
  {
    event,
    by,
    whose,
    details,
  }: { event: 'created' | 'updated'; by: Caller; whose: Who; details: JsonObject },
  from: From,
): Promise<number> {
  return record(db, [
    {
      category: 'admin',
      event_type: `admin.identity.${event}`,
      outcome: 'success',
      ...actorOf(by, whose),
      ...origin(from),
      resource_type: 'identity',
      resource_id: whose.id,
      resource_ref: whose.login,
      details,
    },
  ])
}

/** A token that lets a sensor in. */
export function recordSensorToken(
  db: Queryable,
  { by, account, details }: { by: Caller; account: Who; details: JsonObject },
  from: From,
): Promise<number> {
  return record(db, [
    {
      category: 'auth',
      event_type: 'auth.sensor_token.issued',
      outcome: 'success',
      ...(by.kind === 'nobody'
        ? { actor_login: 'bootstrap token', actor_token_type: 'none' }
        : actorOf(by, account)),
      ...origin(from),
      resource_type: 'identity',
      resource_id: account.id,
      resource_ref: account.login,
      details,
    },
  ])
}

function origin({ request_id, client_ip, user_agent }: From) {
  return { request_id, actor_ip: client_ip, ...(user_agent === null ? {} : { actor_user_agent: user_agent }) }
}

/** Who registers or logs in is nobody yet: the account acts for itself. */
function actorOf(
  by: Caller,
  whose: Who,
): Pick<AuditEntry, 'actor_identity' | 'actor_login' | 'actor_token_type'> {
  switch (by.kind) {
    case 'nobody':
      return { actor_identity: whose.id, actor_login: whose.login, actor_token_type: 'none' }
    case 'access':
      return { actor_identity: by.identity, actor_login: by.login, actor_token_type: 'access' }
    case 'execution':
      return {
        actor_identity: by.identity,
        actor_login: `execution:${by.execution}`,
        actor_token_type: 'execution',
      }
    case 'sensor':
      return { actor_login: by.sensor_ref, actor_token_type: 'sensor' }
  }
}
