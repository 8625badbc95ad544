import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../database/row.ts'
import { Grant } from '../../http/permission.ts'

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

export const PermissionAssignment = Type.Object({
  id: id('permission_assignment'),
  identity: id('identity'),
  permset: id('permission_set'),
  created: timestamp,
})
export type PermissionAssignment = Static<typeof PermissionAssignment>
