/** So many at a time; whoever comes later waits in order. */
export type Semaphore = {
  /** Answers how the permit is given back. Throws when the wait is given up, or when there is no place to wait. */
  take(signal?: AbortSignal): Promise<() => void>
  /** Does `work` with a permit. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

/** `full` says what is thrown at whoever finds `places` others waiting. */
export type Waiters = { places: number; full: () => Error }

export function createSemaphore(permits: number, waiters?: Waiters): Semaphore {
  const waiting: (() => void)[] = []
  let free = permits

  function turn(signal: AbortSignal | undefined): Promise<void> {
    if (waiters !== undefined && waiting.length >= waiters.places) throw waiters.full()
    return new Promise((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(signal?.reason instanceof Error ? signal.reason : new Error('The wait was given up.'))
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      waiting.push(go)
    })
  }

  /** Whoever waits longest inherits the permit. */
  function giveBack(): void {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  async function take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    if (free > 0) free -= 1
    else await turn(signal)
    let taken = true
    return () => {
      if (taken) giveBack()
      taken = false
    }
  }

  return {
    take,
    async run(work) {
      const done = await take()
      try {
        return await work()
      } finally {
        done()
      }
    },
  }
}
