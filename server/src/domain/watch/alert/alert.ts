import { type Static, Type } from 'typebox'
import { anyObject, nullable, oneOf, timestamp } from '../../../database/row.ts'
import type { JsonObject } from '../../../json.ts'

export const severities = ['info', 'warning', 'error', 'critical'] as const

/** One kind of trouble, as often as it was seen. Open until it is cleared. */
export const Alert = Type.Object(
  {
    /** What is wrong with what: `dead_letters:attune.enforcements.queue`, `worker:7:stale_heartbeat`. */
    correlation_id: Type.String(),
    severity: oneOf(severities),
    category: Type.String(),
    failure_type: Type.String(),
    component_type: Type.String(),
    component_id: nullable(Type.Integer()),
    component_ref: nullable(Type.String()),
    worker_role: nullable(Type.String()),
    summary: Type.String(),
    details: anyObject,
    sightings: Type.Integer(),
    first_seen_at: timestamp,
    last_seen_at: timestamp,
    /** When an event of core.alert last told of it. */
    announced_at: timestamp,
    cleared_at: nullable(timestamp),
  },
  { title: 'Alert' },
)
export type Alert = Static<typeof Alert>

/** Trouble as whoever finds it describes it. */
export type AlertOccurrence = {
  correlation_id: string
  severity: Alert['severity']
  category: string
  failure_type: string
  component_type: string
  component_id?: number
  component_ref?: string
  worker_role?: 'action' | 'sensor'
  /** A full sentence that names the thing and the remedy. */
  summary: string
  details?: JsonObject
}
