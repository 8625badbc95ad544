import { isJsonObject, type Json } from '../../../json.ts'
import type { FieldProblem, ProblemCode } from '../../../problem.ts'
import { eachField, type Field, type Fields, type GivenOf } from './field.ts'
import { refuse } from './check.ts'

/** A body that was checked against the schema that its fields make. */
export type Body = Readonly<Record<string, Json | undefined>>

/** What a new one has: what is given, else the default. */
export function contentOf<F extends Fields>(fields: F, body: Body): GivenOf<F> {
  return eachField(fields, (field, name) =>
    field.filled === 'given' ? tidied(field, body[name] ?? field.otherwise) : undefined,
  )
}

/** What a change leaves: what is given, else what was there. Of the fields that a body may change. */
export function changedContent<F extends Fields>(fields: F, row: object, body: Body): Partial<GivenOf<F>> {
  const before = new Map<string, Json>(Object.entries(row))
  return eachField(fields, (field, name) => {
    if (field.filled !== 'given' || field.update === undefined) return undefined
    const value = newValue(field, body[name])
    return value === undefined ? before.get(name) : tidied(field, value)
  })
}

/** A value in the form in which it is kept. */
export function tidied({ tidy }: Field, value: Json | undefined): Json | undefined {
  return value === undefined || tidy === undefined ? value : tidy(value)
}

/** The value that a body gives; undefined where it gives none. */
function newValue({ patch, null_counts }: Field, value: Json | undefined): Json | undefined {
  if (value === undefined || (value === null && null_counts === undefined)) return undefined
  if (patch === undefined || !isJsonObject(value)) return value
  return value['op'] === 'set' ? value['value'] : null
}

/** Refuses what is wrong with a body by itself, and what was found besides. */
export function refuseWrong(
  fields: Fields,
  body: Body,
  { patches, also }: { patches: boolean; also: readonly FieldProblem[] },
): void {
  const found = (code: ProblemCode) =>
    Object.entries(fields).flatMap(([name, field]) =>
      field.check?.code === code
        ? problemsOf(field, name, patches ? newValue(field, body[name]) : body[name])
        : [],
    )
  refuse('VALIDATION_ERROR', [...found('VALIDATION_ERROR'), ...also])
  refuse('BAD_REQUEST', found('BAD_REQUEST'))
}

/** What is wrong with a value; with none, nothing. */
export function problemsOf({ check }: Field, name: string, value: Json | undefined): FieldProblem[] {
  return value === undefined || value === null ? [] : (check?.problems(value, name) ?? [])
}
