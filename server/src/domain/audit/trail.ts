import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../database/database.ts'
import { isTransient } from '../../database/violation.ts'
import type { Log } from '../../observe/log.ts'
import type { Metrics } from '../../observe/metrics.ts'
import type { RequestContext, DeniedRequest, EndedRequest } from '../caller/request-context.ts'
import { type AuditEntry, record } from './record.ts'
import { rowOfDenial, rowOfRequest } from './request-rows.ts'
import { createRoom } from './room.ts'
import { createAnonymousCounts, type AnonymousRequest } from './anonymous-requests.ts'

/** Rows gather for so long before they are written: one commit for many requests. */
const GATHER_MS = 100
/** After a failure of the database. */
const RETRY_MS = 1000
/** Rows of one statement. */
const MAX_BATCH = 500
/** Rows that wait while the database is away; a row takes about a kilobyte. */
const MAX_WAITING = 20_000
/** A request leaves so many rows at most. */
const ROWS_OF_A_REQUEST = 2
/** What requests leave free for the counts of strangers. */
const KEPT_FREE = 1000
/** How long a request waits for room. */
const ROOM_MS = 10_000
/** Strangers are counted for so long before what was counted is written. */
const COUNT_MS = 60_000
/** How long a stop waits for a database that is away. */
const STOP_MS = 5000

/** Takes audit rows of requests at once and writes them soon, so that no answer waits for them. */
export type AuditTrail = {
  /**
   * Waits for room for the rows of one request, and refuses it when there is none for long; what it answers gives the
   * room back. A request that has room finds its rows taken.
   */
  reserve(): Promise<() => void>
  add(entry: AuditEntry): void
  ended(asking: RequestContext, request: EndedRequest): void
  denied(asking: RequestContext, request: DeniedRequest): void
  /** Counts a request of a stranger. */
  count(request: AnonymousRequest): void
  /** Writes what waits. Call when nothing is added any more. */
  stop(): Promise<void>
}

type Deps = {
  database: Database
  log: Pick<Log, 'error' | 'info'>
  metrics: Pick<Metrics, 'audited'>
  /** How long strangers are counted. Default: a minute. */
  count_ms?: number
}

/**
 * What waits is in memory: a process that is killed loses the last moments, one that stops loses nothing. While the
 * database is away rows wait up to a limit, and beyond it requests wait for them; what is added all the same is lost
 * and counted.
 */
export function createAuditTrail(deps: Deps): AuditTrail {
  const drop = dropping(deps)
  const strangers = createAnonymousCounts()
  const rows = createWriter(deps, { drop, written: () => room.look() })
  const room = createRoom(() => MAX_WAITING - KEPT_FREE - rows.waiting(), {
    share: ROWS_OF_A_REQUEST,
    wait_ms: ROOM_MS,
  })
  const counting = setInterval(tellOfStrangers, deps.count_ms ?? COUNT_MS).unref()

  /** While much waits they are counted on: what is counted takes no more memory the longer it lasts. */
  function tellOfStrangers(): void {
    if (rows.waiting() <= MAX_WAITING / 2) rows.push(strangers.take())
  }

  function add(entry: AuditEntry): void {
    if (rows.waiting() >= MAX_WAITING) drop(1)
    else rows.push([entry])
  }

  return {
    reserve: room.enter,
    count: strangers.count,
    add,
    ended: (asking, request) => add(rowOfRequest(asking, request)),
    denied: (asking, request) => add(rowOfDenial(asking, request)),
    async stop() {
      clearInterval(counting)
      tellOfStrangers()
      const lost = await rows.stop()
      if (lost > 0) drop(lost)
    },
  }
}

type Writer = {
  waiting(): number
  push(entries: readonly AuditEntry[]): void
  /** Writes what waits; answers how many rows the database did not take in time. */
  stop(): Promise<number>
}

type Writing = { drop(count: number, error?: unknown): void; written(): void }

/** Writes rows soon. One that the database refuses takes no other with it: those of its batch go one by one. */
function createWriter(deps: Deps, { drop, written }: Writing): Writer {
  const waiting: AuditEntry[] = []
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
      written()
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
    waiting: () => waiting.length,
    push(entries) {
      waiting.push(...entries)
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
      return waiting.splice(0).length
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
