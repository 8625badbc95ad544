import { type Channel, type ChannelModel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import type { TransportName } from './running.ts'
import { type Surroundings, surroundings, type Wired } from './wired.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const often = { message_queue: { check_interval: 2 } }

type Problem = { object: string; kind: string; problem: string; remedy: string; seen_by: string[] }
type Topology = {
  queues: { name: string; depth: number; consumers: number; oldest_waiting_at: string | null }[]
  problems: Problem[]
}

async function topologyOf(attune: Wired): Promise<Topology> {
  const { body } = await attune.api('GET', '/api/v1/topology')
  return (body as { data: Topology }).data
}

/** Waits until the fault is told everywhere; it may heal meanwhile, so what was seen is kept. */
async function told(world: Surroundings, attune: Wired, object: string): Promise<Problem> {
  const seen: { reason?: string; metric?: string; problem?: Problem; alert?: object; event?: object } = {}
  await eventually(
    async () => {
      const [{ reasons }, metrics, { problems }] = await Promise.all([
        attune.ready(),
        attune.metrics(),
        topologyOf(attune),
      ])
      const problem = problems.find((one) => one.object === object)
      if (problem !== undefined) seen.problem = problem
      if (reasons.topology !== undefined) seen.reason = reasons.topology
      const metric = metrics
        .split('\n')
        .find((line) => line.includes(`topology_mismatch{object="${object}"}`))
      if (metric !== undefined) seen.metric = metric
      const id = `topology:${object}`
      const alert = await world.db.maybe(sql`select summary from alert where correlation_id = ${id}`)
      if (alert !== undefined) seen.alert = alert
      const event = await world.db.maybe<{ payload: object }>(sql`
        select payload from event where trigger_ref = 'core.alert' and payload->>'correlation_id' = ${id}`)
      if (event !== undefined) seen.event = event.payload
      return seen
    },
    ({ reason, metric, problem, alert, event }) =>
      [reason, metric, problem, alert, event].every((one) => one !== undefined),
    30_000,
  )
  const problem = seen.problem ?? expect.fail('no problem')
  expect(seen.reason).toContain(problem.remedy)
  expect(seen.alert).toEqual({ summary: expect.stringContaining(problem.remedy) })
  expect(seen.event).toMatchObject({ category: 'messaging', component_ref: object })
  return problem
}

async function healed(world: Surroundings, attune: Wired, object: string): Promise<void> {
  await eventually(
    async () => ({
      ...(await attune.ready()),
      ...(await world.db.one<{ open: boolean }>(sql`
        select cleared_at is null as open from alert where correlation_id = ${`topology:${object}`}`)),
      metric: (await attune.metrics()).includes(`topology_mismatch{object="${object}"}`),
      problems: (await topologyOf(attune)).problems,
    }),
    ({ status, open, metric, problems }) => status === 200 && !open && !metric && problems.length === 0,
    30_000,
  )
}

describe.each(transports)('a queue that nobody reads over %s', { timeout: 120_000 }, (transport) => {
  let world: Surroundings

  beforeAll(async () => {
    world = await surroundings(transport)
  })
  afterAll(() => world.end())

  test('is told everywhere with its remedy once work waits in it, and no more when a reader is there', async () => {
    const attune = await world.start(often, ['api'])
    await eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
    )
    const { trigger_ref } = await given.rule(world.db)
    await attune.api('POST', '/api/v1/events', { trigger_ref, payload: {} })

    const problem = await told(world, attune, 'attune.events.queue')

    expect(problem).toMatchObject({ kind: 'no_consumer', remedy: 'Start a process with the role sensor.' })
    const waiting = (await topologyOf(attune)).queues.find(({ name }) => name === 'attune.events.queue')
    expect(waiting).toMatchObject({ consumers: 0, depth: expect.any(Number) })
    expect(waiting?.oldest_waiting_at).not.toBeNull()

    await world.start(often, ['executor', 'worker', 'sensor'])
    await healed(world, attune, 'attune.events.queue')
  })
})

