/** @type {Map<unknown, number>} */
const secondsOf = new Map([
  ['seconds', 1],
  ['minutes', 60],
  ['hours', 3600],
  ['days', 86_400],
])

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
 * Instants `interval_ms` apart, the first of them one interval after `start`.
 * @param {number} start
 * @param {number} interval_ms
 * @returns {import('./schedule.mjs').Grid}
 */
export function intervalGrid(start, interval_ms) {
  /** @param {number} now How many instants there are until then. */
  const passed = (now) => Math.max(0, Math.floor((now - start) / interval_ms))
  /** @param {number} number */
  const instant = (number) => start + number * interval_ms
  /** @param {number} after @param {number} until */
  const count = (after, until) => Math.max(0, passed(until) - passed(after))
  return {
    next: (after) => instant(passed(after) + 1),
    latest: (until) => (passed(until) === 0 ? undefined : instant(passed(until))),
    count,
    newest(after, until, limit) {
      const wanted = Math.min(limit, count(after, until))
      return Array.from({ length: wanted }, (_, index) => instant(passed(until) - wanted + 1 + index))
    },
  }
}
