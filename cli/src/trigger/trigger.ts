import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type SummaryOrDetail, type View, yesNo } from '../output/view.ts'

export const triggers: View<SummaryOrDetail<Schemas['TriggerSummary'], Schemas['TriggerDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Sensor', ({ sensor_ref }) => sensor_ref, 'details'],
    ['Webhook', ({ webhook_enabled }) => yesNo(webhook_enabled)],
    ['Description', ({ description }) => description, 'list'],
    ...lifetime,
  ],
  sections: ({ param_schema, out_schema }) => [
    { title: 'Parameters', value: param_schema ?? undefined },
    { title: 'Payload', value: out_schema ?? undefined },
  ],
}
