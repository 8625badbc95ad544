import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type SummaryOrDetail, type View, yesNo } from '../output/view.ts'

export const sensors: View<SummaryOrDetail<Schemas['SensorSummary'], Schemas['SensorDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Description', ({ description }) => description, 'list'],
    ['Runtime', ({ runtime_ref }) => runtime_ref ?? null, 'details'],
    ['Entry Point', ({ entrypoint }) => entrypoint ?? null, 'details'],
    [
      'When rules change',
      ({ control }) => (control === 'stdin' ? 'it is told' : 'it is restarted'),
      'details',
    ],
    ...lifetime,
  ],
  sections: ({ param_schema }) => [{ title: 'Parameters', value: param_schema ?? undefined }],
}
