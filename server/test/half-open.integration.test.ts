import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { shellAction } from './shell.ts'
import { type Surroundings, surroundings, type Wired } from './wired.ts'

/** The server has ended a session, and something between keeps our side of it open: no error ever comes. */
describe('a session that is half open', { timeout: 180_000 }, () => {
  let world: Surroundings
  let attune: Wired

  beforeAll(async () => {
    world = await surroundings('postgres')
    attune = await world.start()
    await well()
  })
  afterAll(() => world.end())

  const well = () =>
    eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
      90_000,
    )
  const listeners = () =>
    world.db.many<{ pid: number }>(sql`
      select pid from pg_stat_activity
      where datname = current_database() and application_name = 'attune'
        and query = 'select pg_listening_channels() as channel'`)

  test('is replaced where it listens: readiness tells, and wake-ups come again', async () => {
    const [before] = await eventually(listeners, (found) => found.length === 1)

    world.toDatabase.loseServer()

    const { reasons } = await eventually(
      () => attune.ready(),
      (answer) => 'wake_ups' in answer.reasons,
      30_000,
    )
    expect(reasons.wake_ups).toMatch(/^Messages of other processes are found by looking.+is lost: .+\.$/)
    const [after] = await eventually(
      listeners,
      (found) => found.some(({ pid }) => pid !== before?.pid),
      30_000,
    )
    expect(after?.pid).not.toBe(before?.pid)
    await well()
    expect(await attune.metrics()).toMatch(/service_ready\{check="wake_ups"\} 1/)
  })

  test('of a worker that renews its leases is replaced', async () => {
    const lastHeartbeat = () =>
      world.db.one<{ last_heartbeat: string | null }>(
        sql`select max(last_heartbeat) as last_heartbeat from worker where worker_role = 'action'`,
      )
    const before = await lastHeartbeat()

    world.toDatabase.loseServer()

    await eventually(
      lastHeartbeat,
      ({ last_heartbeat }) => last_heartbeat !== null && last_heartbeat > (before.last_heartbeat ?? ''),
      60_000,
    )
    await well()
  })
})

describe.runIf(hasBroker())('a connection to the broker that is half open', { timeout: 180_000 }, () => {
  let world: Surroundings
  let attune: Wired

  beforeAll(async () => {
    world = await surroundings('rabbitmq')
    attune = await world.start({}, ['api', 'executor'])
  })
  afterAll(() => world.end())

  const ready = (wanted: (answer: Awaited<ReturnType<Wired['ready']>>) => boolean) =>
    eventually(() => attune.ready(), wanted, 60_000)

  test('is replaced, and readiness tells', async () => {
    await ready(({ status }) => status === 200)

    world.toBroker?.loseServer()

    await ready(({ reasons }) => 'messages' in reasons)
    await ready(({ status }) => status === 200)
  })
})

describe('a consumer that stands still', { timeout: 180_000 }, () => {
  let world: Surroundings
  let attune: Wired

  beforeAll(async () => {
    world = await surroundings('postgres')
    attune = await world.start()
    await eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
      90_000,
    )
  })
  afterAll(() => world.end())

  test('turns readiness red while messages wait, and names its queue, and green again when it goes on', async () => {
    const action = await shellAction(world.db, 'echo done')
    const rule = await given.rule(world.db, { action: action.id })

    const { reasons } = await world.db.transaction(async (tx) => {
      await tx.run(sql`lock table event_decision in access exclusive mode`)
      await attune.api('POST', '/api/v1/events', { trigger_ref: rule.trigger_ref, payload: {} })
      return eventually(
        () => attune.ready(),
        (answer) => /stands still/.test(answer.reasons.messages ?? ''),
        45_000,
      )
    })

    expect(reasons.messages).toMatch(/No consumer on attune\.events\.queue: it stands still since \d+ s/)
    await eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
      90_000,
    )
  })
})
