import { Problem } from '../../problem.ts'

/** Room that is handed out in equal shares, in the order in which it is asked for. */
export type AuditRoom = {
  /** Waits for a share; what it answers gives it back. Throws SERVICE_UNAVAILABLE when there is none for long. */
  enter(): Promise<() => void>
  /** To be called when more may be free. */
  look(): void
}

export function createRoom(
  free: () => number,
  { share, wait_ms }: { share: number; wait_ms: number },
): AuditRoom {
  const queue: (() => void)[] = []
  let taken = 0

  function look(): void {
    while (queue.length > 0 && (taken + 1) * share <= free()) {
      taken += 1
      queue.shift()?.()
    }
  }

  function wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(giveUp, wait_ms)
      const go = () => {
        clearTimeout(timer)
        resolve()
      }
      function giveUp(): void {
        queue.splice(queue.indexOf(go), 1)
        const message =
          'The audit log does not take rows at the moment, and nothing is done unseen; try again later.'
        reject(new Problem('SERVICE_UNAVAILABLE', message, [], { retry_after_seconds: 5 }))
      }
      queue.push(go)
      look()
    })
  }

  return {
    look,
    async enter() {
      await wait()
      let held = true
      return () => {
        if (!held) return
        held = false
        taken -= 1
        look()
      }
    },
  }
}
