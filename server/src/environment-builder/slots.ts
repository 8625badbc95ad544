/** So many at a time; whoever comes later waits in order. */
export type Slots = {
  /** Answers how the slot is given back. Throws when the wait is given up. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createSlots(slots: number): Slots {
  const waiting: (() => void)[] = []
  let free = slots

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(signal.reason instanceof Error ? signal.reason : new Error('The wait was given up.'))
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.push(go)
    })
  }

  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) free -= 1
      else await turn(signal)
      let taken = true
      return () => {
        if (!taken) return
        taken = false
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}
