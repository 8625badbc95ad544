import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type SummaryOrDetail, unlessEmpty, type View } from '../output/view.ts'

export const rules: View<SummaryOrDetail<Schemas['RuleSummary'], Schemas['RuleDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', 'pack_ref'],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Trigger', 'trigger_ref'],
    ['Action', 'action_ref'],
    [
      'Enabled',
      ({ enabled }) => (enabled ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'dim' }),
    ],
    ...lifetime,
  ],
  sections: ({ conditions, action_params, trigger_params }) => [
    { title: 'Conditions', value: unlessEmpty(conditions) },
    { title: 'Action Parameters', value: unlessEmpty(action_params) },
    { title: 'Trigger Parameters', value: unlessEmpty(trigger_params) },
  ],
}
