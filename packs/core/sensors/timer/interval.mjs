/** @type {Map<unknown, number>} */
const secondsOf = new Map([
  ['seconds', 1],
  ['minutes', 60],
  ['hours', 3600],
  ['days', 86_400],
])

/**
 * The grid of an interval timer: instants `interval_ms` apart, counted from `start`. All instants are epoch
 * milliseconds.
 * @typedef {{ start: number, interval_ms: number }} Grid
 */

/**
 * The length of the interval in milliseconds. Throws a sentence for the log when the parameters are wrong.
 * @param {Record<string, unknown>} params
 */
export function intervalOf({ unit, interval }) {
  const seconds = secondsOf.get(unit ?? 'seconds')
  if (seconds === undefined) {
    throw new Error(`unit must be one of ${[...secondsOf.keys()].join(', ')}, not ${JSON.stringify(unit)}`)
  }
  const count = interval ?? 60
  const length = typeof count === 'number' && Number.isInteger(count) ? count * seconds * 1000 : 0
  if (length < 1 || !Number.isSafeInteger(length)) {
    throw new Error(`interval must be a whole number of at least 1, not ${JSON.stringify(interval)}`)
  }
  return length
}

/**
 * The newest instant of the grid that is not later than `now`. After a gap it stands for all that were missed.
 * @param {Grid} grid
 * @param {number} now
 */
export function latestInstant({ start, interval_ms }, now) {
  return start + Math.floor((now - start) / interval_ms) * interval_ms
}
