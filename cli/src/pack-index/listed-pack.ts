import type { Schemas } from '@attune/client/dist/requests.js'
import type { View } from '../output/view.ts'
import { maybeText, row, rows, text, texts } from '../row.ts'

/** A pack as an index lists it. */
export type ListedPack = {
  ref: string
  version: string
  label: string
  description: string
  author: string
  license: string
  keywords: string[]
  sources: string[]
  contents: string
  index: string
}

const kinds = ['actions', 'sensors', 'triggers', 'rules', 'workflows']

export const listedPacks: View<ListedPack> = {
  read(value) {
    const { pack: listed, registry } = row<Schemas['IndexedPack']>(value)
    const pack = row<Schemas['PackIndexEntry']>(listed)
    const index = row<Schemas['PackRegistryIndexDetail']>(registry)
    const contents = row(pack.contents)
    return {
      ref: text(pack, 'ref'),
      version: text(pack, 'version'),
      label: text(pack, 'label'),
      description: text(pack, 'description'),
      author: text(pack, 'author'),
      license: text(pack, 'license'),
      keywords: texts(pack, 'keywords'),
      sources: rows(pack, 'install_sources').map((source) => text(source, 'type')),
      contents: kinds.map((kind) => `${rows(contents, kind).length} ${kind}`).join(', '),
      index: maybeText(index, 'name') ?? text(index, 'url'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Version', ({ version }) => version],
    ['Label', ({ label }) => label],
    ['Install', ({ sources }) => sources.join(', ')],
    ['Index', ({ index }) => index],
  ],
  details: (pack) => [
    ['Ref', pack.ref],
    ['Version', pack.version],
    ['Label', pack.label],
    ['Description', pack.description],
    ['Author', pack.author],
    ['License', pack.license],
    ['Keywords', pack.keywords.join(', ')],
    ['Install', pack.sources.join(', ')],
    ['Contents', pack.contents],
    ['Index', pack.index],
  ],
}
