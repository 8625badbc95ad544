import { type Static, Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { ExecutionStatus } from './status.ts'

const count = Type.Integer({ minimum: 0 })

export const ExecutionStats = Type.Object({
  total: count,
  completed: count,
  failed: count,
  running: count,
  pending: Type.Integer({ minimum: 0, description: 'requested, scheduling and scheduled.' }),
  cancelled: Type.Integer({ minimum: 0, description: 'Also those that are being cancelled.' }),
  timeout: count,
  abandoned: count,
})
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

/**
 * Counts executions by status. Counting reads the whole table, so callers at the same time share one count, and
 * the larger the table is, the longer a count is kept.
 */
export function createExecutionStats(): (db: Queryable) => Promise<ExecutionStats> {
  let latest: Promise<ExecutionStats> | undefined
  let goodUntil = Infinity

  async function recount(db: Queryable): Promise<ExecutionStats> {
    const started = performance.now()
    goodUntil = Infinity // until it is there
    try {
      return await countAll(db)
    } finally {
      const ended = performance.now()
      goodUntil = ended + (ended - started) * KEPT_TIMES
    }
  }

  return (db) => {
    if (latest === undefined || performance.now() >= goodUntil) {
      latest = recount(db)
      latest.catch(() => {
        latest = undefined
      })
    }
    return latest
  }
}

async function countAll(db: Queryable): Promise<ExecutionStats> {
  const rows = await db.many<{ status: ExecutionStatus; count: number }>(
    sql`select status, count(*) as count from execution group by status`,
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
