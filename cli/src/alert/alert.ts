import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, json, maybeText, row, text } from '../row.ts'

export const severities = ['info', 'warning', 'error', 'critical'] as const
export type Severity = (typeof severities)[number]

export type Alert = {
  correlation_id: string
  severity: string
  category: string
  summary: string
  sightings: number
  first_seen_at: string
  last_seen_at: string
  cleared_at: string | undefined
  details: Json
}

export const alerts: View<Alert> = {
  read(value) {
    const alert = row<Schemas['Alert']>(value)
    return {
      correlation_id: text(alert, 'correlation_id'),
      severity: text(alert, 'severity'),
      category: text(alert, 'category'),
      summary: text(alert, 'summary'),
      sightings: integer(alert, 'sightings'),
      first_seen_at: text(alert, 'first_seen_at'),
      last_seen_at: text(alert, 'last_seen_at'),
      cleared_at: maybeText(alert, 'cleared_at'),
      details: json(alert, 'details'),
    }
  },
  key: ({ correlation_id }) => correlation_id,
  columns: [
    ['Alert', ({ correlation_id }) => correlation_id],
    ['Severity', ({ severity }) => severity],
    ['Seen', ({ sightings }) => String(sightings)],
    ['Last seen', ({ last_seen_at }) => when(last_seen_at)],
    ['Cleared', ({ cleared_at }) => (cleared_at === undefined ? '' : when(cleared_at))],
    ['Summary', ({ summary }) => summary],
  ],
  details: (alert) => [
    ['Alert', alert.correlation_id],
    ['Severity', alert.severity],
    ['Category', alert.category],
    ['First seen', when(alert.first_seen_at)],
    ['Last seen', when(alert.last_seen_at)],
    ['Summary', alert.summary],
  ],
  sections: ({ details }) => [{ title: 'Details', value: details }],
}
