const CHECK_MS = 1000
const JUMP_MS = 100

/**
 * Calls `onJump` when the wall clock has moved against the monotonic one: the machine slept, or someone set
 * the time. Returns a function that stops watching.
 * @param {() => void} onJump
 */
export function watchClock(onJump) {
  let before = offset()
  const watch = setInterval(() => {
    const moved = Math.abs(offset() - before) > JUMP_MS
    // Slow corrections by NTP move the offset too, a little at a time.
    before = offset()
    if (moved) onJump()
  }, CHECK_MS)
  return () => clearInterval(watch)
}

/** Where the monotonic clock began, on the wall clock. */
const offset = () => Date.now() - performance.now()
