import { type Static, Type } from 'typebox'
import { id, nullable } from '../../../database/row.ts'
import type { Grant } from '../../caller/permission.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { Identity } from './identity.ts'

const text = nullable(Type.String())

/** What the identity provider said of a person. */
const ProviderProfile = Type.Object({
  provider: Type.String(),
  display_name: text,
  login: text,
  email: text,
  email_verified: nullable(Type.Boolean()),
  subject: text,
  issuer: text,
  distinguished_name: text,
  groups: Type.Array(Type.String()),
})

/** Who calls, and what they may do. */
export const Profile = Type.Object(
  {
    id: id('identity'),
    login: Type.String(),
    display_name: text,
    auth_provider: Type.Unsafe<'local' | 'oidc' | 'ldap'>(Type.String({ enum: ['local', 'oidc', 'ldap'] })),
    is_local: Type.Boolean(),
    can_change_password: Type.Boolean(),
    provider_profile: Type.Optional(ProviderProfile),
    effective_permissions: Type.Array(
      Type.Object({ resource: Type.String(), actions: Type.Array(Type.String()) }),
      { description: 'What any grant mentions. A grant with constraints permits it for some targets only.' },
    ),
    assigned_permission_set_refs: Type.Array(Type.String()),
  },
  { title: 'Profile' },
)
export type Profile = Static<typeof Profile>

export type ProfileRow = Pick<Identity, 'id' | 'login' | 'display_name' | 'attributes'> & {
  grants: Grant[]
  permission_set_refs: string[]
}

export function profileOf({
  id,
  login,
  display_name,
  attributes,
  grants,
  permission_set_refs,
}: ProfileRow): Profile {
  const external = externalProfile(attributes)
  const is_local = external === undefined
  return {
    id,
    login,
    display_name,
    auth_provider: external?.provider ?? 'local',
    is_local,
    can_change_password: is_local,
    ...(external === undefined ? {} : { provider_profile: external }),
    effective_permissions: unionOf(grants),
    assigned_permission_set_refs: permission_set_refs,
  }
}

/** The actions of each resource that any grant mentions, in alphabetical order. */
function unionOf(grants: readonly Grant[]): Profile['effective_permissions'] {
  const actions = new Map<string, Set<string>>()
  for (const grant of grants) {
    const known = actions.get(grant.resource) ?? new Set()
    actions.set(grant.resource, known)
    for (const action of grant.actions) known.add(action)
  }
  return [...actions].map(([resource, set]) => ({ resource, actions: [...set].sort() })).sort(byResource)
}

function byResource(one: { resource: string }, other: { resource: string }): number {
  return one.resource < other.resource ? -1 : 1
}

/** Whether a password and a name of our own belong to an account; else the provider has them. */
export function isLocal(attributes: Json): boolean {
  return externalProfile(attributes) === undefined
}

/** An account belongs to the provider whose attributes it carries. */
function externalProfile(attributes: Json) {
  for (const provider of ['oidc', 'ldap'] as const) {
    const given = isJsonObject(attributes) ? attributes[provider] : undefined
    if (isJsonObject(given)) return { provider, ...readProfile(given) }
  }
  return undefined
}

function readProfile(given: JsonObject) {
  const { email_verified, groups } = given
  return {
    display_name: textOf(given['display_name']),
    login: textOf(given['login']),
    email: textOf(given['email']),
    email_verified: typeof email_verified === 'boolean' ? email_verified : null,
    subject: textOf(given['subject'] ?? given['sub']),
    issuer: textOf(given['issuer']),
    distinguished_name: textOf(given['distinguished_name'] ?? given['dn']),
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
  }
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}
