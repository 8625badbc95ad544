import * as sensorTokens from '../domain/definition/sensor-token/queries.ts'
import * as sessions from '../domain/access/session/queries.ts'
import type { Sweep } from './sweep.ts'

/** Forgets sessions and tokens of sensors that have expired: they open nothing any more. */
export const forgetSessions: Sweep = {
  name: 'forget_sessions',
  interval_seconds: 3600,
  run: async (tx) => (await sessions.forgetExpired(tx)) + (await sensorTokens.forgetExpired(tx)),
}
