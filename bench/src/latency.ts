import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '@attune/server/dist/database/sql.js'
import { createEventIntake } from '@attune/server/dist/domain/flow/event/intake.js'
import type { Installation } from './installation.ts'
import { newEvent } from './path-rate.ts'
import { percentile } from './percentile.ts'
import type { Workload } from './workload.ts'

export type Latency = { p50_ms: number; p99_ms: number; whole_p50_ms: number }

/**
 * Milliseconds from an accepted event to its claimed execution, on an idle system, one event at a time. The
 * database's own clock on both ends; `whole` is from the event to the recorded end of the process.
 */
export async function idleLatency(
  { database, cipher }: Installation,
  workload: Workload,
  samples: number,
): Promise<Latency> {
  const intake = createEventIntake(database, cipher)
  for (let n = 0; n < samples; n += 1) {
    const { event } = await intake.accept(newEvent(workload, n))
    await ended(database, event.id)
  }
  const rows = await database.many<{ start: number; whole: number }>(sql`
    select extract(epoch from x.started_at - v.created)::float8 * 1000 as start,
      extract(epoch from x.updated - v.created)::float8 * 1000 as whole
    from execution x join enforcement e on e.id = x.enforcement join event v on v.id = e.event
    order by x.id desc limit ${samples}`)
  const starts = rows.map((row) => row.start)
  return {
    p50_ms: percentile(starts, 0.5),
    p99_ms: percentile(starts, 0.99),
    whole_p50_ms: percentile(
      rows.map((row) => row.whole),
      0.5,
    ),
  }
}

async function ended(database: Installation['database'], event: number): Promise<void> {
  for (;;) {
    const found = await database.run(sql`
      select from execution x join enforcement e on e.id = x.enforcement where e.event = ${event} and not x.live`)
    if (found > 0) return
    await sleep(5)
  }
}
