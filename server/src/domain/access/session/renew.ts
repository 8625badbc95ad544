import type { Database, Transaction } from '../../../database/database.ts'
import type { Claims } from '../../caller/caller.ts'
import { claimedId } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { networkOf } from '../../caller/client-network.ts'
import { clientOf, frozen, type OpenSession, pairOf, type SessionSettings } from './open.ts'
import * as sessions from './queries.ts'
import type { Session } from './session.ts'
import { verdictOn } from './verdict.ts'

/**
 * New tokens for a refresh token, which is good once. One that was used before ends its session, for the thief and the
 * robbed alike: nobody can tell which of them asks. That end commits, so it is answered and not thrown.
 */
export async function renewSession(
  database: Database,
  settings: SessionSettings,
  refresh_token: string,
  from: Omit<RequestContext, 'caller'>,
): Promise<OpenSession> {
  const claims = await settings.tokens.verify(refresh_token)
  if (claims.token_type !== 'refresh')
    throw new Problem('UNAUTHORIZED', 'This is not a refresh token; log in again.')
  const outcome = await database.transaction((tx) => renewed(tx, settings, claims, from))
  if (outcome instanceof Problem) throw outcome
  return outcome
}

async function renewed(
  tx: Transaction,
  settings: SessionSettings,
  claims: Claims,
  from: Omit<RequestContext, 'caller'>,
): Promise<OpenSession | Problem> {
  const found = await sessions.lockRenewable(tx, whichOf(claims))
  if (found === undefined) return ended()
  if (found.frozen && found.integration_token === null) return frozen()
  if (found.frozen || !found.active)
    return new Problem('UNAUTHORIZED', 'The integration token of this session opens nothing any more.')
  const client = clientOf(from)
  const same_client =
    networkOf(found.client_ip) === networkOf(client.client_ip) && found.user_agent === client.user_agent
  switch (verdictOn({ ...found, same_client }, Number(claims.metadata?.generation))) {
    case 'renew':
      return shown(settings, found, await sessions.renew(tx, found.id, client, settings.refresh_ttl_seconds))
    case 'repeat':
      return shown(settings, found, found)
    case 'reused':
      await endReused(tx, settings, found, from)
      return ended()
    case 'unknown':
      return ended()
  }
}

/** A program that logged in with an integration token is told whose it is. */
async function shown(
  settings: SessionSettings,
  { identity: id, login, display_name, integration_token }: sessions.RenewableSession,
  session: Session,
): Promise<OpenSession> {
  const pair = await pairOf(settings, session, login)
  return integration_token === null ? pair : { ...pair, user: { id, login, display_name } }
}

/** The session that a token of ours names. */
export function whichOf({ sub, metadata }: Claims) {
  return { id: claimedId<'session'>(metadata?.session_id), identity: claimedId<'identity'>(sub) }
}

function ended(): Problem {
  return new Problem('UNAUTHORIZED', 'The session of this token has ended; log in again.')
}

async function endReused(
  tx: Transaction,
  settings: SessionSettings,
  session: sessions.RenewableSession,
  from: Omit<RequestContext, 'caller'>,
): Promise<void> {
  const { id, identity, login, provider, client_ip } = session
  await sessions.remove(tx, session)
  await record(tx, [
    {
      category: 'auth',
      event_type: 'auth.session.reused',
      outcome: 'denied',
      ...actorOf({ caller: { kind: 'nobody' }, ...from }),
      actor_login: 'unknown',
      actor_token_type: 'refresh',
      resource_type: 'identity',
      resource_id: identity,
      resource_ref: login,
      details: { session_id: id, provider, renewed_from: client_ip },
    },
  ])
  await settings.reused(tx, {
    session: id,
    identity,
    login,
    client_ip: from.client_ip,
    renewed_from: client_ip,
  })
}
