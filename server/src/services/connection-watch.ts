import type { HealthChecks } from '../http/health.ts'
import type { Log } from '../observe/log.ts'
import { within } from '../waiting/within.ts'

type ConnectionWatch = {
  /** Resolves with the reason when something that the process cannot do without has been away for too long. */
  broken: Promise<string>
  stop(): void
}

/**
 * Watches what a process cannot do without. Connections come back by themselves; one that does not for so long is stuck,
 * and the way out is to end, so that the supervisor starts a process that has none of its state.
 */
export function watchConnections(
  checks: HealthChecks,
  { give_up_after, log }: { give_up_after: number; log: Log },
): ConnectionWatch {
  const since = new Map<string, number>()
  const everyMs = Math.min(5000, (give_up_after * 1000) / 5)
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  /** What is wrong with it since longer than is borne. */
  async function over(name: string, check: HealthChecks[string]): Promise<string | undefined> {
    const trouble = await answer(check, everyMs)
    if (trouble === undefined) {
      if (since.delete(name)) log.info({ lifeline: name }, 'well again')
      return undefined
    }
    const start = since.get(name) ?? Date.now()
    since.set(name, start)
    if (Date.now() - start < give_up_after * 1000) return undefined
    return `No ${name} for ${Math.round((Date.now() - start) / 1000)} s (${trouble}); giving up, to be started again.`
  }

  const broken = new Promise<string>((resolve) => {
    async function look(): Promise<void> {
      const reasons = await Promise.all(Object.entries(checks).map(([name, check]) => over(name, check)))
      const reason = reasons.find((one) => one !== undefined)
      if (reason !== undefined) resolve(reason)
      else if (!stopped) timer = setTimeout(() => void look(), everyMs)
    }
    timer = setTimeout(() => void look(), everyMs)
  })
  return {
    broken,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** What a check says; that it throws or does not answer in time is trouble too. */
function answer(check: HealthChecks[string], patienceMs: number): Promise<string | undefined> {
  const asked = Promise.resolve()
    .then(check)
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  return within(asked, patienceMs, 'no answer')
}
