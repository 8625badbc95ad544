import { Problem } from '../problem.ts'

/** Statements at the same time: of everybody together, and of one caller. */
export type TurnLimits = { all: number; each: number }

/** Waits until it is the turn of `who`; what it answers ends the turn. */
export type Turns = (who: string) => Promise<() => void>

/** Statements of one caller that wait at most; more are refused. */
const MAX_WAITING = 2000
/** Longer than any statement takes. */
const MAX_WAIT_MS = 30_000

/**
 * Shares connections among callers: one who asks for much waits for themselves, and when many wait, callers take turns.
 * What asks without a caller, such as looking one up, takes none of these turns.
 */
export function createTurns({ all, each }: TurnLimits): Turns {
  const running = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()
  let total = 0

  const may = (who: string) => total < all && (running.get(who) ?? 0) < each

  function begin(who: string): void {
    total += 1
    running.set(who, (running.get(who) ?? 0) + 1)
  }

  function end(who: string): void {
    const left = (running.get(who) ?? 1) - 1
    total -= 1
    if (left > 0) running.set(who, left)
    else running.delete(who)
    for (const next of waiting.keys()) if (may(next)) return wake(next)
  }

  /** Whoever had a turn is the last in the row for the next one. */
  function wake(who: string): void {
    const queue = waiting.get(who) ?? []
    const go = queue.shift()
    waiting.delete(who)
    if (queue.length > 0) waiting.set(who, queue)
    begin(who)
    go?.()
  }

  function wait(who: string): Promise<void> {
    const queue = waiting.get(who) ?? []
    if (queue.length >= MAX_WAITING) throw tooMuch()
    waiting.set(who, queue)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(giveUp, MAX_WAIT_MS)
      const go = () => {
        clearTimeout(timer)
        resolve()
      }
      function giveUp(): void {
        queue.splice(queue.indexOf(go), 1)
        if (queue.length === 0) waiting.delete(who)
        reject(tooMuch())
      }
      queue.push(go)
    })
  }

  return async (who) => {
    if (may(who)) begin(who)
    else await wait(who)
    return () => end(who)
  }
}

function tooMuch(): Problem {
  const message = 'You ask for too much at once; wait for some of the answers before you ask on.'
  return new Problem('TOO_MANY_REQUESTS', message, [], { retry_after_seconds: 5 })
}
