import * as sessions from '../domain/access/session/queries.ts'
import * as sensorTokens from '../domain/definition/sensor-token/queries.ts'
import { forgetDedupeKeys } from '../domain/flow/event/queries.ts'
import { forgetOld } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Forgets dedupe keys after the seven days they are promised for. */
export const forgetOldDedupeKeys: Sweep = {
  name: 'forget_dedupe_keys',
  interval_seconds: 3600,
  run: forgetDedupeKeys,
}

/** Drops what sweeps remember of rows that went on long ago. */
export const forgetRedrives: Sweep = { name: 'forget_redrives', interval_seconds: 3600, run: forgetOld }

/** Forgets sessions and tokens of sensors that have expired: they open nothing any more. */
export const forgetSessions: Sweep = {
  name: 'forget_sessions',
  interval_seconds: 3600,
  run: async (tx) => (await sessions.forgetExpired(tx)) + (await sensorTokens.forgetExpired(tx)),
}
