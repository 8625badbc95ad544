import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer satisfies; fails with the last answer when it takes too long. Never sleeps blindly. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  satisfied: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (satisfied(answer)) return answer
    if (Date.now() > deadline) throw new Error(`Still ${JSON.stringify(answer)} after ${timeoutMs} ms`)
    await sleep(20)
  }
}
