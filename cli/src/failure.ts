import type { Exit } from './exit.ts'

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
