import type { Schemas } from '@attune/client/dist/requests.js'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import type { Json } from '../json.ts'
import type { Cell } from '../output/table.ts'
import type { View } from '../output/view.ts'
import { flag, integer, json, maybeText, row, texts, text } from '../row.ts'

export type Identity = {
  id: number
  login: string
  display_name: string | undefined
  frozen: boolean
  attributes: Json
  roles: Assignment[]
  sets: Assignment[]
  /** Every set, its own or through a role; only of one identity. */
  all_sets: string[]
}

/** A role or a set of an identity, and the id by which it is taken away. Lists have no ids. */
export type Assignment = { id: number | undefined; name: string; note: string }

export const identities: View<Identity> = {
  read(value) {
    const identity = row<Schemas['IdentityDetail']>(value)
    return {
      id: integer(identity, 'id'),
      login: text(identity, 'login'),
      display_name: maybeText(identity, 'display_name'),
      frozen: flag(identity, 'frozen'),
      attributes: json(identity, 'attributes'),
      roles: members(identity.roles).map(readRole),
      sets: members(identity.direct_permissions).map(readSet),
      all_sets: texts(identity, 'permission_set_refs'),
    }
  },
  key: ({ login }) => login,
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Login', ({ login }) => login],
    ['Name', ({ display_name }) => display_name ?? ''],
    ['Roles', ({ roles }) => namesOf(roles)],
    ['Frozen', ({ frozen }) => frozenCell(frozen)],
  ],
  details: (identity) => [
    ['ID', String(identity.id)],
    ['Login', identity.login],
    ['Name', identity.display_name ?? ''],
    ['Frozen', frozenCell(identity.frozen)],
    ['Roles', namesOf(identity.roles)],
    ['Permission sets of its own', namesOf(identity.sets)],
    ['All permission sets', identity.all_sets.join(', ')],
  ],
  sections: ({ attributes }) => (isEmpty(attributes) ? [] : [{ title: 'Attributes', value: attributes }]),
}

/** An identity by its login, or by its id. */
export async function findIdentity(client: Client, name: string): Promise<Identity> {
  const { rows } = await client.page('/api/v1/identities', { query: { login: name } })
  const found =
    rows.map((one) => identities.read(one).id)[0] ?? (/^\d+$/.test(name) ? Number(name) : undefined)
  if (found === undefined)
    throw new Failure('not_found', `There is no identity '${name}', or you may not see it.`)
  return identities.read(await client.get('/api/v1/identities/{id}', { path: { id: found } }))
}

function readRole(value: Json): Assignment {
  if (typeof value === 'string') return { id: undefined, name: value, note: '' }
  const role = row(value)
  const note = flag(role, 'managed') ? ` (${text(role, 'source')})` : ''
  return { id: integer(role, 'id'), name: text(role, 'role'), note }
}

function readSet(value: Json): Assignment {
  const set = row(value)
  return { id: integer(set, 'id'), name: text(set, 'permission_set_ref'), note: '' }
}

function members(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function namesOf(assignments: readonly Assignment[]): string {
  return assignments.map(({ name, note }) => name + note).join(', ')
}

function frozenCell(frozen: boolean): Cell {
  return frozen ? { text: 'yes', colour: 'red' } : { text: 'no', colour: 'dim' }
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}
