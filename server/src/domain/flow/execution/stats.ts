import { LRUCache } from 'lru-cache'
import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import { tookTooLong } from '../../../database/violation.ts'
import type { Caller } from '../../caller/caller.ts'
import { readableExecutions } from './visibility.ts'
import type { ExecutionStatus } from './status.ts'

const count = Type.Integer({ minimum: 0 })

export const ExecutionStats = Type.Object(
  {
    total: count,
    completed: count,
    failed: count,
    running: count,
    pending: Type.Integer({ minimum: 0, description: 'requested, scheduling and scheduled.' }),
    cancelled: Type.Integer({ minimum: 0, description: 'Also those that are being cancelled.' }),
    timeout: count,
    abandoned: count,
  },
  { title: 'ExecutionStats' },
)
export type ExecutionStats = Static<typeof ExecutionStats>

type Counted = Exclude<keyof ExecutionStats, 'total'>

const countedAs = {
  requested: 'pending',
  scheduling: 'pending',
  scheduled: 'pending',
  running: 'running',
  canceling: 'cancelled',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  timeout: 'timeout',
  abandoned: 'abandoned',
} as const satisfies Record<ExecutionStatus, Counted>

/** A count is good for so many times as long as it took: counting never takes more than this share of a core. */
const KEPT_TIMES = 20

/** Counts that are kept, each for callers who may read the same. */
const MAX_KEPT = 100

/**
 * Counts the executions that a caller may read by status. Counting reads the whole table, so callers who may read
 * the same share one count, and the larger the table is, the longer a count is kept.
 */
export function createExecutionStats(): (db: Queryable, caller: Caller) => Promise<ExecutionStats> {
  const counts = new LRUCache<string, Count>({ max: MAX_KEPT })
  return (db, caller) => {
    const readable = readableExecutions(caller)
    const key = JSON.stringify([readable.text, readable.values])
    const count = counts.get(key) ?? createCount(readable)
    counts.set(key, count)
    return count(db)
  }
}

type Count = (db: Queryable) => Promise<ExecutionStats>

function createCount(readable: Sql): Count {
  let latest: Promise<ExecutionStats> | undefined
  let goodUntil = Infinity

  async function recount(db: Queryable): Promise<ExecutionStats> {
    const started = performance.now()
    goodUntil = Infinity // until it is there
    try {
      return await countAll(db, readable)
    } finally {
      const ended = performance.now()
      goodUntil = ended + (ended - started) * KEPT_TIMES
    }
  }

  /** A count that takes too long is not tried again at once; one whose asker left is, for whoever else waits. */
  function count(db: Queryable): Promise<ExecutionStats> {
    latest = recount(db)
    latest.catch((error: unknown) => {
      if (!tookTooLong(error)) latest = undefined
    })
    return latest
  }
  return async (db) => {
    if (latest === undefined || performance.now() >= goodUntil) return count(db)
    return latest.catch((error: unknown) => {
      if (tookTooLong(error)) throw error
      return count(db)
    })
  }
}

async function countAll(db: Queryable, readable: Sql): Promise<ExecutionStats> {
  const rows = await db.many<{ status: ExecutionStatus; count: number }>(
    sql`select e.status, count(*) as count from execution e where ${readable} group by e.status`,
  )
  const stats: ExecutionStats = {
    total: 0,
    completed: 0,
    failed: 0,
    running: 0,
    pending: 0,
    cancelled: 0,
    timeout: 0,
    abandoned: 0,
  }
  for (const row of rows) {
    stats.total += row.count
    stats[countedAs[row.status]] += row.count
  }
  return stats
}
