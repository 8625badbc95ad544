import type { Schemas } from '@attune/client/dist/requests.js'
import type { View } from '../output/view.ts'

type IndexedPack = Schemas['IndexedPack']

const kinds = ['actions', 'sensors', 'triggers', 'rules', 'workflows'] as const

/** A pack as an index lists it. */
export const indexedPacks: View<IndexedPack> = {
  key: ({ pack }) => pack.ref,
  columns: [
    ['Ref', ({ pack }) => pack.ref],
    ['Version', ({ pack }) => pack.version],
    ['Label', ({ pack }) => pack.label],
    ['Description', ({ pack }) => pack.description, 'details'],
    ['Author', ({ pack }) => pack.author, 'details'],
    ['License', ({ pack }) => pack.license, 'details'],
    ['Keywords', ({ pack }) => pack.keywords.join(', '), 'details'],
    ['Install', ({ pack }) => pack.install_sources.map(({ type }) => type).join(', ')],
    ['Contents', contentsOf, 'details'],
    ['Index', ({ registry }) => registry.name ?? registry.url],
  ],
}

function contentsOf({ pack: { contents } }: IndexedPack): string {
  return kinds.map((kind) => `${contents[kind].length} ${kind}`).join(', ')
}
