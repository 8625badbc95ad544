import type { Transaction } from '../../../database/database.ts'
import type { ReusedSession } from '../../access/session/open.ts'
import type { Alert } from './alert.ts'
import { raise } from './raise.ts'

/** Seconds before the same account is announced again. */
const COOLDOWN_SECONDS = 3600

/** A refresh token was used a second time: a thief has it, or had it. */
export function raiseSessionReused(
  tx: Transaction,
  { session, identity, login, client_ip, renewed_from }: ReusedSession,
): Promise<Alert[]> {
  const sighting = {
    correlation_id: `session:${identity}:reused`,
    severity: 'warning',
    category: 'security',
    failure_type: 'refresh_token_reused',
    component_type: 'identity',
    component_id: identity,
    component_ref: login,
    summary: `A refresh token of '${login}' was used a second time, from ${client_ip}; the session is ended. If it was not one of their own programs, end the others too and change the password.`,
    details: { session_id: session, client_ip, renewed_from },
  } as const
  return raise(tx, [sighting], COOLDOWN_SECONDS)
}
