import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

export const events: View<SummaryOrDetail<Schemas['EventSummary'], Schemas['EventDetail']>> = {
  key: 'id',
  columns: [
    ['ID', 'id', 'list'],
    ['Event ID', 'id', 'details'],
    ['Trigger', 'trigger_ref'],
    ['Source', ({ source_ref }) => source_ref],
    ['Rule', ({ rule_ref }) => rule_ref],
    ['Created', ({ created }) => when(created)],
  ],
  // What was decided is there once the event has been considered.
  sections: ({ payload, decisions }) => [
    { title: 'Payload', value: payload ?? null },
    { title: 'Rules considered', value: decisions ?? undefined },
  ],
}
