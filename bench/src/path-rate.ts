import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '@attune/server/dist/database/database.js'
import { sql } from '@attune/server/dist/database/sql.js'
import type { Emission } from '@attune/server/dist/domain/flow/event/emission.js'
import { createEventIntake } from '@attune/server/dist/domain/flow/event/intake.js'
import type { Installation } from './installation.ts'
import type { Workload } from './workload.ts'

export type PathRate = {
  events_per_second: number
  /** Database commits and WAL bytes for each event that went the whole way. */
  commits_per_event: number
  wal_bytes_per_event: number
}

/** How far an event has to come. */
export type Goal = 'scheduled' | 'ended'

const POSTERS = 400

/**
 * Events per second from acceptance until every one has reached `goal`: scheduled (matched, rendered, placed) or
 * ended (its process has run and its result is recorded). Events are accepted through the intake of the API, by
 * many callers at once.
 */
export async function pathRate(
  installation: Installation,
  workload: Workload,
  events: number,
  goal: Goal,
): Promise<PathRate> {
  const { database, cipher } = installation
  const intake = createEventIntake(database, cipher)
  const before = await counters(database)
  const started = performance.now()
  let next = 0
  async function poster(): Promise<void> {
    while (next < events) await intake.accept(newEvent(workload, next++))
  }
  await Promise.all(Array.from({ length: POSTERS }, poster))
  await reached(database, events, goal)
  const seconds = (performance.now() - started) / 1000
  const after = await counters(database)
  return {
    events_per_second: events / seconds,
    commits_per_event: (after.commits - before.commits) / events,
    wal_bytes_per_event: (after.wal - before.wal) / events,
  }
}

export function newEvent(workload: Workload, n: number): Emission {
  return { trigger: { ref: workload.trigger_ref }, payload: workload.payloadOf(n) }
}

/** Resolves when so many executions have come so far. */
export async function reached(db: Queryable, events: number, goal: Goal): Promise<void> {
  for (;;) {
    const { missing } = await db.one<{ missing: number }>(
      goal === 'scheduled'
        ? sql`select (${events} - count(*) filter (where worker is not null)) as missing from execution`
        : sql`select (${events} - count(*) filter (where not live)) as missing from execution`,
    )
    if (missing <= 0) return
    await sleep(Math.min(200, 10 + missing / 50))
  }
}

async function counters(db: Queryable): Promise<{ commits: number; wal: number }> {
  await db.run(sql`select pg_stat_clear_snapshot()`)
  return db.one(sql`
    select xact_commit as commits, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint as wal
    from pg_stat_database where datname = current_database()`)
}
