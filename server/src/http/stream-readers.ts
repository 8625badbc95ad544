import { Problem } from '../problem.ts'
import type { Caller } from '../domain/caller/caller.ts'

/** How many answers may be open that do not end by themselves, and how often their readers are asked again. */
export type StreamLimits = { most: number; most_of_one: number; recheck_seconds: number }

/** One open stream. */
export type StreamReader = {
  /** Aborted when the reader may not read on; its reason is a sentence. */
  readonly refused: AbortSignal
  /** To be called when the stream has ended. */
  leave(): void
}

/**
 * The rule for every stream: who opened it is asked again and again what was asked then, so that an account that is
 * frozen, a right that is taken away or a token that expires ends it; and neither one caller nor all together have
 * more of them open than this process can serve.
 */
export type StreamReaders = {
  /** Throws TOO_MANY_REQUESTS. `ask` throws when its caller may not read any more. */
  admit(who: string, ask: () => Promise<unknown>): StreamReader
}

/** When a place may be free again: streams end when their execution does, so this is a guess. */
const RETRY_SECONDS = 10

export function createStreamReaders({ most, most_of_one, recheck_seconds }: StreamLimits): StreamReaders {
  const open = new Map<string, number>()
  let all = 0

  function enter(who: string): void {
    const own = open.get(who) ?? 0
    if (own >= most_of_one)
      throw tooMany(`You have ${own} streams open, and more are not possible; close one or try again later.`)
    if (all >= most) throw tooMany('Too many streams are open; try again later.')
    open.set(who, own + 1)
    all += 1
  }

  function leave(who: string): void {
    const own = (open.get(who) ?? 1) - 1
    if (own === 0) open.delete(who)
    else open.set(who, own)
    all -= 1
  }

  return {
    admit(who, ask) {
      enter(who)
      const refusal = new AbortController()
      const timer = setInterval(() => {
        ask().catch((error: unknown) => refusal.abort(reasonOf(error)))
      }, recheck_seconds * 1000)
      let left = false
      return {
        refused: refusal.signal,
        leave() {
          if (left) return
          left = true
          clearInterval(timer)
          leave(who)
        },
      }
    },
  }
}

/** Whose streams count together. */
export function readerOf(caller: Caller | undefined, address: string): string {
  if (caller === undefined) return `address ${address}`
  switch (caller.kind) {
    case 'access':
      return `identity ${caller.identity}`
    case 'execution':
      return `execution ${caller.execution}`
    case 'sensor':
      return `sensor ${caller.sensor_ref}`
    case 'nobody':
      return `address ${address}`
  }
}

function tooMany(message: string): Problem {
  return new Problem('TOO_MANY_REQUESTS', message, [], { retry_after_seconds: RETRY_SECONDS })
}

/** Whoever cannot be asked does not read on either. */
function reasonOf(error: unknown): string {
  return error instanceof Problem ? error.message : 'Whether you may read on cannot be found out.'
}
