import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, json, maybeText, type Row, row, text } from '../row.ts'

export const ownerTypes = ['system', 'identity', 'pack', 'action', 'sensor'] as const
export type OwnerType = (typeof ownerTypes)[number]

export type Key = {
  ref: string
  name: string
  owner_type: string
  /** Ref of a pack, action or sensor; id of an identity; `system`. */
  owner: string
  encrypted: boolean
  value: Json
  created: string
  updated: string | undefined
}

/** Keys as people see them: the value is shown by `key get --decrypt` alone. */
export const keys: View<Key> = {
  read(value) {
    const key = row<Schemas['KeyDetail']>(value)
    return {
      ref: text(key, 'ref'),
      name: text(key, 'name'),
      owner_type: text(key, 'owner_type'),
      owner: ownerOf(key) ?? text(key, 'owner'),
      encrypted: flag(key, 'encrypted'),
      value: json(key, 'value'),
      created: text(key, 'created'),
      updated: maybeText(key, 'updated'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Name', ({ name }) => name],
    ['Owner type', ({ owner_type }) => owner_type],
    ['Owner', ({ owner }) => owner],
    ['Encrypted', ({ encrypted }) => encryptedCell(encrypted)],
    ['Created', ({ created }) => when(created)],
  ],
  details,
}

function ownerOf(key: Row<Schemas['KeyDetail']>): string | undefined {
  const fields = ['owner_pack_ref', 'owner_action_ref', 'owner_sensor_ref'] as const
  return fields.map((field) => maybeText(key, field)).find((ref) => ref !== undefined)
}

function details(key: Key): [string, Cell][] {
  const owner = key.owner_type === key.owner ? key.owner : `${key.owner_type} ${key.owner}`
  return [
    ['Ref', key.ref],
    ['Name', key.name],
    ['Owner', owner],
    ['Encrypted', encryptedCell(key.encrypted)],
    ['Created', when(key.created)],
    ...(key.updated === undefined ? [] : [['Updated', when(key.updated)] satisfies [string, Cell]]),
  ]
}

function encryptedCell(encrypted: boolean): Cell {
  return encrypted ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'yellow' }
}

/** The same answer without the value: what was just typed need not be on the screen. */
export function withoutValue(answer: unknown): unknown {
  return { ...row(answer), value: null }
}
