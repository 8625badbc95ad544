/** Larger values stay in their row; a reader outside follows the id. */
const LIMIT = 16 * 1024

/** A value as it may travel in a message for readers outside: null when it is large. */
export function shown(value: unknown): unknown {
  if (value === null || value === undefined) return null
  return JSON.stringify(value).length <= LIMIT ? value : null
}
