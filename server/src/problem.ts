/** Everything that can be refused, and how HTTP says it. */
export const problems = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE_ENTITY: 422,
  VALIDATION_ERROR: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  SERVICE_UNAVAILABLE: 503,
} as const

export type ProblemCode = keyof typeof problems

/** One field of the input that is wrong: a dotted path and a sentence that says the remedy. */
export type FieldProblem = { field: string; message: string }

/** A refusal the caller can understand. Anything else that is thrown is a bug or an outage. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly details: FieldProblem[]
  /** After how many seconds it is worth trying again. */
  readonly retry_after_seconds: number | undefined

  constructor(
    code: ProblemCode,
    message: string,
    details: FieldProblem[] = [],
    { retry_after_seconds }: { retry_after_seconds?: number } = {},
  ) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.details = details
    this.retry_after_seconds = retry_after_seconds
  }

  get status(): number {
    return problems[this.code]
  }
}
