import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../database/database.ts'
import { json, sql } from '../database/sql.ts'
import type { Log } from '../log.ts'

/** Something that repairs the flow or keeps the store in order. Idempotent; answers how much it did. */
export type Sweep = {
  name: string
  interval_seconds: number
  run(tx: Transaction): Promise<number>
}

export type Sweeper = { stop(): Promise<void> }

/**
 * Runs sweeps in this process, each when it is due and only while this process holds its lease: of N executors
 * one does the work, and another takes over when that one is gone.
 */
export function startSweeps(database: Database, sweeps: readonly Sweep[], log: Log): Sweeper {
  const holder = randomUUID()
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let stopped = false

  function schedule(sweep: Sweep, delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const run = runOnce(database, sweep, holder, log).finally(() => {
        running.delete(run)
        if (!stopped) schedule(sweep, sweep.interval_seconds * 1000)
      })
      running.add(run)
    }, delayMs)
    timers.add(timer)
  }

  for (const sweep of sweeps) schedule(sweep, Math.min(500, sweep.interval_seconds * 1000))
  return {
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running)
    },
  }
}

async function runOnce(database: Database, sweep: Sweep, holder: string, log: Log): Promise<void> {
  try {
    if (!(await hold(database, sweep, holder))) return
    const done = await database.transaction((tx) => sweep.run(tx))
    if (done > 0) {
      log.info({ sweep: sweep.name, done }, 'sweep')
      await database.run(sql`update sweep set last_result = ${json({ done })} where name = ${sweep.name}`)
    }
  } catch (error) {
    log.warn({ sweep: sweep.name, err: error }, 'sweep failed; it runs again')
  }
}

/** Takes or keeps the lease of a sweep; false while another live process has it. */
async function hold(database: Database, sweep: Sweep, holder: string): Promise<boolean> {
  const lease = sweep.interval_seconds * 3
  const held = await database.run(sql`
    insert into sweep (name, holder, expires_at, last_run_at)
    values (${sweep.name}, ${holder}, now() + ${lease} * interval '1 second', now())
    on conflict (name) do update
    set holder = excluded.holder, expires_at = excluded.expires_at, last_run_at = now()
    where sweep.holder = excluded.holder or sweep.expires_at < now()`)
  return held > 0
}
