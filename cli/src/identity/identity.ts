import type { Api } from '@attune/client/dist/api.js'
import { answerOf, dataOf } from '@attune/client/dist/answer.js'
import type { QueryOf, Schemas } from '@attune/client/dist/requests.js'
import { Failure } from '../failure.ts'
import type { Cell } from '../output/table.ts'
import { unlessEmpty, type View } from '../output/view.ts'

export type Identity = Schemas['IdentityDetail']

/** An identity as lists have it: with the names of its roles, and without its permission sets. */
type ListedIdentity = Pick<Identity, 'id' | 'login' | 'display_name' | 'frozen' | 'attributes'> & {
  roles: (Identity['roles'][number] | string)[]
} & Partial<Pick<Identity, 'direct_permissions' | 'permission_set_refs'>>

export const identities: View<ListedIdentity> = {
  key: 'login',
  columns: [
    ['ID', 'id'],
    ['Login', 'login'],
    ['Name', ({ display_name }) => display_name],
    ['Frozen', frozenCell, 'details'],
    ['Roles', ({ roles }) => roles.map(roleText).join(', ')],
    ['Frozen', frozenCell, 'list'],
    ['Permission sets of its own', ({ direct_permissions = [] }) => setNames(direct_permissions), 'details'],
    ['All permission sets', ({ permission_set_refs = [] }) => permission_set_refs.join(', '), 'details'],
  ],
  sections: ({ attributes }) => [{ title: 'Attributes', value: unlessEmpty(attributes) }],
}

/** An identity by its login, or by its id. */
export async function findIdentity(client: Api, name: string): Promise<Identity> {
  const query: QueryOf<'get', '/api/v1/identities'> = { login: name }
  const { data } = await answerOf(client.GET('/api/v1/identities', { params: { query } }))
  const id = data[0]?.id ?? (/^\d+$/.test(name) ? Number(name) : undefined)
  if (id === undefined)
    throw new Failure('not_found', `There is no identity '${name}', or you may not see it.`)
  return dataOf(client.GET('/api/v1/identities/{id}', { params: { path: { id } } }))
}

/** A role, and where it comes from when an identity provider gives it. */
function roleText(role: ListedIdentity['roles'][number]): string {
  if (typeof role === 'string') return role
  return role.managed ? `${role.role} (${role.source})` : role.role
}

function setNames(sets: Identity['direct_permissions']): string {
  return sets.map(({ permission_set_ref }) => permission_set_ref).join(', ')
}

function frozenCell({ frozen }: ListedIdentity): Cell {
  return frozen ? { text: 'yes', colour: 'red' } : { text: 'no', colour: 'dim' }
}
