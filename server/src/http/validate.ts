import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { type FieldProblem, Problem } from '../problem.ts'

const common = { allErrors: true, strict: false, removeAdditional: false, useDefaults: false } as const

/**
 * Checks the parts of a request against their schemas. Query strings and path parameters are text, so their
 * numbers and booleans are read from it; a body says what it means.
 */
export function createValidators() {
  const typed = new Ajv2020(common)
  const textual = new Ajv2020({ ...common, coerceTypes: true })
  formats.default(typed)
  formats.default(textual)

  return {
    body: (schema: TSchema) => validator(typed.compile(schema), 'VALIDATION_ERROR'),
    text: (schema: TSchema) => validator(textual.compile(schema), 'BAD_REQUEST'),
  }
}

function validator(validate: ValidateFunction, code: 'VALIDATION_ERROR' | 'BAD_REQUEST') {
  return (value: unknown): void => {
    if (validate(value)) return
    const details = describe(validate.errors ?? [])
    const first = details[0]
    throw new Problem(
      code,
      first === undefined ? 'The input is not valid.' : `${first.field}: ${first.message}`,
      details,
    )
  }
}

/** One sentence per field; of the alternatives of a union only the last is kept. */
function describe(errors: readonly ErrorObject[]): FieldProblem[] {
  const byField = new Map<string, string>()
  for (const error of errors.slice(0, 50)) byField.set(fieldOf(error), messageOf(error))
  return [...byField].map(([field, message]) => ({ field, message }))
}

function fieldOf(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.')
  const member: unknown = error.params.missingProperty ?? error.params.additionalProperty
  const parts = [path, typeof member === 'string' ? member : ''].filter((part) => part !== '')
  return parts.length > 0 ? parts.join('.') : 'body'
}

function messageOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return 'is not a field of this request; remove it or check its spelling'
    case 'enum':
      return `must be one of ${[error.params.allowedValues].flat().join(', ')}`
    default:
      return error.message ?? 'is not valid'
  }
}
