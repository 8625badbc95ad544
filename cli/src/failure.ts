import { PathProblem } from '@attune/client/dist/api-path.js'
import { Refusal } from '@attune/client/dist/refusal.js'
import { Unreachable } from '@attune/client/dist/unreachable.js'
import { type Exit, exitOfHttp } from './exit.ts'

/** One more line under the error: a field that is wrong, or a fact that helps to find the cause. */
export type FailureDetail = { field: string; message: string }

/** Why a command ends without doing its work, in words for the person who typed it. */
export class Failure extends Error {
  readonly exit: Exit
  readonly details: readonly FailureDetail[]

  constructor(exit: Exit, message: string, details: readonly FailureDetail[] = []) {
    super(message)
    this.name = 'Failure'
    this.exit = exit
    this.details = details
  }
}

/** What came of a call, as a person who typed a command is told it. Undefined for what is no failure of a call. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  if (error instanceof Unreachable) return new Failure('unavailable', error.message)
  if (error instanceof PathProblem) return new Failure('usage', error.message)
  return error instanceof Refusal ? refused(error) : undefined
}

function refused({ status, location, message, details, requestId }: Refusal): Failure {
  if (location !== undefined)
    return new Failure('unavailable', `The server redirects to ${location}. Name that one with --api-url.`)
  const request =
    status >= 500 && requestId !== undefined ? [{ field: 'request id', message: requestId }] : []
  return new Failure(exitOfHttp(status), message, [...details, ...request])
}
