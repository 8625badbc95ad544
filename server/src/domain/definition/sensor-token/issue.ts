import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { type Actor, recordSensorToken } from './audit.ts'
import type { Tokens } from '../../access/token/token.ts'
import * as sensorTokens from './queries.ts'
import type { SensorToken } from './sensor-token.ts'

/** Seconds that a token is valid where nobody says how long. */
export const DEFAULT_TTL_SECONDS = 86_400

type Issued = { token: string; expires_at: string }
type Which = { id: Id<'sensor'>; ref: string }

/** A new token for a sensor, on record with who made it. */
export async function issue(
  { tx, tokens, by }: { tx: Transaction; tokens: Tokens; by: Actor },
  sensor: Which,
  asked: Omit<sensorTokens.NewSensorToken, 'sensor'>,
): Promise<Issued> {
  const row = await sensorTokens.insert(tx, { ...asked, sensor: sensor.id })
  await recordSensorToken(tx, { done: 'issued', sensor, row, by })
  return mint(tokens, sensor, row)
}

/** Undefined when the row is gone: what was revoked does not come back. */
export async function renew(
  { tx, tokens, by }: { tx: Transaction; tokens: Tokens; by: Actor },
  id: Id<'sensor_token'>,
  ref: string,
): Promise<Issued | undefined> {
  const row = await sensorTokens.renew(tx, id)
  if (row === undefined) return undefined
  const sensor = { id: row.sensor, ref }
  await recordSensorToken(tx, { done: 'renewed', sensor, row, by })
  return mint(tokens, sensor, row)
}

/** A host, and which owner of the sensor it is. */
type Host = { worker: Id<'worker'>; worker_name: string; generation: number }

/** The token of a process that a host starts; that of an earlier process of the same sensor ends. */
export async function issueToHost(
  { tx, tokens, host }: { tx: Transaction; tokens: Tokens; host: Host },
  sensor: Which,
): Promise<Issued> {
  const { worker, generation } = host
  await sensorTokens.removeOfHost(tx, { sensor: sensor.id, worker, generation })
  const asked = { made_by: 'host', worker, generation, requested_by: null, trigger_types: null } as const
  return issue({ tx, tokens, by: byHost(host) }, sensor, { ...asked, ttl_seconds: DEFAULT_TTL_SECONDS })
}

/** The same token for longer; a new one where it was revoked. */
export async function renewForHost(
  { tx, tokens, host }: { tx: Transaction; tokens: Tokens; host: Host },
  sensor: Which,
): Promise<Issued> {
  const row = await sensorTokens.renewOfHost(tx, { sensor: sensor.id, ...host })
  if (row === undefined) return issueToHost({ tx, tokens, host }, sensor)
  await recordSensorToken(tx, { done: 'renewed', sensor, row, by: byHost(host) })
  return mint(tokens, sensor, row)
}

function byHost({ worker_name }: Host): Actor {
  return { actor_login: worker_name, actor_token_type: 'none' }
}

/** The token says which row it is and nothing that counts. */
async function mint(tokens: Tokens, { id, ref }: Which, row: SensorToken): Promise<Issued> {
  const token = await tokens.mint({
    sub: String(id),
    login: ref,
    token_type: 'sensor',
    scope: 'sensor',
    metadata: { sensor_token_id: row.id },
    ttl_seconds: row.ttl_seconds,
  })
  // With an offset, as sensors that exist read it.
  return { token, expires_at: new Date(row.expires_at).toISOString().replace('Z', '+00:00') }
}
