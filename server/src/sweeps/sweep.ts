import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../database/database.ts'
import { json, sql } from '../database/sql.ts'
import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import { clear, clearQuiet, raise } from '../domain/watch/alert/raise.ts'
import { record } from '../domain/audit/record.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { SweepName } from './table.ts'

/** A state that a sweep changed by itself, for the audit. */
export type SweepCorrection = {
  resource_type: string
  resource_id: number
  /** What kind of repair it was: `stale_execution_reconciled`. */
  resource_ref: string
  details: JsonObject
}

/** What a run did and saw. */
type SweepOutcome = {
  /** Rows that it brought on their way again, ended or put in order. */
  done: number
  /** A sentence about `done` for whoever is alerted: what was stuck, and where to look. Absent: nobody is. */
  repaired?: string
  corrections?: readonly SweepCorrection[]
  sightings?: readonly AlertOccurrence[]
  /** Correlation ids of trouble that is over. */
  cleared?: readonly string[]
  /** Announce every sighting: the sweep has made sure that each is news. */
  news?: boolean
  details?: JsonObject
}

/** Something that repairs the flow or keeps the store in order. Idempotent; answers what it did, or just how much. */
export type Sweep = {
  name: SweepName
  interval_seconds: number
  run(tx: Transaction): Promise<number | SweepOutcome>
}

export type SweepContext = {
  database: Database
  log: Log
  metrics: Pick<Metrics, 'redriven' | 'alerted'>
  alert_cooldown_seconds: number
}

type Sweeper = { stop(): Promise<void> }

/** Trouble that a sweep repaired counts as over when it has not been seen for so long. */
const QUIET_SECONDS = 600

/**
 * Runs sweeps in this process, each when it is due and only while this process holds its lease: of N executors
 * one does the work, and another takes over when that one is gone. A sweep that fails stops none of the others.
 */
export function startSweeps(context: SweepContext, sweeps: readonly Sweep[]): Sweeper {
  const holder = randomUUID()
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let stopped = false

  function schedule(sweep: Sweep, delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const run = runHeld(context, sweep, holder).finally(() => {
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
      await release(context.database, holder).catch(() => undefined) // the leases run out by themselves
    },
  }
}

async function runHeld(context: SweepContext, sweep: Sweep, holder: string): Promise<void> {
  const { database, log } = context
  try {
    const lease = await hold(database, sweep, holder)
    if (lease === undefined) return
    const done = await runOnce(context, sweep)
    if (lease.had_failed) await clear(database, [failureOf(sweep)])
    if (done.done > 0 || lease.had_failed) {
      if (done.done > 0) log.info({ sweep: sweep.name, ...done }, 'sweep')
      await note(database, sweep, { ...done, at: new Date().toISOString() })
    }
  } catch (error) {
    log.warn({ sweep: sweep.name, err: error }, 'sweep failed; it runs again')
    await tellOfFailure(context, sweep, error).catch(() => undefined) // the database may be what fails
  }
}

/** One run: what it changes, says, raises and writes down commits together. */
export async function runOnce(
  { database, metrics, alert_cooldown_seconds }: SweepContext,
  sweep: Sweep,
): Promise<{ done: number } & JsonObject> {
  return database.transaction(async (tx) => {
    const answer = await sweep.run(tx)
    const outcome: SweepOutcome = typeof answer === 'number' ? { done: answer } : answer
    const { done, corrections = [], sightings = [], cleared = [], details = {} } = outcome
    await record(tx, corrections.map(auditOf))
    const own =
      done > 0 && outcome.repaired !== undefined ? [repairOf(sweep, done, outcome.repaired, details)] : []
    const alerts = [
      ...(await raise(tx, own, alert_cooldown_seconds)),
      ...(await raise(tx, sightings, outcome.news === true ? 0 : alert_cooldown_seconds)),
    ]
    if (cleared.length > 0) await clear(tx, cleared)
    if (done === 0) await clearQuiet(tx, correlationOf(sweep), QUIET_SECONDS)
    tx.afterCommit(() => {
      if (done > 0) metrics.redriven(sweep.name, done)
      for (const { failure_type } of alerts) metrics.alerted(failure_type, 1)
    })
    return { done, ...details }
  })
}

const correlationOf = ({ name }: Sweep) => `sweep:${name}`
const failureOf = ({ name }: Sweep) => `sweep:${name}:failed`

function repairOf(sweep: Sweep, done: number, summary: string, details: JsonObject): AlertOccurrence {
  return {
    correlation_id: correlationOf(sweep),
    severity: 'warning',
    category: 'maintenance',
    failure_type: 'stuck_runtime_state',
    component_type: 'sweep',
    component_ref: sweep.name,
    summary,
    details: { done, ...details },
  }
}

function auditOf({ details, ...resource }: SweepCorrection) {
  return {
    ...resource,
    category: 'admin',
    event_type: 'maintenance.corrective_action.applied',
    outcome: 'success',
    actor_login: 'attune-supervisor',
    actor_token_type: 'system',
    details,
  } as const
}

async function tellOfFailure(context: SweepContext, sweep: Sweep, error: unknown): Promise<void> {
  const text = error instanceof Error ? error.message : String(error)
  const { database, metrics, alert_cooldown_seconds } = context
  await database.transaction(async (tx) => {
    const sighting: AlertOccurrence = {
      correlation_id: failureOf(sweep),
      severity: 'error',
      category: 'maintenance',
      failure_type: 'sweep_failed',
      component_type: 'sweep',
      component_ref: sweep.name,
      summary: `The sweep ${sweep.name} failed and runs again: ${text}. What it looks after is not repaired meanwhile; see the log of the executor.`,
    }
    const alerts = await raise(tx, [sighting], alert_cooldown_seconds)
    tx.afterCommit(() => metrics.alerted('sweep_failed', alerts.length))
  })
  await note(database, sweep, { error: text, at: new Date().toISOString() })
}

function note(database: Database, { name }: Sweep, result: JsonObject): Promise<number> {
  return database.run(sql`update sweep set last_result = ${json(result)} where name = ${name}`)
}

/** Takes or keeps the lease of a sweep; undefined while another live process has it. */
function hold(
  database: Database,
  { name, interval_seconds }: Sweep,
  holder: string,
): Promise<{ had_failed: boolean } | undefined> {
  return database.maybe(sql`
    insert into sweep (name, holder, expires_at, last_run_at)
    values (${name}, ${holder}, now() + ${interval_seconds * 3} * interval '1 second', now())
    on conflict (name) do update
    set holder = excluded.holder, expires_at = excluded.expires_at, last_run_at = now()
    where sweep.holder = excluded.holder or sweep.expires_at < now()
    returning coalesce(last_result ? 'error', false) as had_failed`)
}

/** A process that stops leaves its sweeps to the others at once. */
function release(database: Database, holder: string): Promise<number> {
  return database.run(sql`
    with held as (
      select name from sweep where holder = ${holder} and expires_at > now() order by name for no key update)
    update sweep s set expires_at = now() from held h where s.name = h.name`)
}
