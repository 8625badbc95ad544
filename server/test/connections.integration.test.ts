import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import type { TransportName } from './running.ts'
import { shellAction } from './shell.ts'
import { type Surroundings, surroundings, type Wired } from './wired.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const EVENTS = 40

/** Whatever is lost for a while, every event still comes to its one end, and nothing is put aside for it. */
describe.each(transports)('an outage over %s', { timeout: 120_000 }, (transport) => {
  let world: Surroundings
  let attune: Wired
  let trigger_ref: string

  beforeAll(async () => {
    world = await surroundings(transport)
    attune = await world.start()
    const action = await shellAction(world.db, 'echo done')
    const rule = await given.rule(world.db, { action: action.id })
    trigger_ref = rule.trigger_ref
    await well()
  })
  afterAll(() => world.end())

  const well = () =>
    eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
      90_000,
    )
  const unwell = () =>
    eventually(
      () => attune.ready(),
      ({ status }) => status === 503,
      30_000,
    )

  /** Events go on being told while `fault` happens; whoever tells repeats until it is accepted. */
  async function survives(name: string, fault: () => Promise<unknown>): Promise<void> {
    await world.db.run(sql`truncate event, event_decision, event_dedupe, enforcement, execution cascade`)
    const telling = Array.from({ length: EVENTS }, (_, n) => tell(`${name} ${n}`))
    await Promise.all([fault(), ...telling])
    await well()
    await eventually(outcome, ({ completed, waiting }) => completed >= EVENTS && waiting === 0, 90_000)
    expect(await outcome()).toEqual({
      events: EVENTS,
      executions: EVENTS,
      completed: EVENTS,
      waiting: 0,
      dead: 0,
    })
  }

  async function tell(dedupe_key: string): Promise<void> {
    const event = { trigger_ref, payload: {}, dedupe_key }
    await eventually(
      () => attune.api('POST', '/api/v1/events', event),
      ({ status }) => status < 300,
      90_000,
    )
  }

  const outcome = () =>
    world.db.one<Record<'events' | 'executions' | 'completed' | 'waiting' | 'dead', number>>(sql`
      select (select count(*)::int from event where trigger_ref = ${trigger_ref}) as events,
        (select count(*)::int from execution) as executions,
        (select count(distinct enforcement)::int from execution where status = 'completed') as completed,
        (select count(*)::int from message) + (select count(*)::int from outbox) as waiting,
        (select count(*)::int from dead_letter) as dead`)

  test('the database is away: not ready, then ready again', async () => {
    await survives('away', async () => {
      await world.toDatabase.cut()
      const { reasons } = await unwell()
      expect(reasons).toHaveProperty('database')
      await world.toDatabase.restore()
    })
  })

  test('the way to the database falls silent and comes back', async () => {
    await survives('silent', async () => {
      world.toDatabase.silence()
      await unwell()
      await world.toDatabase.restore()
    })
  })

  test('the server ends every session of ours, again and again', async () => {
    await survives('ended', async () => {
      for (let n = 0; n < 5; n++) {
        await eventually(endSessions, (ended) => ended > 0)
      }
    })
  })

  const endSessions = async () => {
    const { ended } = await world.db.one<{ ended: number }>(sql`
      select count(*) filter (where pg_terminate_backend(pid))::int as ended from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = 'attune'`)
    return ended
  }

  test('a lock holds every connection of the pool for longer than one waits for them', async () => {
    await survives('exhausted', async () => {
      await world.db.transaction(async (tx) => {
        await tx.run(sql`lock table event_decision, enforcement, execution in access exclusive mode`)
        await tx.run(sql`select pg_sleep(5)`)
      })
    })
  })

  if (transport === 'rabbitmq') {
    const toBroker = () => world.toBroker ?? expect.fail('no broker')

    test('the broker is away: not ready, then ready again', async () => {
      await survives('broker away', async () => {
        await toBroker().cut()
        const { reasons } = await unwell()
        expect(reasons).toHaveProperty('messages')
        await toBroker().restore()
      })
    })

    test('the way to the broker falls silent and comes back', async () => {
      await survives('broker silent', async () => {
        toBroker().silence()
        await unwell()
        await toBroker().restore()
      })
    })

    test('the broker closes every connection of ours', async (context) => {
      if ((await world.broker?.list('queues')) === undefined)
        return context.skip('only the administrator of the broker may close connections')
      const vhost = new URL(world.broker?.url ?? '').pathname.slice(1)
      await survives('closed', () =>
        promisify(execFile)('rabbitmqctl', ['-q', 'close_all_connections', '-p', vhost, 'told to']),
      )
    })

    test('queues are deleted under their consumers, faster than some of them are told', async () => {
      const connection = await connect(world.broker?.url ?? '')
      const channel = await connection.createChannel()
      for (let n = 0; n < 3; n++) {
        for (const queue of ['attune.events.queue', 'attune.enforcements.queue', 'attune.dlx.queue'])
          await channel.deleteQueue(queue)
        await survives(`deleted ${n}`, async () => undefined)
      }
      await connection.close()
    })
  }
})

describe.runIf(hasBroker())('a start', { timeout: 120_000 }, () => {
  let world: Surroundings

  beforeAll(async () => {
    world = await surroundings('rabbitmq')
  })
  afterAll(() => world.end())

  test('waits for a broker and a database that start later', async () => {
    await world.toBroker?.cut()
    await world.toDatabase.cut()
    const starting = world.start({}, ['api', 'executor'])
    await world.toDatabase.restore()
    await eventually(
      () =>
        world.db
          .maybe(sql`select from pg_stat_activity where application_name = 'attune'
        and datname = current_database() and pid <> pg_backend_pid()`)
          .then(() => true),
      (seen) => seen,
    )
    await world.toBroker?.restore()

    const attune = await starting

    await eventually(
      () => attune.ready(),
      ({ status }) => status === 200,
      60_000,
    )
    await attune.stop()
  })

  test('that finds no broker for too long fails and says what to do', async () => {
    await world.toBroker?.cut()

    await expect(world.start({ message_queue: { give_up_after: 1 } }, ['api'])).rejects.toThrow(
      /No connection to the broker at 127\.0\.0\.1:\d+: .+ Start it, or correct message_queue\.url\./,
    )
    await world.toBroker?.restore()
  })

  test('that finds no database for too long fails and says what to do', async () => {
    await world.toDatabase.cut()

    await expect(world.start({ message_queue: { give_up_after: 1 } }, ['api'])).rejects.toThrow(
      /No connection to the database attune_test_\w+ at 127\.0\.0\.1:\d+: .+ Start it, or correct database\.url\./,
    )
    await world.toDatabase.restore()
  })

  test('that lasts ends by itself when the broker stays away for too long', async () => {
    const attune = await world.start({ message_queue: { give_up_after: 2 } }, ['executor'])
    await world.toBroker?.cut()

    expect(await attune.broken).toMatch(/^No messages for \d+ s \(.+\); giving up, to be started again\.$/)
    await world.toBroker?.restore()
  })
})
