import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { json, maybeText, row, rows, text, texts } from '../row.ts'

export type Runtime = {
  ref: string
  name: string
  pack_ref: string | undefined
  description: string | undefined
  aliases: string[]
  created: string
  updated: string
  /** The rest is not in lists. */
  versions: string[]
  execution_config: Json
}

export const runtimes: View<Runtime> = {
  read(value) {
    const runtime = row<Schemas['RuntimeDetail']>(value)
    return {
      ref: text(runtime, 'ref'),
      name: text(runtime, 'name'),
      pack_ref: maybeText(runtime, 'pack_ref'),
      description: maybeText(runtime, 'description'),
      aliases: texts(runtime, 'aliases'),
      created: text(runtime, 'created'),
      updated: text(runtime, 'updated'),
      versions: rows(runtime, 'versions').map((one) => text(one, 'version')),
      execution_config: json(runtime, 'execution_config'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Name', ({ name }) => name],
    ['Pack', ({ pack_ref }) => pack_ref ?? ''],
    ['Aliases', ({ aliases }) => aliases.join(', ')],
    ['Description', ({ description }) => description ?? ''],
  ],
  details: (runtime) => [
    ['Ref', runtime.ref],
    ['Name', runtime.name],
    ['Pack', runtime.pack_ref ?? ''],
    ['Description', runtime.description ?? ''],
    ['Aliases', runtime.aliases.join(', ')],
    ['Versions', runtime.versions.join(', ')],
    ['Created', when(runtime.created)],
    ['Updated', when(runtime.updated)],
  ],
  sections: ({ execution_config }) =>
    execution_config === null ? [] : [{ title: 'How programs are started', value: execution_config }],
}
