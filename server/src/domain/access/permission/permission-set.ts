import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'
import { Grant } from '../../caller/permission.ts'

/** Grants under one name. `file_content` is what the pack's file said: where the row differs, a person changed it. */
export const PermissionSet = Type.Object({
  id: id('permission_set'),
  ref: Type.String(),
  pack: nullable(id('pack')),
  pack_ref: nullable(Type.String()),
  label: nullable(Type.String()),
  description: nullable(Type.String()),
  grants: Type.Array(Grant),
  file_content: nullable(anyJson),
  created: timestamp,
  updated: timestamp,
})
export type PermissionSet = Static<typeof PermissionSet>

export const PermissionAssignment = Type.Object(
  {
    id: id('permission_assignment'),
    identity: id('identity'),
    permset: id('permission_set'),
    created: timestamp,
  },
  { title: 'PermissionAssignment' },
)
export type PermissionAssignment = Static<typeof PermissionAssignment>

export const PermissionSetRoleAssignment = Type.Object(
  {
    id: id('permission_set_role_assignment'),
    permset: id('permission_set'),
    role: Type.String(),
    created: timestamp,
  },
  { title: 'PermissionSetRoleAssignment' },
)
export type PermissionSetRoleAssignment = Static<typeof PermissionSetRoleAssignment>

/** A set given to everybody with a role, as clients see it. */
export const SetOfRole = Type.Object(
  {
    id: id('permission_set_role_assignment'),
    permission_set_id: id('permission_set'),
    permission_set_ref: Type.String(),
    role: Type.String(),
    created: timestamp,
  },
  { title: 'SetOfRole' },
)
export type SetOfRole = Static<typeof SetOfRole>

/** A set given to one identity, as clients see it. */
export const SetOfIdentity = Type.Object(
  {
    id: id('permission_assignment'),
    identity_id: id('identity'),
    permission_set_id: id('permission_set'),
    permission_set_ref: Type.String(),
    created: timestamp,
  },
  { title: 'SetOfIdentity' },
)
export type SetOfIdentity = Static<typeof SetOfIdentity>

/** A permission set with the roles that have it. */
export const PermissionSetDetail = Type.Object(
  {
    ...Type.Pick(PermissionSet, ['id', 'ref', 'pack_ref', 'label', 'description', 'grants']).properties,
    roles: Type.Array(SetOfRole),
    modified: Type.Boolean({ description: 'Differs from the file of its pack: a person changed it.' }),
  },
  { title: 'PermissionSetDetail' },
)
export type PermissionSetDetail = Static<typeof PermissionSetDetail>
