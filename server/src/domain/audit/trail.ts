import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../database/database.ts'
import { isTransient } from '../../database/violation.ts'
import type { Log } from '../../log.ts'
import type { Metrics } from '../../metrics.ts'
import { type AuditEntry, record } from './record.ts'

/** Rows gather for so long before they are written: one commit for many requests. */
const GATHER_MS = 100
/** After a failure of the database. */
const RETRY_MS = 1000
/** Rows of one statement. */
const MAX_BATCH = 500
/** Rows that wait while the database is away; a row takes about a kilobyte. */
const MAX_WAITING = 20_000
/** How long a stop waits for a database that is away. */
const STOP_MS = 5000

/** Takes audit rows of requests at once and writes them soon, so that no request waits for them. */
export type AuditTrail = {
  add(entry: AuditEntry): void
  /** Writes what waits. Call when nothing is added any more. */
  stop(): Promise<void>
}

type Deps = { database: Database; log: Pick<Log, 'error' | 'info'>; metrics: Pick<Metrics, 'audited'> }

/**
 * What waits is in memory: a process that is killed loses the last moments, one that stops loses nothing. While the
 * database is away rows wait up to a limit; beyond it new ones are counted and lost. A row that the database refuses
 * takes no other with it: the rows of its batch are written one by one.
 */
export function createAuditTrail(deps: Deps): AuditTrail {
  const waiting: AuditEntry[] = []
  const drop = dropping(deps)
  /** Rows at the head of `waiting` that go one by one. */
  let doubtful = 0
  let timer: NodeJS.Timeout | undefined
  let pass: Promise<void> | undefined

  /** Writes what waits at this moment; ends early when the database is away. Answers when to go on. */
  async function writeWaiting(): Promise<number> {
    for (let left = waiting.length; left > 0; ) {
      const size = doubtful > 0 ? 1 : Math.min(left, MAX_BATCH)
      const outcome = await write(deps, waiting.slice(0, size))
      if (outcome.kind === 'later') return RETRY_MS
      if (outcome.kind === 'refused' && size > 1) {
        doubtful = size
        continue
      }
      if (outcome.kind === 'refused') drop(1, outcome.error)
      doubtful = Math.max(0, doubtful - size)
      waiting.splice(0, size)
      left -= size
    }
    return GATHER_MS
  }

  function schedule(ms: number): void {
    if (pass !== undefined || timer !== undefined || waiting.length === 0) return
    timer = setTimeout(() => {
      timer = undefined
      void start()
    }, ms)
  }

  function start(): Promise<void> {
    pass ??= writeWaiting().then((ms) => {
      pass = undefined
      schedule(ms)
    })
    return pass
  }

  return {
    add(entry) {
      if (waiting.length >= MAX_WAITING) return drop(1)
      waiting.push(entry)
      schedule(GATHER_MS)
    },
    async stop() {
      const given_up = AbortSignal.timeout(STOP_MS)
      const over = delay(STOP_MS, undefined, { ref: false })
      while (waiting.length > 0 && !given_up.aborted) {
        await Promise.race([start(), over])
        if (waiting.length > 0) await delay(Math.min(RETRY_MS, 200))
      }
      clearTimeout(timer)
      if (waiting.length > 0) drop(waiting.splice(0).length)
    },
  }
}

type Outcome = { kind: 'written' } | { kind: 'later' } | { kind: 'refused'; error: unknown }

/** A row may come late, after its answer; one that somebody has read stays. */
async function write({ database, metrics }: Deps, batch: readonly AuditEntry[]): Promise<Outcome> {
  try {
    await database.transaction((tx) => record(tx, batch))
    metrics.audited('written', batch.length)
    return { kind: 'written' }
  } catch (error) {
    return isTransient(error) ? { kind: 'later' } : { kind: 'refused', error }
  }
}

/** Counts rows that are lost, and says so when it begins: once a minute at most. */
function dropping({ log, metrics }: Deps): (count: number, error?: unknown) => void {
  let said = -Infinity
  return (count, error) => {
    metrics.audited('dropped', count)
    if (performance.now() - said < 60_000) return
    said = performance.now()
    log.error({ err: error }, 'audit rows are lost: the database does not take them; see audit_rows_total')
  }
}
