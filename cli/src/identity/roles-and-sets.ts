import { dataOf } from '@attune/client/dist/answer.js'
import { type Command } from 'commander'
import type { Api } from '@attune/client/dist/api.js'
import { Failure } from '../failure.ts'
import { repeated } from '../input.ts'
import { findIdentity, type Identity } from './identity.ts'

export type Wanted = { role?: string[]; set?: string[] }

/** Adds what names roles and permission sets. */
export function naming(command: Command): Command {
  return command
    .option('--role <role>', 'a role, repeatable', repeated)
    .option('--set <ref>', 'a permission set, like core.viewer, repeatable', repeated)
}

export function requireSome({ role = [], set = [] }: Wanted): void {
  if (role.length + set.length === 0) throw new Failure('usage', 'Say which: --role or --set.')
}

/** Gives roles and sets, one after the other, and answers the identity as it then is. */
export async function give(client: Api, id: number, { role = [], set = [] }: Wanted): Promise<Identity> {
  for (const name of role)
    await dataOf(
      client.POST('/api/v1/identities/{id}/roles', { params: { path: { id } }, body: { role: name } }),
    )
  for (const ref of set)
    await dataOf(
      client.POST('/api/v1/permissions/assignments', { body: { identity_id: id, permission_set_ref: ref } }),
    )
  return dataOf(client.GET('/api/v1/identities/{id}', { params: { path: { id } } }))
}

/** Takes roles and sets away. All of them must be there before the first one goes. */
export async function take(client: Api, name: string, { role = [], set = [] }: Wanted): Promise<Identity> {
  const identity = await findIdentity(client, name)
  const roles = role.map((name) => {
    const found = identity.roles.find((one) => one.role === name)
    return found?.id ?? missing(identity, `role '${name}'`)
  })
  const sets = set.map((ref) => {
    const found = identity.direct_permissions.find((one) => one.permission_set_ref === ref)
    return found?.id ?? missing(identity, `permission set of its own '${ref}'`)
  })
  for (const id of roles)
    await dataOf(client.DELETE('/api/v1/identities/roles/{id}', { params: { path: { id } } }))
  for (const id of sets)
    await dataOf(client.DELETE('/api/v1/permissions/assignments/{id}', { params: { path: { id } } }))
  return dataOf(client.GET('/api/v1/identities/{id}', { params: { path: { id: identity.id } } }))
}

function missing({ login }: Identity, what: string): never {
  throw new Failure('not_found', `'${login}' has no ${what}.`)
}

/** What an identity has now, as a sentence. */
export function holding({ login, roles, permission_set_refs: refs }: Identity): string {
  const names = roles.map(({ role }) => role).join(', ')
  const sets = refs.join(', ')
  return `${login} has ${names === '' ? 'no role' : `the role ${names}`} and ${
    sets === '' ? 'no permission set' : `the permission set ${sets}`
  }.`
}
