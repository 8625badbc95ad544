import { sql } from '@attune/server/dist/database/sql.js'
import { byHandRate } from './by-hand.ts'
import { type BenchServer, type Installation, install } from './installation.ts'
import { idleLatency } from './latency.ts'
import type { PathOptions, TransportName } from './options.ts'
import { pathRate } from './path-rate.ts'
import { type Figures, machineFacts, table, type TransportFigures } from './report.ts'
import { spawnRate } from './spawn-rate.ts'
import { createWorkload, type Workload } from './workload.ts'

/** How much goes through, against the limits of the machine: every role in this process. */
export async function benchPath(
  server: BenchServer,
  options: PathOptions,
): Promise<{ figures: Figures; text: string }> {
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
  return { figures, text: table(figures) }
}

/** Each figure on a database of its own, so that none pays for the rows of another. */
async function measure(
  server: BenchServer,
  transport: TransportName,
  options: PathOptions,
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

export async function byHand(
  server: BenchServer,
  transport: TransportName,
  options: { amqp_url: string },
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
  options: PathOptions,
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
export async function holdQueue({ transport }: Installation, { worker }: Workload): Promise<void> {
  const listening = {
    key: 'workerExecutions',
    name: `worker.${worker}.executions`,
    names: { worker_id: worker },
  } as const
  await transport.consume(listening, { max_batch: 1, capacity: () => 0, receive: async () => undefined })
}