describe.runIf(hasBroker())('a broker that is not as the routing table says', { timeout: 120_000 }, () => {
  let world: Surroundings
  let attune: Wired
  let connection: ChannelModel
  let channel: Channel
  const queue = 'attune.enforcements.queue'

  beforeAll(async () => {
    world = await surroundings('rabbitmq')
    attune = await world.start(often)
    connection = await connect(world.broker?.url ?? '')
    channel = await connection.createChannel()
  })
  afterAll(async () => {
    await connection.close()
    await world.end()
  })

  test('has a queue bound to the wrong exchange: it is told, bound again, and well', async () => {
    await channel.bindQueue(queue, 'attune.events', 'enforcement.created')
    await channel.unbindQueue(queue, 'attune.executions', 'enforcement.created')

    const problem = await told(world, attune, queue)

    expect(problem.kind).toBe('misrouted')
    expect(problem.problem).toContain('no queue is bound to attune.executions for enforcement.created')
    await healed(world, attune, queue)
  })

  test('has a stranger in the place of a queue: nothing comes back and still it is told', async () => {
    await channel.assertQueue('stranger', { durable: false, autoDelete: true })
    await channel.bindQueue('stranger', 'attune.executions', '#')
    await channel.unbindQueue('attune.execution.completed.queue', 'attune.executions', 'execution.completed')

    const problem = await told(world, attune, 'attune.execution.completed.queue')

    expect(problem.problem).toContain('does not come out of')
    await channel.deleteQueue('stranger')
    await healed(world, attune, 'attune.execution.completed.queue')
  })

  test('has a queue with other arguments: it is told until a person deletes it', async () => {
    const name = 'attune.execution.completed.queue'
    // Its consumer declares it again at once, so this may take more than one try.
    await eventually(
      async () => {
        await onChannel((one) => one.deleteQueue(name))
        return onChannel((one) => one.assertQueue(name, { durable: true }))
      },
      (done) => done,
    )

    const { kind, remedy } = await told(world, attune, name)

    expect({ kind, remedy }).toEqual({
      kind: 'wrong_arguments',
      remedy: expect.stringContaining(`delete_queue ${name}`),
    })
    await eventually(
      () => topologyOf(attune),
      ({ problems }) => problems.some((one) => one.kind === 'consumer_stopped' && one.object === name),
    )
    await onChannel((one) => one.deleteQueue(name))
    await healed(world, attune, name)
  })

  /** Does something that the broker may refuse, which closes the channel; answers whether it did not. */
  async function onChannel(work: (one: Channel) => Promise<unknown>): Promise<boolean> {
    const one = await connection.createChannel()
    one.on('error', () => undefined)
    return work(one).then(
      () => one.close().then(() => true),
      () => false,
    )
  }

  test('returns a message: it is told, counted, and delivered once its queue is there', async () => {
    await world.db.run(sql`
      insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id)
      values ('attune.executions', 'execution.dispatch.worker.999', 'ExecutionDispatched',
        '{"execution_id": 1, "worker_id": 999, "action_ref": "demo.gone", "scheduled_attempt_updated_at": "2031-01-01T00:00:00Z"}',
        gen_random_uuid(), gen_random_uuid())`)
    const object = 'attune.executions execution.dispatch.worker.999'

    const problem = await told(world, attune, object)

    expect(problem.kind).toBe('returned')
    expect(await attune.metrics()).toContain(
      'mq_published_total{type="ExecutionDispatched",exchange="attune.executions",outcome="returned"}',
    )
    await healed(world, attune, object)
    expect((await channel.checkQueue('worker.999.executions')).messageCount).toBe(1)
  })

  test('carries probes that are no work: none is put aside and none is counted', async () => {
    const probed = await world.db.many<{ queue: string }>(sql`select distinct queue from probe_heard`)
    const { dead } = await world.db.one<{ dead: number }>(sql`select count(*)::int as dead from dead_letter`)

    expect(probed.map((one) => one.queue)).toContain(queue)
    expect(dead).toBe(0)
    expect(await attune.metrics()).not.toContain(`mq_consumed_total{queue="${queue}"`)
  })
})
