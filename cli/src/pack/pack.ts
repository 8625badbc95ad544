import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type SummaryOrDetail, unlessEmpty, type View, yesNo } from '../output/view.ts'

export const packs: View<SummaryOrDetail<Schemas['PackSummary'], Schemas['PackDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Label', 'label', 'details'],
    ['Version', 'version'],
    ['Description', ({ description }) => description ?? null],
    ['Tags', ({ tags }) => tags.join(', '), 'details'],
    ['Needs', ({ dependencies = [] }) => dependencies.join(', '), 'details'],
    ['Standard', ({ is_standard }) => yesNo(is_standard), 'details'],
    ...lifetime,
  ],
  sections: ({ config }) => [{ title: 'Configuration', value: unlessEmpty(config) }],
}
