import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connect } from 'amqplib'
import type { Broker } from './broker-node.ts'
import type { CommitLies } from './commit-lies.ts'
import type { Fleet } from './fleet.ts'
import type { Fault, FaultKind, MemberName } from './plan.ts'
import { MAX_CONNECTIONS, onSession, type OwnPostgres } from './postgres-server.ts'
import type { Tap } from './tap.ts'
import type { TcpProxy } from './tcp-proxy.ts'

/** What a seed runs on, and what may be done to it. */
export type Ground = {
  fleet: Fleet
  postgres: OwnPostgres
  database: string
  lies: CommitLies
  tap: Tap | undefined
  broker: { node: Broker; proxy: TcpProxy; url: string } | undefined
}

const HOUR_MS = 3_600_000

/** How each is done, from its beginning to its end. */
const ways: Readonly<Record<FaultKind, (fault: Fault, ground: Ground) => Promise<unknown>>> = {
  kill: (fault, ground) => restarted(fault, ground, 'SIGKILL'),
  stop: (fault, ground) => restarted(fault, ground, 'SIGTERM'),
  pause: (fault, ground) => paused(fault, ground, 'alone'),
  freeze: (fault, ground) => paused(fault, ground, 'with_children'),
  clock: clockMoved,
  rolling: (_, ground) => rolling(ground),
  database_restart: (_, { postgres }) => postgres.restart(),
  terminate_backends: ({ choice, length_ms }, ground) =>
    terminateBackends(ground, 2 + (choice % 4), length_ms),
  connections_exhausted: ({ length_ms }, ground) => exhaustConnections(ground, length_ms),
  commit_lies: ({ choice, length_ms }, ground) => lieAboutCommits(ground, 2 + (choice % 7), length_ms),
  duplicate: ({ choice }, ground) => tapOf(ground).repeat(choice),
  purge: (_, ground) => purge(ground),
  delete_queue: ({ choice }, ground) => deleteQueue(ground, choice),
  broker_restart: ({ length_ms }, ground) => brokerOf(ground).node.restart(length_ms),
  broker_cut: ({ length_ms }, ground) => disturbed(ground, length_ms, (proxy) => proxy.cut(true)),
  broker_partition: ({ length_ms }, ground) => disturbed(ground, length_ms, (proxy) => proxy.silence()),
}

/** Does one fault. Throws when it could not be done. */
export function inject(fault: Fault, ground: Ground): Promise<unknown> {
  return ways[fault.kind](fault, ground)
}

/** What is queued is gone, and nobody is told. */
async function purge(ground: Ground): Promise<void> {
  if (ground.broker !== undefined) return onQueues(ground, (channel, queue) => channel.purgeQueue(queue))
  const url = ground.postgres.url(ground.database)
  await onSession(url, (session) => session.query('delete from message'))
}

function targetOf({ kind, target }: Fault): MemberName {
  if (target === undefined) throw new Error(`${kind} needs a process.`)
  return target
}

async function restarted(fault: Fault, { fleet }: Ground, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const name = targetOf(fault)
  await fleet.exclusively([name], async () => {
    await fleet.end(name, signal)
    await sleep(fault.length_ms)
    fleet.start(name)
  })
}

async function paused(fault: Fault, { fleet }: Ground, what: 'alone' | 'with_children'): Promise<void> {
  const name = targetOf(fault)
  await fleet.exclusively([name], async () => {
    const goOn = fleet.hold(name, what)
    await sleep(fault.length_ms)
    goOn()
  })
}

async function clockMoved(fault: Fault, { fleet }: Ground): Promise<void> {
  const name = targetOf(fault)
  await fleet.exclusively([name], async () => {
    await fleet.end(name, 'SIGTERM')
    fleet.start(name, fault.choice % 2 === 0 ? HOUR_MS : -HOUR_MS)
  })
}

/**
 * New processes first, then the old ones go: as a deployment does it. The API has one port, so it is restarted. A worker
 * that has been killed is back first: one that never returns is given up after 90 s.
 */
async function rolling({ fleet }: Ground): Promise<void> {
  await fleet.exclusively(fleet.names, async () => {
    for (const name of fleet.names) {
      if (name === 'api') {
        await fleet.end(name, 'SIGTERM')
        fleet.start(name)
        continue
      }
      await fleet.up(name)
      const old = fleet.detach(name)
      fleet.start(name)
      await sleep(300)
      await fleet.endMember(old, 'SIGTERM')
    }
  })
}

async function terminateBackends(
  { postgres, database }: Ground,
  times: number,
  overMs: number,
): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await postgres.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`,
    )
    await sleep(overMs / times)
  }
}

/** Ends every session, and takes their places before they are back. */
async function exhaustConnections(ground: Ground, forMs: number): Promise<void> {
  const held: pg.Client[] = []
  try {
    const until = Date.now() + forMs
    await terminateBackends(ground, 1, 0)
    while (Date.now() < until) {
      const taken = await Promise.all(Array.from({ length: 10 }, () => take(ground)))
      held.push(...taken.filter((session) => session !== undefined))
      if (held.length >= MAX_CONNECTIONS || taken.includes(undefined)) await sleep(20)
    }
  } finally {
    await Promise.all(held.map((session) => session.end().catch(() => undefined)))
  }
}

/** Undefined when there is none left. */
async function take({ postgres }: Ground): Promise<pg.Client | undefined> {
  const session = new pg.Client({ connectionString: postgres.url('postgres') })
  session.on('error', () => undefined)
  return session.connect().then(
    () => session,
    () => undefined,
  )
}

async function lieAboutCommits({ lies }: Ground, nth: number, forMs: number): Promise<void> {
  lies.every(nth)
  await sleep(forMs)
  lies.every(0)
}

function tapOf({ tap }: Ground): Tap {
  if (tap === undefined) throw new Error('Nothing keeps copies of messages.')
  return tap
}

function brokerOf({ broker }: Ground): NonNullable<Ground['broker']> {
  if (broker === undefined) throw new Error('This transport has no broker.')
  return broker
}

async function disturbed(ground: Ground, forMs: number, how: (proxy: TcpProxy) => void): Promise<void> {
  const { proxy } = brokerOf(ground)
  how(proxy)
  await sleep(forMs)
  proxy.heal()
}

type Channel = Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>

/** Every queue of the virtual host that holds work. One that is not there is left out. */
async function onQueues(
  ground: Ground,
  act: (channel: Channel, queue: string) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(brokerOf(ground).url)
  connection.on('error', () => undefined)
  try {
    for (const queue of workQueues()) {
      const channel = await connection.createChannel()
      channel.on('error', () => undefined) // a queue that is not there closes the channel
      await act(channel, queue).then(
        () => channel.close(),
        () => undefined,
      )
    }
  } finally {
    await connection.close()
  }
}

async function deleteQueue(ground: Ground, choice: number): Promise<void> {
  const queues = workQueues()
  const chosen = queues[choice % queues.length]
  await onQueues(ground, async (channel, queue) => {
    if (queue === chosen) await channel.deleteQueue(queue)
  })
}

/** The queues through which work goes. Workers have the first numbers of a fresh database. */
export function workQueues(workers: readonly number[] = [1, 2, 3, 4]): string[] {
  return [
    'attune.events.queue',
    'attune.enforcements.queue',
    'attune.execution.requests.queue',
    'attune.execution.completed.queue',
    ...workers.map((id) => `worker.${id}.executions`),
  ]
}
