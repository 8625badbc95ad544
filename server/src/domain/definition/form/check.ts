import { type FieldProblem, Problem, type ProblemCode } from '../../../problem.ts'

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
