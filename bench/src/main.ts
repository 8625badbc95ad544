import { writeFile } from 'node:fs/promises'
import { sql } from '@attune/server/dist/database/sql.js'
import { byHandRate } from './by-hand.ts'
import { type BenchServer, type Installation, install, startServer } from './installation.ts'
import { idleLatency } from './latency.ts'
import { type BenchOptions, readOptions, type TransportName, usage } from './options.ts'
import { pathRate } from './path-rate.ts'
import { type Figures, machineFacts, table, type TransportFigures } from './report.ts'
import { spawnRate } from './spawn-rate.ts'
import { createWorkload, type Workload } from './workload.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  const server = await startServer()
  try {
    const figures: Figures = {
      machine: machineFacts(),
      quick: options.quick,
      spawns_per_second: await spawnRate(options.quick ? 1 : 5),
      transports: [],
    }
    for (const transport of options.transports) {
      process.stderr.write(`measuring ${transport} …\n`)
      figures.transports.push(await measure(server, transport, options))
    }
    process.stdout.write(`${table(figures)}\n`)
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`)
  } finally {
    await server.stop()
  }
}

/** Each figure on a database of its own, so that none pays for the rows of another. */
async function measure(
  server: BenchServer,
  transport: TransportName,
  options: BenchOptions,
): Promise<TransportFigures> {
  const events = options.quick ? 2_000 : 20_000
  const runs = options.quick ? 400 : 3_000
  const by_hand_per_second = await byHand(server, transport, options, events)
  const scheduled = await onPath(server, transport, options, { events, goal: 'scheduled' })
  const ended = await onPath(server, transport, options, { events: runs, goal: 'ended' })
  return {
    transport,
    by_hand_per_second,
    scheduled: scheduled.rate,
    ended: ended.rate,
    latency: ended.latency,
  }
}

async function byHand(
  server: BenchServer,
  transport: TransportName,
  options: BenchOptions,
  events: number,
): Promise<number> {
  const url = await server.newDatabase()
  const installation = await install(url, transport, options.amqp_url)
  const workload = await createWorkload(installation.database, url, transport)
  await installation.end()
  return byHandRate(workload, events)
}

async function onPath(
  server: BenchServer,
  transport: TransportName,
  options: BenchOptions,
  run: { events: number; goal: 'scheduled' | 'ended' },
) {
  const url = await server.newDatabase()
  const installation = await install(url, transport, options.amqp_url)
  try {
    const workload = await createWorkload(installation.database, url, transport)
    if (run.goal === 'ended') await installation.database.run(sql`update worker set cordoned = true`)
    await installation.start(run.goal === 'ended' ? ['executor', 'worker', 'sensor'] : ['executor', 'sensor'])
    if (run.goal === 'scheduled') await holdQueue(installation, workload)
    const latency =
      run.goal === 'ended'
        ? await idleLatency(installation, workload, options.quick ? 30 : 200)
        : { p50_ms: 0, p99_ms: 0, whole_p50_ms: 0 }
    await installation.database.run(
      sql`truncate event, event_decision, enforcement, execution, execution_history cascade`,
    )
    return { rate: await pathRate(installation, workload, run.events, run.goal), latency }
  } finally {
    await installation.end()
  }
}

/** The worker of the workload is a row only: its queue exists and takes nothing. */
async function holdQueue({ transport }: Installation, { worker }: Workload): Promise<void> {
  const listening = {
    key: 'workerExecutions',
    name: `worker.${worker}.executions`,
    names: { worker_id: worker },
  } as const
  await transport.consume(listening, { max_batch: 1, capacity: () => 0, receive: async () => undefined })
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n\n${usage}\n`)
  process.exitCode = 1
})
