import type { Schemas } from '@attune/client/dist/requests.js'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { SummaryOrDetail, View } from '../output/view.ts'

type Key = SummaryOrDetail<Schemas['KeySummary'], Schemas['KeyDetail']>

export const ownerTypes = ['system', 'identity', 'pack', 'action', 'sensor'] as const
export type OwnerType = (typeof ownerTypes)[number]

/** Keys as people see them: the value is shown by `key get --decrypt` alone. */
export const keys: View<Key> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Name', 'name'],
    ['Owner type', 'owner_type', 'list'],
    ['Owner', ownerOf, 'list'],
    ['Owner', typedOwnerOf, 'details'],
    ['Encrypted', encryptedCell],
    ['Created', ({ created }) => when(created)],
    ['Updated', ({ updated }) => when(updated) || undefined, 'details'],
  ],
}

/** Ref of a pack, action or sensor; id of an identity; `system`. */
function ownerOf({ owner_pack_ref, owner_action_ref, owner_sensor_ref, owner }: Key): string | null {
  return owner_pack_ref ?? owner_action_ref ?? owner_sensor_ref ?? owner
}

function typedOwnerOf(key: Key): string | null {
  const owner = ownerOf(key)
  return key.owner_type === owner ? owner : [key.owner_type, owner ?? []].flat().join(' ')
}

function encryptedCell({ encrypted }: Key): Cell {
  return encrypted ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'yellow' }
}

/** The same key without the value: what was just typed need not be on the screen. */
export function withoutValue(key: Schemas['KeyDetail']): Schemas['KeyDetail'] {
  return { ...key, value: null }
}
