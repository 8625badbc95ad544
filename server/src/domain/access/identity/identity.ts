import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'

export const Identity = Type.Object({
  id: id('identity'),
  login: Type.String(),
  display_name: nullable(Type.String()),
  password_hash: nullable(Type.String()),
  attributes: anyJson,
  frozen: Type.Boolean(),
  created: timestamp,
  updated: timestamp,
})
export type Identity = Static<typeof Identity>
