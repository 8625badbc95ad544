import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, integer, json, maybeText, row, text } from '../row.ts'

/** An index: where packs are looked up by name. */
export type Registry = {
  id: number
  position: number
  name: string | undefined
  url: string
  enabled: boolean
  headers: Json
  created: string
  updated: string
}

export const registries: View<Registry> = {
  read(value) {
    const index = row<Schemas['PackRegistryIndexDetail']>(value)
    return {
      id: integer(index, 'id'),
      position: integer(index, 'position'),
      name: maybeText(index, 'name'),
      url: text(index, 'url'),
      enabled: flag(index, 'enabled'),
      headers: json(index, 'headers'),
      created: text(index, 'created'),
      updated: text(index, 'updated'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Position', ({ position }) => String(position)],
    ['Name', ({ name }) => name ?? ''],
    ['URL', ({ url }) => url],
    ['Enabled', ({ enabled }) => (enabled ? 'yes' : 'no')],
  ],
  details: (index) => [
    ['ID', String(index.id)],
    ['Position', String(index.position)],
    ['Name', index.name ?? ''],
    ['URL', index.url],
    ['Enabled', index.enabled ? 'yes' : 'no'],
    ['Headers', Object.keys(row(index.headers)).join(', ')],
    ['Created', when(index.created)],
    ['Updated', when(index.updated)],
  ],
}
