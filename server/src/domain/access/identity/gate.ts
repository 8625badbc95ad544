import { Problem } from '../../../problem.ts'

export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Lets a few pieces of work run, keeps the next ones waiting and turns the rest away, so that no flood fills the memory. */
export function createGate({ at_once, waiting: places }: { at_once: number; waiting: number }): Gate {
  const waiting: (() => void)[] = []
  let running = 0

  async function enter(): Promise<void> {
    if (running < at_once) {
      running += 1
      return
    }
    if (waiting.length >= places) {
      throw new Problem('TOO_MANY_REQUESTS', 'Too many logins at once; try again in a moment.', [], {
        retry_after_seconds: 1,
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  /** Whoever waits longest inherits the place. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return async (work) => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
