import { Problem } from '../problem.ts'

/**
 * What may be stored, shown or logged of an error that came up around the data of users. Our own sentences and those
 * of the system name things; what parsers and checks of arguments say (SyntaxError, TypeError, ERR_INVALID_ARG_VALUE)
 * quotes what they were given, which may be secret, and in pieces that no mask recognises.
 */
export function safeErrorText(error: unknown): string {
  if (error instanceof Problem) return error.message
  if (error instanceof Error && ('syscall' in error || isPlain(error))) return error.message
  return `an unexpected error (${error instanceof Error ? error.name : typeof error})`
}

function isPlain(error: Error): boolean {
  return error.name === 'Error' && !('code' in error)
}

/** Where an error came from, without what it says. */
export function errorOriginOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack.split('\n').filter((line) => /^\s+at /.test(line))
}
