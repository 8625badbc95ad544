/** The stretches of the flow whose duration is measured, each by two timestamps of the database's clock. */
export const hops = [
  'event_to_enforcement',
  'event_to_deferred',
  'enforcement_to_execution',
  'requested_to_scheduled',
  'scheduled_to_started',
  'started_to_ended',
  'event_to_started',
] as const
type Hop = (typeof hops)[number]

/** Seconds that each row of a batch took for a hop. */
export type HopTimes = { [H in Hop]?: readonly number[] }

/** Seconds from one timestamp of the database to a later one. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}
