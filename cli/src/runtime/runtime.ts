import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf } from '../definition/commands.ts'
import { lifetime, type SummaryOrDetail, type View } from '../output/view.ts'

export const runtimes: View<SummaryOrDetail<Schemas['RuntimeSummary'], Schemas['RuntimeDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Name', 'name'],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Description', ({ description }) => description, 'details'],
    ['Aliases', ({ aliases }) => aliases.join(', ')],
    ['Description', ({ description }) => description, 'list'],
    ['Versions', ({ versions = [] }) => versions.map(({ version }) => version).join(', '), 'details'],
    ...lifetime,
  ],
  sections: ({ execution_config }) => [
    { title: 'How programs are started', value: execution_config ?? undefined },
  ],
}

export const runtimeCommands = commandsOf({
  kind: 'runtime',
  plural: 'runtimes',
  example: 'demo.lua',
  view: runtimes,
  filters: [],
  get: {
    says: 'show a runtime with its versions and how programs are started by it',
    example: 'core.python',
  },
  remove: 'delete a runtime; the sensors that run by it go too',
})
