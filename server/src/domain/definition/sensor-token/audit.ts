import type { Queryable } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import type { SensorToken } from './sensor-token.ts'

/** Who does something, as an audit entry names them. */
export type Actor = Partial<AuditEntry>

type Done = {
  done: 'issued' | 'renewed' | 'revoked'
  sensor: { id: Id<'sensor'>; ref: string }
  row: SensorToken
  by: Actor
}

/** A token that lets a sensor in, or does not any more. */
export function recordSensorToken(db: Queryable, { done, sensor, row, by }: Done): Promise<number> {
  const { id: sensor_token_id, made_by, requested_by, trigger_types, ttl_seconds } = row
  return record(db, [
    {
      category: 'auth',
      event_type: `auth.sensor_token.${done}`,
      outcome: 'success',
      ...by,
      resource_type: 'sensor',
      resource_id: sensor.id,
      resource_ref: sensor.ref,
      details: { sensor_token_id, made_by, requested_by, trigger_types, ttl_seconds },
    },
  ])
}
