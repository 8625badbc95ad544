import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import type { JsonObject } from '../../../json.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import type { Identity } from './identity.ts'

/** Where a request came from. */
export type From = Omit<RequestContext, 'caller'>

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
      ...actorOf({ caller: { kind: 'nobody' }, ...from }),
      ...(who === undefined ? {} : { actor_identity: who.id, resource_id: who.id, resource_ref: who.login }),
      actor_login: who?.login ?? 'unknown',
      actor_token_type: 'none',
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
      ...doerOf(by, whose, from),
      resource_type: 'identity',
      resource_id: whose.id,
      resource_ref: whose.login,
      details,
    },
  ])
}

/** Who registers or logs in is nobody yet: the account acts for itself. */
function doerOf(by: Caller, whose: Who, from: From): Partial<AuditEntry> {
  const asking = actorOf({ caller: by, ...from })
  return by.kind === 'nobody'
    ? { ...asking, actor_identity: whose.id, actor_login: whose.login, actor_token_type: 'none' }
    : asking
}
