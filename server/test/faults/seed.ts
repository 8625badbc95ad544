import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib'
import { isProbe } from '@attune/server/dist/messages/rabbitmq/probe.js'
import { audit, type Violation } from './auditor.ts'
import { freePort } from './broker-node.ts'
import { at, type Client, createClient } from './client.ts'
import { createCommitLies } from './commit-lies.ts'
import { type Facts, ON_THE_WAY, readFacts, totalOf, UNFINISHED, type Unfinished } from './facts.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { type Site, TEMPLATE } from './site.ts'
import { type Ground, inject, workQueues } from './inject.ts'
import { type Load, putLoad } from './load.ts'
import { type Fault, membersOf, type Plan, told } from './plan.ts'
import { onSession } from './postgres-server.ts'
import { tapBroker, tapDatabase } from './tap.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** What became of a seed. */
export type SeedResult = {
  plan: Plan
  /** Faults that were really done. */
  injected: Fault[]
  violations: Violation[]
  /** Milliseconds from the end of the last fault and of the load until nothing was left to do. */
  recovery_ms: number
  counts: { events: number; enforcements: number; executions: number; retries: number; cancelled: number }
  /** Faults that could not be done, processes that ended by themselves. */
  notes: string[]
  folder: string
}

/** What was given to a worker that never returns is taken back when it has been silent for 90 s. */
const RECOVERY_MS = 110_000
const BROKER_REST_MS = 15_000

/** Runs one seed from its own database to its audit. */
export async function runSeed(plan: Plan, site: Site): Promise<SeedResult> {
  const folder = join(site.folder, `${plan.transport}-${plan.seed}`)
  mkdirSync(folder, { recursive: true })
  const runLog = join(folder, 'runs.log')
  writeFileSync(runLog, '')
  chmodSync(runLog, 0o666) // actions write it, whoever they run as
  const { ground, client, proxies } = await prepare(plan, site, { folder, runLog })
  const notes: string[] = []
  try {
    const { load, injected } = await disturb(plan, { ground, client, notes })
    const healed = Date.now()
    const rest = await comeToRest(ground, healed + RECOVERY_MS)
    const recovery_ms = Date.now() - healed
    if (totalOf(rest) > 0) notes.push(`not at rest after ${recovery_ms} ms: ${JSON.stringify(rest)}`)
    const shown = await shownCounts(client)
    await ground.fleet.endAll()
    const facts = await factsOf(ground, runLog)
    return {
      plan,
      injected,
      violations: [...audit(load, facts), ...differences(shown, facts), ...crashesOf(ground.fleet)],
      recovery_ms,
      counts: {
        ...countsOf(facts),
        retries: facts.executions.filter(({ retry_count }) => retry_count > 0).length,
        cancelled: load.cancelled.length,
      },
      notes: [...notes, ...ground.fleet.ends],
      folder,
    }
  } finally {
    await ground.fleet.endAll()
    await ground.tap?.close()
    for (const proxy of proxies) await proxy.close()
    await site.postgres.admin(`drop database if exists ${ground.database} with (force)`)
    if (site.broker?.own === false) await site.broker.dropVirtualHost(ground.database)
  }
}

export type Prepared = { ground: Ground & { api_port: number }; client: Client; proxies: TcpProxy[] }

export async function prepare(
  plan: Plan,
  site: Site,
  { folder, runLog }: { folder: string; runLog: string },
): Promise<Prepared> {
  const database = `faults_${plan.seed}`
  const [broker, direct] = await Promise.all([openBroker(site, database), copyTemplate(site, database)])
  const lies = createCommitLies()
  const databaseProxy = await startTcpProxy(targetOf(new URL(direct)), () => lies.inspect())
  const kinds = new Set(plan.faults.map(({ kind }) => kind))
  const api_port = await freePort()
  const fleet = createFleet({
    folder,
    api_port,
    members: membersOf(plan.fleet),
    env: {
      ...site.env,
      FAULTS_RUN_LOG: runLog,
      ATTUNE__DATABASE__URL: kinds.has('commit_lies') ? through(direct, databaseProxy) : direct,
      ...(broker === undefined ? {} : { ATTUNE__MESSAGE_QUEUE__URL: through(broker.url, broker.proxy) }),
    },
  })
  const tap = kinds.has('duplicate')
    ? await (broker === undefined ? tapDatabase(direct) : tapBroker(broker.url))
    : undefined
  const client = createClient({
    url: `http://127.0.0.1:${api_port}`,
    login: 'admin',
    password: site.password,
  })
  for (const name of fleet.names) fleet.start(name)
  return {
    ground: { fleet, postgres: site.postgres, database, lies, tap, broker, api_port },
    client,
    proxies: [databaseProxy, ...(broker === undefined ? [] : [broker.proxy])],
  }
}

/** A virtual host, with a proxy before it that can be cut. */
async function openBroker({ broker }: Site, name: string): Promise<Ground['broker']> {
  if (broker === undefined) return undefined
  const url = await broker.virtualHost(name)
  return { node: broker, url, proxy: await startTcpProxy(targetOf(new URL(url))) }
}

async function copyTemplate({ postgres }: Site, database: string): Promise<string> {
  await postgres.admin(`create database ${database} template ${TEMPLATE} strategy file_copy`)
  await postgres.admin(`alter database ${database} set search_path = attune, public`)
  return postgres.url(database)
}

function targetOf(url: URL): { host: string; port: number } {
  return { host: url.hostname, port: Number(url.port) }
}

function through(url: string, { port }: TcpProxy): string {
  return Object.assign(new URL(url), { port: String(port) }).href
}

