import { type Static, Type } from 'typebox'
import { anyObject, id, nullable, timestamp } from '../../../database/row.ts'

/** Where packs are looked up by name. Header values are encrypted. */
export const PackRegistryIndex = Type.Object({
  id: id('pack_registry_index'),
  name: nullable(Type.String()),
  url: Type.String(),
  position: Type.Integer(),
  enabled: Type.Boolean(),
  headers: anyObject,
  encryption_key_hash: nullable(Type.String()),
  created: timestamp,
  updated: timestamp,
})
export type PackRegistryIndex = Static<typeof PackRegistryIndex>

/** What stands in the place of a header's value. */
export const HIDDEN = '***'

/** An index as it is shown: which headers it has is no secret, what they say is. */
export const PackRegistryIndexDetail = Type.Object(
  {
    ...Type.Omit(PackRegistryIndex, ['headers', 'encryption_key_hash']).properties,
    headers: Type.Record(Type.String(), Type.String(), { description: `Every value is shown as ${HIDDEN}.` }),
  },
  { title: 'PackRegistryIndexDetail' },
)
export type PackRegistryIndexDetail = Static<typeof PackRegistryIndexDetail>

export function shownIndex(index: PackRegistryIndex): PackRegistryIndexDetail {
  const { id: number, name, url, position, enabled, created, updated } = index
  const headers = Object.fromEntries(Object.keys(index.headers).map((header) => [header, HIDDEN]))
  return { id: number, name, url, position, enabled, headers, created, updated }
}
