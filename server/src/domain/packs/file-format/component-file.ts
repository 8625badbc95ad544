import { type TObject, type TProperties, Type } from 'typebox'
import type { Fields } from '../../definition/form/field.ts'

/** The form of a kind's files: the keys of its fields, and those that the kind reads for itself. */
export function componentFile<T extends TProperties>(title: string, fields: Fields, own: T): TObject<T> {
  const keys = Object.values(fields).flatMap(({ file = {} }) => Object.entries(file))
  return Type.Object({ ...own, ...Object.fromEntries(keys) }, { title })
}
