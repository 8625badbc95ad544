/** What the process answers to its caller. Part of the public surface: scripts branch on these. */
export const exits = {
  ok: 0,
  /** A followed execution failed, timed out or was abandoned; a check found problems. */
  failed: 1,
  usage: 2,
  unauthenticated: 3,
  forbidden: 4,
  not_found: 5,
  /** The server understood and refused: validation, conflict. */
  refused: 6,
  /** Nobody answered, or the answer was not an answer. */
  unavailable: 7,
  wait_timed_out: 124,
  interrupted: 130,
  /** A followed execution was cancelled. */
  cancelled: 143,
} as const

export type Exit = keyof typeof exits

const ofStatus = new Map<number, Exit>([
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'unavailable'],
  [429, 'unavailable'],
])

/** How an HTTP status other than 2xx ends the process. */
export function exitOfHttp(status: number): Exit {
  return ofStatus.get(status) ?? (status >= 400 && status < 500 ? 'refused' : 'unavailable')
}
