import type { Queryable } from '@attune/server/dist/database/database.js'
import { sql } from '@attune/server/dist/database/sql.js'
import { type ApiLoad, openLoad } from './api-load.ts'
import { startFleet } from './fleet.ts'
import { type BenchServer, install } from './installation.ts'
import type { ScaleOptions, TransportName } from './options.ts'
import { byHand, holdQueue } from './path.ts'
import { type Goal, reached } from './path-rate.ts'
import { percentile } from './percentile.ts'
import { machineFacts } from './report.ts'
import { type ScaleFigures, type ScaleRow, scaleTable } from './scale-report.ts'
import { spawnRate } from './spawn-rate.ts'
import { createWorkload } from './workload.ts'

/** Of the throughput of one process of each role: the load under which latency is measured. */
const EASY = 0.4

type Extent = { warm_up: number; events: Record<Goal, number>; seconds: number }
const long: Extent = { warm_up: 1_000, events: { scheduled: 20_000, ended: 3_000 }, seconds: 20 }
const short: Extent = { warm_up: 200, events: { scheduled: 3_000, ended: 500 }, seconds: 4 }

/** What more executor, sensor and worker processes bring: one process for the API, so many of each other role. */
export async function benchScale(server: BenchServer, options: ScaleOptions) {
  const extent = options.quick ? short : long
  const figures: ScaleFigures = {
    machine: machineFacts(),
    quick: options.quick,
    spawns_per_second: await spawnRate(options.quick ? 1 : 5),
    transports: [],
  }
  for (const transport of options.transports) {
    const by_hand_per_second = await byHand(server, transport, options, extent.events.scheduled)
    const rows: ScaleRow[] = []
    for (const goal of ['scheduled', 'ended'] as const)
      rows.push(...(await measure(server, { transport, goal, extent, ...options })))
    figures.transports.push({ transport, by_hand_per_second, rows })
  }
  return { figures, text: scaleTable(figures) }
}

type Series = {
  transport: TransportName
  goal: Goal
  extent: Extent
  processes: readonly number[]
  amqp_url: string
}

async function measure(server: BenchServer, series: Series): Promise<ScaleRow[]> {
  const rows: ScaleRow[] = []
  let easy: number | undefined
  for (const processes of series.processes) {
    process.stderr.write(`measuring ${series.transport}, ${series.goal}, ${processes} of each role …\n`)
    const row = await one(server, series, { processes, easy })
    easy ??= row.latency_at
    rows.push(row)
  }
  return rows
}

/** One number of processes on a database of its own: as fast as it goes first, then at an easy pace. */
async function one(
  server: BenchServer,
  { transport, goal, extent, amqp_url }: Series,
  { processes, easy }: { processes: number; easy: number | undefined },
): Promise<ScaleRow> {
  const url = await server.newDatabase()
  const installation = await install(url, transport, amqp_url)
  try {
    const workload = await createWorkload(installation.database, url, transport)
    if (goal === 'scheduled') await holdQueue(installation, workload)
    else await installation.database.run(sql`update worker set cordoned = true`)
    const worker = goal === 'ended' ? processes : 0
    const fleet = await startFleet(installation, { executor: processes, sensor: processes, worker })
    try {
      const load = await openLoad(fleet, workload)
      await through(installation.database, load, { events: extent.warm_up, goal })
      const rate = await through(installation.database, load, { events: extent.events[goal], goal })
      const latency_at = easy ?? rate * EASY
      const waits = await easyWaits(installation.database, load, { rate: latency_at, ...extent, goal })
      const [p50_ms, p99_ms] = [percentile(waits, 0.5), percentile(waits, 0.99)]
      return { goal, processes, events_per_second: rate, latency_at, p50_ms, p99_ms }
    } finally {
      await fleet.stop()
    }
  } finally {
    await installation.end()
  }
}

async function through(
  db: Queryable,
  load: ApiLoad,
  { events, goal }: { events: number; goal: Goal },
): Promise<number> {
  const { before } = await db.one<{ before: number }>(sql`select count(*) as before from execution`)
  const started = performance.now()
  await load.burst(events)
  await reached(db, before + events, goal)
  return events / ((performance.now() - started) / 1000)
}

/** Milliseconds from event to goal by the clock of the database, for single events at an even pace. */
async function easyWaits(
  db: Queryable,
  load: ApiLoad,
  { rate, seconds, goal }: { rate: number; seconds: number; goal: Goal },
): Promise<number[]> {
  const { before, last } = await db.one<{ before: number; last: number }>(
    sql`select count(*) as before, coalesce(max(id), 0) as last from execution`,
  )
  const { accepted } = await load.steady(rate, seconds)
  await reached(db, before + accepted, goal)
  const rows = await db.many<{ wait: number }>(sql`
    select extract(epoch from x.updated - v.created)::float8 * 1000 as wait
    from execution x
    join enforcement e on e.id = x.enforcement
    join event v on v.id = e.event and v.created = e.event_created
    where x.id > ${last}`)
  return rows.map(({ wait }) => wait)
}
