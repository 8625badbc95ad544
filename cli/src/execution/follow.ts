import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client.ts'
import type { Exit } from '../exit.ts'
import { Failure } from '../failure.ts'
import type { Session } from '../shell.ts'
import { endOf, executions, stdoutOf } from './execution.ts'

const firstPauseMs = 100
const longestPauseMs = 1000
/** A restart of the server takes seconds: as many polls in a row may fail before the wait is given up. */
const toleratedFailures = 20

export type Wait = { timeoutMs: number; signal: AbortSignal }

/** Waits for the end of an execution, prints what became of it and says how the process ends. */
export async function follow({ client, out }: Session, id: number, wait: Wait): Promise<Exit> {
  const ended = await awaitEnd(client, id, wait)
  const execution = executions.read(ended)
  if (out.quiet) out.log(stdoutOf(execution) ?? '')
  else out.item(ended, executions)
  return endOf(execution.status) ?? 'failed'
}

/** Reads the execution until it has ended; the pauses grow, so that short ones are seen at once. */
async function awaitEnd(client: Client, id: number, { timeoutMs, signal }: Wait): Promise<unknown> {
  const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  const poll = tolerantly(() => client.get('/api/v1/executions/{id}', { path: { id } }), signal)
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const current = await poll()
      if (current !== undefined && endOf(executions.read(current).status) !== undefined) return current
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw stillRunning(id, timeoutMs)
      await sleep(Math.min(pauseMs, leftMs), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
    const remedy = `Look again with: attune execution get ${id}. Stop it with: attune execution cancel ${id}.`
    throw new Failure('interrupted', `Interrupted. Execution ${id} goes on. ${remedy}`)
  }
}

/** The execution runs whether or not we can see it: a failed look is repeated, a refusal is not. */
function tolerantly(look: () => Promise<unknown>, signal: AbortSignal): () => Promise<unknown> {
  let failures = 0
  return async () => {
    try {
      const seen = await look()
      failures = 0
      return seen
    } catch (error) {
      failures += 1
      const passing = error instanceof Failure && error.exit === 'unavailable' && !signal.aborted
      if (!passing || failures > toleratedFailures) throw error
      return undefined
    }
  }
}

function stillRunning(id: number, timeoutMs: number): Failure {
  const waited = `Execution ${id} has not ended within ${timeoutMs / 1000} s and goes on.`
  return new Failure(
    'wait_timed_out',
    `${waited} Look again with: attune execution get ${id}. Stop it with: attune execution cancel ${id}.`,
  )
}
