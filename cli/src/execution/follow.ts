import { dataOf } from '@attune/client/dist/answer.js'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '@attune/client/dist/api.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Exit } from '../exit.ts'
import { Failure, failureOf } from '../failure.ts'
import type { Session } from '../shell.ts'
import { endOf, executions, stdoutOf } from './execution.ts'

const firstPauseMs = 100
const longestPauseMs = 1000
/** A restart of the server takes seconds: as many polls in a row may fail before the wait is given up. */
const toleratedFailures = 20

type Execution = Schemas['ExecutionDetail']

export type Wait = { timeoutMs: number; signal: AbortSignal }

/** Waits for the end of an execution, prints what became of it and says how the process ends. */
export async function follow({ client, out }: Session, id: number, wait: Wait): Promise<Exit> {
  const ended = await awaitEnd(client, id, wait)
  if (out.quiet) out.log(stdoutOf(ended) ?? '')
  else out.item(ended, executions)
  return endOf(ended.status) ?? 'failed'
}

/** Reads the execution until it has ended; the pauses grow, so that short ones are seen at once. */
async function awaitEnd(client: Api, id: number, { timeoutMs, signal }: Wait): Promise<Execution> {
  const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  const poll = tolerantly(
    () => dataOf(client.GET('/api/v1/executions/{id}', { params: { path: { id } } })),
    signal,
  )
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const current = await poll()
      if (current !== undefined && endOf(current.status) !== undefined) return current
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
function tolerantly<Seen>(look: () => Promise<Seen>, signal: AbortSignal): () => Promise<Seen | undefined> {
  let failures = 0
  return async () => {
    try {
      const seen = await look()
      failures = 0
      return seen
    } catch (error) {
      failures += 1
      const passing = failureOf(error)?.exit === 'unavailable' && !signal.aborted
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
