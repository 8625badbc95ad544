import { type Static, Type } from 'typebox'
import { anyObject, id, nullable, timestamp } from '../../../database/row.ts'
import { SetOfIdentity } from '../permission/permission-set.ts'
import { Identity } from './identity.ts'

/** A role that an identity has. The identity provider gives and takes managed ones. */
export const IdentityRoleAssignment = Type.Object(
  {
    id: id('identity_role_assignment'),
    identity: id('identity'),
    role: Type.String(),
    source: Type.String(),
    managed: Type.Boolean(),
    created: timestamp,
    updated: timestamp,
  },
  { title: 'IdentityRoleAssignment' },
)
export type IdentityRoleAssignment = Static<typeof IdentityRoleAssignment>

/** The same as clients see it. */
export const RoleOfIdentity = Type.Object(
  {
    ...Type.Omit(IdentityRoleAssignment, ['identity']).properties,
    identity_id: id('identity'),
  },
  { title: 'RoleOfIdentity' },
)
export type RoleOfIdentity = Static<typeof RoleOfIdentity>

const shown = Type.Pick(Identity, ['id', 'login', 'display_name', 'frozen', 'attributes']).properties

/** An identity in lists. */
export const IdentitySummary = Type.Object({ ...shown, roles: Type.Array(Type.String()) })
export type IdentitySummary = Static<typeof IdentitySummary>

/** An identity with where its permissions come from. */
export const IdentityDetail = Type.Object(
  {
    ...shown,
    roles: Type.Array(RoleOfIdentity),
    direct_permissions: Type.Array(SetOfIdentity),
    permission_set_refs: Type.Array(Type.String(), { description: 'Every set, its own or through a role.' }),
  },
  { title: 'IdentityDetail' },
)
export type IdentityDetail = Static<typeof IdentityDetail>

const closed = { additionalProperties: false } as const

const login = Type.String({ minLength: 3, maxLength: 255 })
const displayName = Type.String({ maxLength: 255 })
const password = Type.String({ minLength: 8, maxLength: 128 })

export const CreateIdentity = Type.Object(
  {
    login,
    display_name: Type.Optional(nullable(displayName)),
    password: Type.Optional(nullable(password)),
    attributes: Type.Optional(nullable(anyObject)),
  },
  { ...closed, title: 'CreateIdentity' },
)
export type CreateIdentity = Static<typeof CreateIdentity>

/** What is not given or null stays. */
export const UpdateIdentity = Type.Object(
  {
    display_name: Type.Optional(nullable(displayName)),
    password: Type.Optional(nullable(password)),
    attributes: Type.Optional(nullable(anyObject)),
    frozen: Type.Optional(nullable(Type.Boolean())),
  },
  { ...closed, title: 'UpdateIdentity' },
)
export type UpdateIdentity = Static<typeof UpdateIdentity>

/** A role is a name that somebody gives to permission sets and to identities. */
export const RoleName = Type.Object(
  { role: Type.String({ minLength: 1, maxLength: 255, pattern: '^\\S(.*\\S)?$' }) },
  closed,
)
