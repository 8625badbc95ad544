import type { Database } from '../database/database.ts'
import * as sessions from '../domain/access/session/queries.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import type { Caller, Claims, TokenType } from '../domain/caller/caller.ts'
import * as sensorTokens from '../domain/definition/sensor-token/queries.ts'
import { isSuperseded, refusalOf } from '../domain/definition/sensor-token/sensor-token.ts'
import { findBearer } from '../domain/flow/execution/queries.ts'
import { claimedId } from '../id.ts'
import type { Metrics } from '../observe/metrics.ts'
import { Problem } from '../problem.ts'

type CallerDeps = {
  database: Database
  tokens: Tokens
  metrics?: Pick<Metrics, 'earlierOwnerRefused'>
}

/**
 * Finds out who shows a token: what its signature says is which row, and the row says who that is and what they may.
 * Throws UNAUTHORIZED, or FORBIDDEN for a frozen account.
 */
export function callerOfToken(deps: CallerDeps): (token: string) => Promise<Caller> {
  return async (token) => {
    const claims = await deps.tokens.verify(token)
    return callers[tokenTypeOf(claims)](claims, deps)
  }
}

const callers = {
  access: accessCaller,
  sensor: sensorCaller,
  execution: executionCaller,
} as const satisfies Record<TokenType, (claims: Claims, deps: CallerDeps) => Promise<Caller>>

/** A session that has ended, however it has, leaves no row: its tokens open nothing. */
async function accessCaller({ sub, metadata }: Claims, { database }: CallerDeps): Promise<Caller> {
  const session = claimedId<'session'>(metadata?.session_id)
  const bearer = await sessions.findBearer(database, {
    id: session,
    identity: claimedId<'identity'>(sub),
  })
  if (bearer === undefined)
    throw new Problem('UNAUTHORIZED', 'The session of this token has ended; log in again.')
  if (bearer.frozen) throw frozen()
  if (!bearer.active)
    throw new Problem('UNAUTHORIZED', 'The integration token of this session is revoked or has expired.')
  const { id, login, attributes, grants } = bearer
  return { kind: 'access', identity: id, login, attributes, grants, session }
}

function frozen(): Problem {
  return new Problem('FORBIDDEN', 'The account is frozen; ask an administrator.')
}

/** What a sensor may do is what its row and that of its token say. */
async function sensorCaller({ sub, metadata }: Claims, { database, metrics }: CallerDeps): Promise<Caller> {
  const bearer = await sensorTokens.findBearer(database, {
    id: claimedId<'sensor_token'>(metadata?.sensor_token_id),
    sensor: claimedId<'sensor'>(sub),
  })
  if (bearer === undefined)
    throw new Problem(
      'UNAUTHORIZED',
      'The token of this sensor is revoked or has expired; ask for a new one.',
    )
  if (isSuperseded(bearer)) metrics?.earlierOwnerRefused(bearer.sensor_ref)
  const refused = refusalOf(bearer)
  if (refused !== undefined) throw refused
  const { token, sensor_ref, pack_ref, trigger_types, made_by } = bearer
  const of_host = made_by !== 'person'
  return { kind: 'sensor', identity: null, sensor_ref, pack_ref, trigger_types, token, of_host }
}

/**
 * The token of an execution is good while the execution runs, and for what its permission sets grant. Who it runs as,
 * its action and its sets are those of its row: the token says only which row.
 */
async function executionCaller(claims: Claims, { database }: CallerDeps): Promise<Caller> {
  const execution = claimedId<'execution'>(claims.metadata?.execution_id)
  const bearer = await findBearer(database, execution)
  if (bearer?.live !== true)
    throw new Problem('UNAUTHORIZED', 'The execution of this token has ended, and the token with it.')
  if (bearer.frozen) throw frozen()
  const { runs_as, action_ref, permission_set_refs, grants } = bearer
  return { kind: 'execution', execution, runs_as, action_ref, permission_set_refs, grants }
}

function tokenTypeOf(claims: Claims): TokenType {
  switch (claims.token_type) {
    case 'access':
    case 'sensor':
    case 'execution':
      return claims.token_type
    default:
      throw new Problem(
        'UNAUTHORIZED',
        `A ${claims.token_type} token cannot be used here; send an access token.`,
      )
  }
}
