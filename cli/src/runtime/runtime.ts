import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf } from '../definition/commands.ts'
import { cellsOf, definitionView } from '../definition/view.ts'
import { rows, text as textOf } from '../row.ts'

type Runtime = Schemas['RuntimeDetail']
const { text, maybe, moment, texts } = cellsOf<Runtime>()

export const runtimes = definitionView<Runtime>({
  columns: [
    ['Ref', text('ref')],
    ['Name', text('name')],
    ['Pack', maybe('pack_ref')],
    ['Aliases', texts('aliases')],
    ['Description', maybe('description')],
  ],
  details: [
    ['Ref', text('ref')],
    ['Name', text('name')],
    ['Pack', maybe('pack_ref')],
    ['Description', maybe('description')],
    ['Aliases', texts('aliases')],
    [
      'Versions',
      (shown) =>
        rows(shown, 'versions')
          .map((one) => textOf(one, 'version'))
          .join(', '),
    ],
    ['Created', moment('created')],
    ['Updated', moment('updated')],
  ],
  sections: [['How programs are started', 'execution_config']],
})

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
