import { Type } from 'typebox'
import type { Metrics } from '../observe/metrics.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type Route, read } from './route.ts'

/** What this process counts, for Prometheus. Totals only: nothing of it names a person or a value. */
export function metricsRoutes({ metrics }: { metrics: Metrics }): Route[] {
  const expose = oneAtATime(metrics.expose) // anybody may ask, as often as they like
  return [
    read({
      method: 'GET',
      path: '/metrics',
      summary: 'Counters and histograms in the text format of Prometheus',
      tag: 'health',
      access: 'public',
      guard: 'probe',
      success: { 200: Type.String() },
      handle: () => expose(),
    }),
  ]
}
