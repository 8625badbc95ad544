import type { Schemas } from '@attune/client/dist/requests.js'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

type Enforcement = SummaryOrDetail<Schemas['EnforcementSummary'], Schemas['EnforcementDetail']>

const colours: Readonly<Record<Enforcement['status'], Colour>> = {
  created: 'dim',
  processed: 'green',
  disabled: 'yellow',
}
export const statuses = ['created', 'processed', 'disabled'] as const
export type Status = (typeof statuses)[number]

export const enforcements: View<Enforcement> = {
  key: 'id',
  columns: [
    ['ID', 'id', 'list'],
    ['Enforcement ID', 'id', 'details'],
    ['Rule', 'rule_ref'],
    ['Trigger', 'trigger_ref'],
    ['Event', ({ event }) => event],
    ['Status', ({ status }) => ({ text: status, colour: colours[status] })],
    ['Reason', ({ disabled_reason }) => disabled_reason ?? null, 'details'],
    ['Created', ({ created }) => when(created)],
    ['Resolved', ({ resolved_at }) => when(resolved_at), 'details'],
  ],
  sections: ({ config, payload }) => [
    { title: 'Parameters', value: config ?? undefined },
    { title: 'Payload', value: payload ?? undefined },
  ],
}
