import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf, timestamp } from '../../../database/row.ts'

export const ownerTypes = ['system', 'identity', 'pack', 'action', 'sensor'] as const
export type OwnerType = (typeof ownerTypes)[number]

/** A named value and whom it belongs to. The value of an encrypted one is text that only the cipher can read. */
export const Key = Type.Object({
  id: id('key'),
  ref: Type.String(),
  owner_type: oneOf(ownerTypes),
  owner: nullable(Type.String({ description: '`system`, or the id of the owner as text.' })),
  owner_identity: nullable(id('identity')),
  owner_pack: nullable(id('pack')),
  owner_pack_ref: nullable(Type.String()),
  owner_action: nullable(id('action')),
  owner_action_ref: nullable(Type.String()),
  owner_sensor: nullable(id('sensor')),
  owner_sensor_ref: nullable(Type.String()),
  name: Type.String(),
  encrypted: Type.Boolean(),
  encryption_key_hash: nullable(Type.String()),
  value: anyJson,
  created: timestamp,
  updated: timestamp,
})
export type Key = Static<typeof Key>

/** A key in lists: never with its value. */
export const KeySummary = Type.Object(
  {
    id: Key.properties.id,
    ref: Key.properties.ref,
    owner_type: Key.properties.owner_type,
    owner: Key.properties.owner,
    owner_ref: nullable(Type.String({ description: 'Ref of the owning pack, action or sensor.' })),
    name: Key.properties.name,
    encrypted: Key.properties.encrypted,
    created: Key.properties.created,
  },
  { title: 'KeySummary' },
)
export type KeySummary = Static<typeof KeySummary>

const { encryption_key_hash: _, ...shown } = Key.properties

/** A key for somebody who may see it; the value is null where it is encrypted and must not be shown. */
export const KeyDetail = Type.Object({ ...shown, value: nullable(anyJson) }, { title: 'KeyDetail' })
export type KeyDetail = Static<typeof KeyDetail>

/** Ref of the pack, action or sensor that a key belongs to. */
export function ownerRefOf(key: Pick<Key, 'owner_pack_ref' | 'owner_action_ref' | 'owner_sensor_ref'>) {
  return key.owner_pack_ref ?? key.owner_action_ref ?? key.owner_sensor_ref
}
