import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks `check` again and again until it answers something else than undefined; undefined when `within`
 * milliseconds have passed. It asks at least once, also with a deadline in the past.
 */
export async function poll<T>(
  check: () => T | undefined | Promise<T | undefined>,
  { within, every }: { within: number; every: number },
): Promise<T | undefined> {
  const deadline = Date.now() + within
  for (;;) {
    const answer = await check()
    if (answer !== undefined) return answer
    if (Date.now() >= deadline) return undefined
    await sleep(every)
  }
}
