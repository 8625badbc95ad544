import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'

/** Tells whoever follows an execution whether it has ended. */
export type EndWatch = {
  /** Whether nothing more will be written: the execution has ended, or its row is gone. Answers with the next look. */
  hasEnded(execution: Id<'execution'>): Promise<boolean>
}

type Waiting = { execution: Id<'execution'>; resolve(ended: boolean): void; reject(error: unknown): void }

/**
 * All who wait share one look every `everyMs`: a statement for the process, however many follow. `db` is that of the
 * process: what is asked in the name of one request ends with its client.
 */
export function createEndWatch(db: Queryable, everyMs: number): EndWatch {
  let waiting: Waiting[] = []

  async function look(): Promise<void> {
    const all = waiting
    waiting = []
    try {
      const live = await findLive(db, [...new Set(all.map(({ execution }) => execution))])
      for (const { execution, resolve } of all) resolve(!live.has(execution))
    } catch (error) {
      for (const { reject } of all) reject(error)
    }
  }

  return {
    hasEnded(execution) {
      if (waiting.length === 0) setTimeout(() => void look(), everyMs)
      return new Promise((resolve, reject) => waiting.push({ execution, resolve, reject }))
    },
  }
}

async function findLive(db: Queryable, executions: Id<'execution'>[]): Promise<ReadonlySet<Id<'execution'>>> {
  const rows = await db.many<{ id: Id<'execution'> }>(sql`
    select id from execution where id = any(${executions}) and live`)
  return new Set(rows.map(({ id }) => id))
}
