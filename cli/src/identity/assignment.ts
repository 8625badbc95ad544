import { type Command } from 'commander'
import type { Client } from '../client.ts'
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
export async function give(client: Client, id: number, { role = [], set = [] }: Wanted): Promise<unknown> {
  for (const name of role)
    await client.post('/api/v1/identities/{id}/roles', { path: { id }, body: { role: name } })
  for (const ref of set)
    await client.post('/api/v1/permissions/assignments', {
      body: { identity_id: id, permission_set_ref: ref },
    })
  return client.get('/api/v1/identities/{id}', { path: { id } })
}

/** Takes roles and sets away. All of them must be there before the first one goes. */
export async function take(client: Client, name: string, { role = [], set = [] }: Wanted): Promise<unknown> {
  const identity = await findIdentity(client, name)
  const roles = role.map((one) => idOf(identity, 'roles', one))
  const sets = set.map((one) => idOf(identity, 'sets', one))
  for (const id of roles) await client.delete('/api/v1/identities/roles/{id}', { path: { id } })
  for (const id of sets) await client.delete('/api/v1/permissions/assignments/{id}', { path: { id } })
  return client.get('/api/v1/identities/{id}', { path: { id: identity.id } })
}

function idOf(identity: Identity, kind: 'roles' | 'sets', name: string): number {
  const id = identity[kind].find((one) => one.name === name)?.id
  if (id !== undefined) return id
  const what = kind === 'roles' ? 'role' : 'permission set of its own'
  throw new Failure('not_found', `'${identity.login}' has no ${what} '${name}'.`)
}

/** What an identity has now, as a sentence. */
export function holding(value: Identity): string {
  const roles = value.roles.map(({ name }) => name).join(', ')
  const sets = value.all_sets.join(', ')
  return `${value.login} has ${roles === '' ? 'no role' : `the role ${roles}`} and ${
    sets === '' ? 'no permission set' : `the permission set ${sets}`
  }.`
}
