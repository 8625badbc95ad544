import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '@attune/server/dist/database/database.js'
import { sql } from '@attune/server/dist/database/sql.js'
import { openLoad, type Posted } from './api-load.ts'
import { backlog, endedSince, type Mark, START, tableSizes } from './backlog.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type BenchServer, install } from './installation.ts'
import type { SoakOptions, TransportName } from './options.ts'
import { percentile } from './percentile.ts'
import { machineFacts } from './report.ts'
import { soakTable, type SoakFigures } from './soak-report.ts'
import { type Sample, verdictOf } from './soak-verdict.ts'
import { spawnRate } from './spawn-rate.ts'
import { createWorkload } from './workload.ts'

const SAMPLE_MS = 10_000
const DRAIN_MS = 60_000
/** Of the processes that this machine can start in a second: an even load, not a test of strength. */
const SHARE_OF_SPAWNS = 0.2

/** Whether anything grows: every role as a process of its own, under a load that the machine carries easily. */
export async function benchSoak(server: BenchServer, options: SoakOptions) {
  const rate = options.rate ?? Math.max(1, Math.round((await spawnRate(2)) * SHARE_OF_SPAWNS))
  const figures: SoakFigures = { machine: machineFacts(), transports: [] }
  for (const transport of options.transports) {
    process.stderr.write(`soaking ${transport} with ${rate} events/s for ${options.minutes} minutes …\n`)
    figures.transports.push(await soak(server, transport, { ...options, rate }))
  }
  const failed = figures.transports.some(({ verdict }) => !verdict.passed)
  return { figures, text: soakTable(figures), failed }
}

async function soak(
  server: BenchServer,
  transport: TransportName,
  { rate, minutes, amqp_url }: { rate: number; minutes: number; amqp_url: string },
): Promise<SoakFigures['transports'][number]> {
  const url = await server.newDatabase()
  const installation = await install(url, transport, amqp_url)
  try {
    const workload = await createWorkload(installation.database, url, transport)
    await installation.database.run(sql`update worker set cordoned = true`)
    const fleet = await startFleet(installation, { executor: 1, sensor: 1, worker: 1 })
    try {
      const load = await openLoad(fleet, workload)
      const sampler = startSampling(installation.database, fleet)
      const posted = await load.steady(rate, minutes * 60)
      const samples = await sampler.stop()
      const unfinished = await drained(installation.database, posted)
      const tables = await tableSizes(installation.database)
      const verdict = verdictOf(samples, { rate, unfinished, refused: posted.refused })
      return { transport, rate, posted, samples, tables, verdict }
    } finally {
      await fleet.stop()
    }
  } finally {
    await installation.end()
  }
}

function startSampling(db: Queryable, fleet: Fleet): { stop(): Promise<Sample[]> } {
  const samples: Sample[] = []
  const started = performance.now()
  let stopping = false
  let wake: (() => void) | undefined
  let decided = 0
  let mark: Mark = START
  let at = 0

  async function take(): Promise<void> {
    const [memory, open, ended, tables] = await Promise.all([
      fleet.memory(),
      backlog(db, decided),
      endedSince(db, mark),
      tableSizes(db),
    ])
    decided = open.decided
    mark = ended.mark
    const seconds = (performance.now() - started) / 1000
    samples.push({
      seconds,
      memory,
      backlog: open.backlog,
      dead_rows: tables.reduce((sum, { dead }) => sum + dead, 0),
      megabytes: tables.reduce((sum, { megabytes }) => sum + megabytes, 0),
      ended_per_second: ended.waits.length / (seconds - at),
      p50_ms: percentile(ended.waits, 0.5),
      p99_ms: percentile(ended.waits, 0.99),
    })
    at = seconds
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SAMPLE_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (!stopping) await take()
    }
  }
  const done = loop()
  done.catch(() => undefined) // told by stop()
  return {
    async stop() {
      stopping = true
      wake?.()
      await done
      return samples
    },
  }
}

/** Accepted events that have not got to their end when nothing comes any more. */
async function drained(db: Queryable, { accepted }: Posted): Promise<number> {
  const deadline = performance.now() + DRAIN_MS
  for (;;) {
    const { missing } = await db.one<{ missing: number }>(
      sql`select (${accepted} - count(*) filter (where not live)) as missing from execution`,
    )
    if (missing <= 0 || performance.now() > deadline) return missing
    await sleep(250)
  }
}
