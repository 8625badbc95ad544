import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, maybeText, row, text, texts } from '../row.ts'

export type Pack = {
  ref: string
  label: string
  version: string
  description: string | undefined
  tags: string[]
  is_standard: boolean
  created: string
  updated: string
}

export const packs: View<Pack> = {
  read(value) {
    const pack = row(value)
    return {
      ref: text(pack, 'ref'),
      label: text(pack, 'label'),
      version: text(pack, 'version'),
      description: maybeText(pack, 'description'),
      tags: texts(pack, 'tags'),
      is_standard: flag(pack, 'is_standard'),
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
    ['Standard', pack.is_standard ? 'yes' : 'no'],
    ['Created', when(pack.created)],
    ['Updated', when(pack.updated)],
  ],
}
