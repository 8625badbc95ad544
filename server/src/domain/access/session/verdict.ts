/** What is known of a session when a refresh token of it comes in. */
export type SessionRenewal = {
  /** The renewal that the session is at. */
  generation: number
  /** Seconds since it was renewed last; may be below zero for who waited for that renewal. */
  seconds_since: number
  /** Whether address and program are those of the last renewal. */
  same_client: boolean
}

/** Tabs of one browser, and commands that start together, ask within moments of each other. */
export const RACE_SECONDS = 10

/**
 * What becomes of a refresh token that is for `presented`.
 *
 * Two of one client that renew at once is no theft: the second gets tokens of the renewal that the first has made, and
 * nothing moves. That gives a thief nothing that lasts. What both hold then is for one and the same renewal, so the
 * next of them to renew leaves the other with a used one, and that ends the session. It must also come from the same
 * address and program, within moments, and only one renewal behind.
 */
export function verdictOn(
  { generation, seconds_since, same_client }: SessionRenewal,
  presented: number,
): 'renew' | 'repeat' | 'reused' | 'unknown' {
  if (presented === generation) return 'renew'
  // Of a database that was set back, or no number.
  if (!Number.isInteger(presented) || presented > generation) return 'unknown'
  const raced = presented === generation - 1 && seconds_since <= RACE_SECONDS && same_client
  return raced ? 'repeat' : 'reused'
}
