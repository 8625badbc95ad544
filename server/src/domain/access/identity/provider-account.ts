import { createHash } from 'node:crypto'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { Identity } from './identity.ts'
import { loginNameProblem } from './login-name.ts'

/** A person as an identity provider knows them. */
export type ProviderPerson = {
  display_name: string | null
  /** Names for the account, the best first: the first one that is free is taken, once and for ever. */
  logins: readonly string[]
  /** Everything that is kept of what the provider says. */
  profile: JsonObject
  groups: readonly string[]
} & ({ provider: 'oidc'; issuer: string; subject: string } | { provider: 'ldap'; distinguished_name: string })

/** A group becomes a role; longer and more are cut off so that no provider fills the table. */
const LIMITS = { role_length: 255, roles: 500 } as const

/**
 * The account of a person of a provider, made at their first login and kept up to date after that, with the groups of
 * the provider as managed roles. A login that another account has never leads into that account.
 */
export async function adopt(tx: Transaction, person: ProviderPerson): Promise<Identity> {
  const identity = (await update(tx, person)) ?? (await create(tx, person))
  if (!identity.frozen) await replaceManagedRoles(tx, identity.id, person)
  return identity
}

function update(tx: Transaction, person: ProviderPerson): Promise<Identity | undefined> {
  return tx.maybe(sql`
    update identity set
      display_name = coalesce(${person.display_name}, display_name),
      attributes = attributes || ${attributesOf(person)}::jsonb
    where ${isThePerson(person)}
    returning *`)
}

/** A first login in two places at once: the second insert finds the first one's account. */
async function create(tx: Transaction, person: ProviderPerson): Promise<Identity> {
  const usable = person.logins.filter((login) => login !== '' && loginNameProblem(login) === undefined)
  for (const login of [...usable, ownLogin(person)]) {
    const made = await tx.maybe<Identity>(sql`
      insert into identity (login, display_name, attributes)
      values (${login}, ${person.display_name}, ${attributesOf(person)})
      on conflict do nothing
      returning *`)
    const identity = made ?? (await update(tx, person))
    if (identity !== undefined) return identity
  }
  throw new Problem('CONFLICT', 'No login is free for this account; ask an administrator.')
}

function attributesOf({ provider, profile }: ProviderPerson): string {
  return json({ [provider]: profile })
}

function isThePerson(person: ProviderPerson): Sql {
  switch (person.provider) {
    case 'oidc':
      return sql`attributes ? 'oidc'
        and attributes -> 'oidc' ->> 'issuer' = ${person.issuer} and attributes -> 'oidc' ->> 'sub' = ${person.subject}`
    case 'ldap':
      return sql`attributes ? 'ldap'
        and lower(attributes -> 'ldap' ->> 'distinguished_name') = lower(${person.distinguished_name})`
  }
}

/** A login that only this person can have. */
function ownLogin(person: ProviderPerson): string {
  const name =
    person.provider === 'oidc' ? [person.issuer, person.subject] : [person.distinguished_name.toLowerCase()]
  const digest = createHash('sha256').update(JSON.stringify(name)).digest('hex').slice(0, 24)
  return `${person.provider}:${digest}`
}

/** Roles that a person gave stay; a group that is gone takes its role along. New ones come before old ones go. */
async function replaceManagedRoles(
  db: Queryable,
  identity: Id<'identity'>,
  { provider, groups }: ProviderPerson,
): Promise<void> {
  const roles = rolesOf(groups)
  await db.run(sql`
    insert into identity_role_assignment (identity, role, source, managed)
    select ${identity}, role, ${provider}, true from unnest(${roles}::text[]) role
    on conflict do nothing`)
  await db.run(sql`
    delete from identity_role_assignment
    where identity = ${identity} and managed and source = ${provider} and role <> all(${roles})`)
}

function rolesOf(groups: readonly string[]): string[] {
  const named = groups.map((group) => group.trim())
  return [...new Set(named)]
    .filter((role) => role !== '' && role.length <= LIMITS.role_length)
    .slice(0, LIMITS.roles)
}