/** Puts the load on and does the faults meanwhile, each when it is due. */
async function disturb(
  plan: Plan,
  { ground, client, notes }: { ground: Ground; client: Client; notes: string[] },
): Promise<{ load: Load; injected: Fault[] }> {
  await ready(client, ground.fleet, plan)
  const injected: Fault[] = []
  async function one(fault: Fault): Promise<void> {
    await sleep(fault.at_ms)
    try {
      await inject(fault, ground)
      injected.push(fault)
    } catch (error) {
      notes.push(`${told(fault)} was not done: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  client.until(Date.now() + plan.load_ms + RECOVERY_MS)
  const [load] = await Promise.all([putLoad(plan, client), ...plan.faults.map(one)])
  return { load, injected }
}

/** The API answers and every worker is on the list: before that there is nothing to disturb. */
export async function ready(client: Client, fleet: Fleet, plan: Plan): Promise<void> {
  const expected = membersOf(plan.fleet).filter(({ roles }) => /worker|sensor/.test(roles)).length
  const deadline = Date.now() + 60_000
  client.until(deadline)
  for (;;) {
    const answer = await client.send('GET', '/api/v1/workers?per_page=100')
    const listed = at(answer?.body, 'data')
    const active = Array.isArray(listed) ? listed.filter((one) => at(one, 'status') === 'active').length : 0
    if (active >= expected) return
    if (Date.now() > deadline) throw new Error(`The processes did not start:\n${fleet.logTail('api', 10)}`)
    await sleep(50)
  }
}

/** Waits until nothing is left to do, or until the deadline; answers what is left. */
async function comeToRest(ground: Ground, deadline: number): Promise<Unfinished> {
  return onSession(ground.postgres.url(ground.database), async (session) => {
    for (;;) {
      const { rows } = await session.query<Unfinished>(UNFINISHED, [ground.fleet.knownAs()])
      const [left] = rows
      if (left === undefined) throw new Error('PostgreSQL answered nothing.')
      if (totalOf(left) === 0 || Date.now() > deadline) return left
      await sleep(100)
    }
  })
}

export async function factsOf(ground: Ground, runLog: string): Promise<Facts> {
  return onSession(ground.postgres.url(ground.database), async (session) => {
    const found = await readFacts(session, runLog)
    const { rows } = await session.query<{ place: string; count: number }>(
      `select 'message: ' || queue || ' ' || type as place, count(*)::int as count from message
       where ${ON_THE_WAY} group by 1
       union all select 'outbox: ' || type, count(*)::int from outbox group by 1`,
      [ground.fleet.knownAs()],
    )
    const workers = await session.query<{ id: number }>(
      'select id::float8 from worker where name = any($1)',
      [ground.fleet.knownAs()],
    )
    const queues = workQueues(workers.rows.map(({ id }) => id))
    return { ...found, left: [...rows, ...(await leftInBroker(ground, queues))] }
  })
}

/**
 * The work that stays in the queues; what is said again passes through them after the database is at rest. A probe
 * that came when its consumer had ended is no work, and expires.
 */
async function leftInBroker(
  { broker }: Ground,
  queues: readonly string[],
): Promise<{ place: string; count: number }[]> {
  if (broker === undefined) return []
  const deadline = Date.now() + BROKER_REST_MS
  const connection = await connect(broker.url)
  connection.on('error', () => undefined)
  let left = await inQueues(connection, queues)
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(200)
    left = await inQueues(connection, queues)
  }
  await connection.close()
  return left
}

async function inQueues(
  connection: ChannelModel,
  queues: readonly string[],
): Promise<{ place: string; count: number }[]> {
  const left: { place: string; count: number }[] = []
  for (const queue of queues) {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined) // a queue that is not there closes the channel
    const found = await takeAll(channel, queue).catch(() => [])
    await channel.close().catch(() => undefined) // gives them back
    const work = found.filter((message) => !isProbe(message))
    const [first] = work
    if (first !== undefined)
      left.push({ place: `queue ${queue}, the first ${nameOf(first)}`, count: work.length })
  }
  return left
}

async function takeAll(channel: Channel, queue: string): Promise<GetMessage[]> {
  const found: GetMessage[] = []
  for (;;) {
    const message = await channel.get(queue)
    if (message === false) return found
    found.push(message)
  }
}

function nameOf({ properties, fields, content }: GetMessage): string {
  const { type, messageId } = properties
  return `${JSON.stringify({ type, messageId, redelivered: fields.redelivered })} ${content.toString().slice(0, 200)}`
}

export function crashesOf(fleet: Fleet): Violation[] {
  return fleet.crashes().map((what) => ({ kind: 'crashed', what }))
}

type Shown = Partial<Record<'events' | 'enforcements' | 'executions', number>>

/** What the API says how many there are. */
async function shownCounts(client: Client): Promise<Shown> {
  client.until(Date.now() + 10_000)
  const shown: Shown = {}
  for (const noun of ['events', 'enforcements', 'executions'] as const) {
    const filter = noun === 'events' ? '&trigger_ref=faults.happened' : ''
    const answer = await client.send('GET', `/api/v1/${noun}?per_page=1${filter}`)
    const total = at(answer?.body, 'pagination', 'total_items')
    if (typeof total === 'number') shown[noun] = total
  }
  return shown
}

function countsOf({ events, enforcements, executions }: Facts) {
  return { events: events.length, enforcements: enforcements.length, executions: executions.length }
}

function differences(shown: Shown, facts: Facts): Violation[] {
  return Object.entries(countsOf(facts)).flatMap(([noun, count]) =>
    Reflect.get(shown, noun) === count
      ? []
      : [
          {
            kind: 'disagreed' as const,
            what: `the API counts ${Reflect.get(shown, noun)} ${noun}, there are ${count}`,
          },
        ],
  )
}
