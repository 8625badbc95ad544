import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { outageSentence } from '../database/outage.ts'
import { isUnanswered, tookTooLong } from '../database/violation.ts'
import { type FieldProblem, Problem, type ProblemCode } from '../problem.ts'

/** The one body of every failure: what happened, a stable code, and the fields that are to blame. */
export type ErrorBody = { error: string; code: ProblemCode; details?: FieldProblem[] }

/** Fields that an answer lists at most. */
const MAX_DETAILS = 50

/** What a thrown value says to the caller. Only a Problem speaks for itself; the rest says no more than it must. */
export function problemOf(error: unknown, request: Pick<FastifyRequest, 'method' | 'query'>): Problem {
  if (error instanceof Problem) return error
  if (tookTooLong(error) && !isUnanswered(error)) return overTime(request)
  const outage = outageSentence(error)
  if (outage !== undefined) return new Problem('SERVICE_UNAVAILABLE', outage, [], { retry_after_seconds: 5 })
  if (isFastifyError(error)) return problemOfRequest(error)
  return new Problem(
    'INTERNAL_SERVER_ERROR',
    'Something went wrong on our side; the log has it under this request id.',
  )
}

/** Filters that a longer wait would not help are the caller's to change; without any it is the database that is slow. */
function overTime({ method, query }: Pick<FastifyRequest, 'method' | 'query'>): Problem {
  const filters = typeof query === 'object' && query !== null ? Object.keys(query) : []
  const limit = 'takes longer than database.api_statement_timeout allows'
  if (method !== 'GET' || filters.length === 0)
    return new Problem('SERVICE_UNAVAILABLE', `This ${limit}; try again later.`, [], {
      retry_after_seconds: 30,
    })
  const message = 'finds too little among too much; narrow it, for example by created_after, or leave it out'
  return new Problem(
    'UNPROCESSABLE_ENTITY',
    `This search ${limit}: ${filters.join(', ')} ${message}.`,
    filters.map((field) => ({ field, message })),
  )
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body: ErrorBody = {
    error: problem.message,
    code: problem.code,
    ...(problem.details.length > 0 ? { details: problem.details.slice(0, MAX_DETAILS) } : {}),
  }
  if (problem.retry_after_seconds !== undefined) reply.header('retry-after', problem.retry_after_seconds)
  return reply.status(problem.status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** Logs what the caller is not told. */
export function logFailure(request: FastifyRequest, error: unknown, problem: Problem): void {
  if (problem.status >= 500) {
    const outage = outageSentence(error)
    request.log.error({ err: error, request_id: request.id, ...(outage && { outage }) }, 'request failed')
  }
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'statusCode' in error
}

function problemOfRequest(error: FastifyError): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('PAYLOAD_TOO_LARGE', 'The body is larger than server.max_body_size allows.', [
        { field: 'body', message: 'send less, or store it as an artifact and send its ref' },
      ])
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem(
        'UNSUPPORTED_MEDIA_TYPE',
        'The Content-Type is none: it is a type and a subtype, such as application/json.',
      )
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('BAD_REQUEST', 'The body is empty; send a JSON object.', [
        { field: 'body', message: 'is missing' },
      ])
    default:
      if (error.statusCode === 404) return new Problem('NOT_FOUND', 'There is no such route.')
      if (error instanceof SyntaxError || (error.statusCode ?? 500) < 500) {
        return new Problem('BAD_REQUEST', `The request cannot be read: ${error.message}`, [
          { field: 'body', message: error.message },
        ])
      }
      return new Problem(
        'INTERNAL_SERVER_ERROR',
        'Something went wrong on our side; the log has it under this request id.',
      )
  }
}
