import type { Json } from '../../../json.ts'
import { type FieldProblem, Problem, type ProblemCode } from '../../../problem.ts'
import { checkPlacement, type PlacementColumns } from './placement.ts'
import { checkParameterSchema } from '../../schema/check.ts'
import { checkConstraint } from './version.ts'

/* What is refused of a definition by itself, whatever else there is. */

const refForm = /^[a-z0-9_-]+\.[a-z0-9_-]+$/

export function checkRef(ref: string): FieldProblem[] {
  return refForm.test(ref) ? [] : [{ field: 'ref', message: 'must be pack.name of a-z, 0-9, _ and -' }]
}

/** A schema that could not be used would fail whoever works with it later. Undefined was not given. */
export function checkSchemas(schemas: { [field: string]: Json | undefined }): FieldProblem[] {
  return Object.entries(schemas).flatMap(([field, schema]) =>
    schema === undefined ? [] : checkParameterSchema(schema, field),
  )
}

export function checkVersion(constraint: string | null | undefined): FieldProblem[] {
  const message = constraint == null ? undefined : checkConstraint(constraint)
  return message === undefined ? [] : [{ field: 'runtime_version_constraint', message }]
}

export function checkRequired(required: { [runtime: string]: string } | null | undefined): FieldProblem[] {
  return Object.entries(required ?? {}).flatMap(([runtime, constraint]) => {
    const message = checkConstraint(constraint)
    return message === undefined ? [] : [{ field: `required_worker_runtimes.${runtime}`, message }]
  })
}

/** Null and undefined were not given. */
export function checkPlaced(given: { [Column in keyof PlacementColumns]?: Json }): FieldProblem[] {
  const { worker_selector = null, worker_tolerations = null, worker_affinity = null } = given
  return checkPlacement({ worker_selector, worker_tolerations, worker_affinity }, '')
}

/** Throws when there are problems: the first in words, all by field, with dots as the validation of bodies has them. */
export function refuse(code: ProblemCode, problems: readonly FieldProblem[]): void {
  const details = problems.map(({ field, message }) => ({
    field: field.replaceAll(/\[(\d+)\]/g, '.$1'),
    message,
  }))
  const [first] = details
  if (first !== undefined) throw new Problem(code, `${first.field}: ${first.message}`, details)
}

/** Refuses a ref that something of this kind has already. */
export function refuseTaken(kind: string, ref: string, taken: object | undefined): void {
  if (taken === undefined) return
  throw new Problem(
    'CONFLICT',
    `There is a ${kind} '${ref}' already; choose another ref or change that one.`,
    [{ field: 'ref', message: 'is taken' }],
  )
}

/** Something else that the body names and that is not there for the caller. */
export function missing(kind: string, field: string, name: string): Problem {
  return new Problem('NOT_FOUND', `There is no ${kind} '${name}'; correct ${field} or make it first.`, [
    { field, message: 'names what does not exist' },
  ])
}
