/** Nobody answered, or what answered is not the API. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export function notTheApi(reason: string): Unreachable {
  return new Unreachable(`${reason}. Is it the API of Attune?`)
}

/** Why an exchange failed. `fetch` hides the reason in a chain of causes. */
export function networkReason(error: unknown, withinMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${withinMs / 1000} s`
  if (error.cause instanceof Error) return networkReason(error.cause, withinMs)
  if ('code' in error && error.code === 'ECONNREFUSED')
    return 'the connection was refused; is the server running'
  return error.message !== '' ? error.message : 'code' in error ? String(error.code) : error.name
}
