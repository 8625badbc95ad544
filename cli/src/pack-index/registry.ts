import type { Schemas } from '@attune/client/dist/requests.js'
import { lifetime, type View, yesNo } from '../output/view.ts'

/** Indexes: where packs are looked up by name. */
export const registries: View<Schemas['PackRegistryIndexDetail']> = {
  key: 'id',
  columns: [
    ['ID', 'id'],
    ['Position', 'position'],
    ['Name', ({ name }) => name],
    ['URL', 'url'],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Headers', ({ headers }) => Object.keys(headers).join(', '), 'details'],
    ...lifetime,
  ],
}
