import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { type FieldProblem, Problem } from '../problem.ts'

const common = { strict: false, removeAdditional: false, useDefaults: false } as const

/** Of a larger input only the first fault is told: to find them all is more work than to send it. */
const LISTED_UP_TO_BYTES = 64 * 1024

/** Checks a value of so many bytes. Throws a Problem that names what is wrong with it. */
export type BodyCheck = (value: unknown, bytes: number) => void

/**
 * Checks the parts of a request against their schemas. Query strings and path parameters are text, so their
 * numbers and booleans are read from it; a body says what it means.
 */
export function createValidators() {
  const typed = compilers({})
  const textual = compilers({ coerceTypes: true })
  return {
    body: (schema: TSchema) => checkOf(schema, typed, 'VALIDATION_ERROR'),
    text: (schema: TSchema) => checkOf(schema, textual, 'BAD_REQUEST'),
  }
}

/** One that stops at the first fault, and one that finds all. */
type Compilers = { quick: Ajv2020; thorough: Ajv2020 }

function compilers(options: { coerceTypes?: true }): Compilers {
  const quick = new Ajv2020({ ...common, ...options, allErrors: false })
  const thorough = new Ajv2020({ ...common, ...options, allErrors: true })
  formats.default(quick)
  formats.default(thorough)
  return { quick, thorough }
}

function checkOf(
  schema: TSchema,
  { quick, thorough }: Compilers,
  code: 'VALIDATION_ERROR' | 'BAD_REQUEST',
): BodyCheck {
  const validate = quick.compile(schema)
  let listing: ValidateFunction | undefined
  return (value, bytes) => {
    if (validate(value)) return
    listing ??= thorough.compile(schema)
    const told = bytes <= LISTED_UP_TO_BYTES && !listing(value) ? listing : validate
    const details = describe(told.errors ?? [])
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
