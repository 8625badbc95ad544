import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, json, maybeText, row, text, texts } from '../row.ts'

export type Pack = {
  ref: string
  label: string
  version: string
  description: string | undefined
  tags: string[]
  dependencies: string[]
  is_standard: boolean
  /** Not in lists. */
  config: Json
  created: string
  updated: string
}

export const packs: View<Pack> = {
  read(value) {
    const pack = row<Schemas['PackDetail']>(value)
    return {
      ref: text(pack, 'ref'),
      label: text(pack, 'label'),
      version: text(pack, 'version'),
      description: maybeText(pack, 'description'),
      tags: texts(pack, 'tags'),
      dependencies: texts(pack, 'dependencies'),
      is_standard: flag(pack, 'is_standard'),
      config: json(pack, 'config'),
      created: text(pack, 'created'),
      updated: text(pack, 'updated'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Version', ({ version }) => version],
    ['Description', ({ description }) => description ?? ''],
  ],
  details: (pack) => [
    ['Ref', pack.ref],
    ['Label', pack.label],
    ['Version', pack.version],
    ['Description', pack.description ?? ''],
    ['Tags', pack.tags.join(', ')],
    ['Needs', pack.dependencies.join(', ')],
    ['Standard', pack.is_standard ? 'yes' : 'no'],
    ['Created', when(pack.created)],
    ['Updated', when(pack.updated)],
  ],
  sections: ({ config }) =>
    config === null || Object.keys(config).length === 0 ? [] : [{ title: 'Configuration', value: config }],
}
