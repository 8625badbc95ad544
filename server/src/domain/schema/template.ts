import type { Json } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'
import type { CompiledSchema } from './compile.ts'

/** Tells whether a value is text with a template in it, whose type is known only once it is rendered. */
export function isTemplated(value: Json): boolean {
  if (typeof value !== 'string') return false
  const opening = value.indexOf('{{')
  return opening >= 0 && value.indexOf('}}', opening + 2) >= 0
}

/** Checks parameters that are not rendered yet: a template satisfies the schema at its place, all else is checked. */
export function validateTemplated(schema: CompiledSchema, values: Json, field: string): FieldProblem[] {
  return schema.validate(values, field, isTemplated)
}
