/**
 * Milliseconds of the machine's monotonic clock: the same for every process on it, unmoved when somebody sets the
 * time. Only differences mean anything.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}
