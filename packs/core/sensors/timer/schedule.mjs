/**
 * The instants at which something is due, in epoch milliseconds. Whoever knows these three knows a schedule, be it an
 * interval or a calendar.
 * @typedef {{
 *   next(after: number): number | undefined,
 *   latest(until: number): number | undefined,
 *   count(after: number, until: number): number,
 *   newest(after: number, until: number, limit: number): number[],
 * }} Grid
 *
 * `next` is the first instant later than `after`, `latest` the last one not later than `until`; `count` and `newest` look
 * at those later than `after` and not later than `until`.
 *
 * What happens to instants that passed while nobody watched: none of them gets an event, the last one does, or all do, the
 * newest `limit` of them.
 * @typedef {{ missed: 'none' | 'last' | 'all', limit: number }} Policy
 *
 * @typedef {{ at: number, late: boolean, missed: number }} Tick `missed` instants before it have no event.
 */

/** An instant that is older than this when it is seen is one that nobody watched. */
export const ON_TIME_MS = 2000
const DEFAULT_LIMIT = 100
const MOST = 1000

/**
 * What is to be told of the instants that have passed since the last one that was told of.
 * @param {Grid} grid
 * @param {{ since: number, now: number }} seen
 * @param {Policy} policy
 * @returns {Tick[]}
 */
export function ticksOf(grid, { since, now }, policy) {
  const passed = grid.count(since, now)
  if (passed === 0) return []
  const told = grid.newest(since, now, policy.missed === 'all' ? policy.limit : 1)
  const due = policy.missed === 'none' ? told.filter((at) => now - at <= ON_TIME_MS) : told
  return due.map((at, index) => ({
    at,
    late: now - at > ON_TIME_MS,
    missed: index === 0 ? passed - due.length : 0,
  }))
}

/**
 * Throws a sentence for the log when the parameters are wrong.
 * @param {Record<string, unknown>} params
 * @returns {Policy}
 */
export function policyOf({ missed, missed_limit }) {
  const policy = missed ?? 'last'
  if (policy !== 'none' && policy !== 'last' && policy !== 'all')
    throw new Error(`missed must be one of none, last, all, not ${JSON.stringify(missed)}`)
  const limit = missed_limit ?? DEFAULT_LIMIT
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new Error(
      `missed_limit must be a whole number from 1 to ${MOST}, not ${JSON.stringify(missed_limit)}`,
    )
  return { missed: policy, limit }
}
