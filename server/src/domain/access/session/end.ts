import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import type { Identity } from '../identity/identity.ts'
import * as sessions from './queries.ts'

type Whose = Pick<Identity, 'id' | 'login'>
type By = Partial<AuditEntry>

/** False when the account has no such session (any more). */
export async function endSession(
  tx: Transaction,
  { whose, id, by }: { whose: Whose; id: Id<'session'>; by: By },
): Promise<boolean> {
  const ended = await sessions.remove(tx, { id, identity: whose.id })
  if (ended > 0) await tell(tx, whose, by, { session_id: id })
  return ended > 0
}

type Ending = {
  whose: Whose
  /** The session that goes on: that of whoever changes their own account. */
  kept: Id<'session'> | null
  why: 'password' | 'frozen' | 'asked'
  by: By
}

/**
 * Ends every session of an account, however it began; its access tokens open nothing from the next request on. Whatever
 * makes an account another one's, or nobody's, calls this in its own transaction.
 */
export async function endSessions(tx: Transaction, { whose, kept, why, by }: Ending): Promise<number> {
  const sessions_ended = await sessions.removeAll(tx, whose.id, kept)
  if (sessions_ended > 0) await tell(tx, whose, by, { why, sessions_ended })
  return sessions_ended
}

function tell(tx: Transaction, { id, login }: Whose, by: By, details: NonNullable<AuditEntry['details']>) {
  return record(tx, [
    {
      category: 'auth',
      event_type: 'auth.session.ended',
      outcome: 'success',
      ...by,
      resource_type: 'identity',
      resource_id: id,
      resource_ref: login,
      details,
    },
  ])
}
