import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'

export type Severity = Schemas['Alert']['severity']
export const severities = ['info', 'warning', 'error', 'critical'] as const satisfies readonly Severity[]

export const alerts: View<Schemas['Alert']> = {
  key: 'correlation_id',
  columns: [
    ['Alert', 'correlation_id'],
    ['Severity', 'severity'],
    ['Seen', 'sightings', 'list'],
    ['Category', 'category', 'details'],
    ['First seen', ({ first_seen_at }) => when(first_seen_at), 'details'],
    ['Last seen', ({ last_seen_at }) => when(last_seen_at)],
    ['Cleared', ({ cleared_at }) => when(cleared_at), 'list'],
    ['Summary', 'summary'],
  ],
  sections: ({ details }) => [{ title: 'Details', value: details }],
}
