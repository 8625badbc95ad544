import { validRange } from 'semver'
import { checkConstraint } from '../../definition/form/version.ts'
import { isPackRef } from './reference.ts'

/** Another pack that has to be there. `range` is a range of semantic versions, `*` for any; `written` as it was given. */
export type PackDependency = { ref: string; range: string; written: string }

/** Reads `ref` or `ref@range` (comma = and); `undefined` when it is neither. */
export function parsePackDependency(text: string): PackDependency | undefined {
  const [, ref, , given = '*'] = /^([^@\s]+)(@(.+))?$/.exec(text.trim()) ?? []
  const written = given.trim()
  const range = validRange(written.replaceAll(',', ' '))
  return ref === undefined || range === null || !isPackRef(ref) ? undefined : { ref, range, written }
}

/** A runtime that has to be there, by ref, name or alias. `constraint` is in the dialect of runtime versions. */
export type RuntimeDependency = { runtime: string; constraint: string | null }

/** Reads `name` or `name>=version`; `undefined` when it is neither. */
export function parseRuntimeDependency(text: string): RuntimeDependency | undefined {
  const [, name, constraint = ''] = /^([a-z][a-z0-9_.-]*)\s*([=<>~^].*)?$/i.exec(text.trim()) ?? []
  if (name === undefined || checkConstraint(constraint) !== undefined) return undefined
  return { runtime: name.toLowerCase(), constraint: constraint === '' ? null : constraint }
}
