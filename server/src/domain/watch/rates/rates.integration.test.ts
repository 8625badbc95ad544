import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as given from '../../../../test/given.ts'
import { freshDatabase } from '../../../../test/database.ts'
import { type Database, openDatabase } from '../../../database/database.ts'
import { ensurePartitions } from '../../../database/partitions.ts'
import { sql } from '../../../database/sql.ts'
import { outboxBacklog } from '../../../messages/rabbitmq/outbox-backlog.ts'
import { MAX_COUNTED, ratesPerMinute } from './rates.ts'

describe('what flows', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database

  beforeAll(async () => {
    database = await freshDatabase()
    db = openDatabase({ url: database.url, max_connections: 1 }) // a connection tells its counts itself
    await ensurePartitions(db, 1)
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })
  beforeEach(() => db.run(sql`truncate event, enforcement, execution, outbox cascade`))

  const rates = async () =>
    Object.fromEntries((await ratesPerMinute(db)).map(({ stage, per_minute }) => [stage, per_minute]))

  test('is nothing at every stage when nothing happens', async () => {
    expect(await rates()).toEqual({ events: 0, enforcements: 0, executions: 0 })
  })

  test('shows events and enforcements that no execution follows', async () => {
    for (let n = 0; n < 10; n++) {
      const { id, created } = await given.event(db)
      await given.enforcement(db, { event: id, event_created: created })
    }
    await given.execution(db) // by hand: it says nothing of the flow

    expect(await rates()).toEqual({ events: 2, enforcements: 2, executions: 0 })
  })

  test('leaves out what is longer ago, retries, and enforcements that are to become nothing', async () => {
    const { id } = await given.enforcement(db)
    const first = await given.execution(db, { enforcement: id })
    await given.execution(db, { enforcement: id, original_execution: first.id, retry_count: 1 })
    await given.enforcement(db, { status: 'disabled' })
    const old = await given.enforcement(db)
    await db.run(sql`update enforcement set created = now() - interval '1 hour' where id = ${old.id}`)

    expect(await rates()).toMatchObject({ enforcements: 0.2, executions: 0.2 })
  })

  test('is told from the pace of the newest where there is more than is counted', async () => {
    await db.run(sql`
      insert into event (trigger_ref, created)
      select 'core.timer', now() - (${MAX_COUNTED * 3} - n) * interval '10 milliseconds'
      from generate_series(1, ${MAX_COUNTED * 3}) n`)

    const { events } = await rates()

    expect(events).toBeGreaterThan(4000) // a hundred a second, less while the clock runs on
    expect(events).toBeLessThan(6100)
  })

  test('reads no more rows than it counts, however long the tables are', async () => {
    await db.run(sql`
      insert into event (trigger_ref) select 'core.timer' from generate_series(1, 20000)`)
    await db.run(sql`
      insert into execution (action_ref, enforcement) select 'core.noop', n from generate_series(1, 20000) n`)
    await db.run(sql`analyze event, execution`)

    const before = await touched(db)
    await ratesPerMinute(db)
    const read = (await touched(db)) - before

    expect(read).toBeGreaterThanOrEqual(2 * MAX_COUNTED)
    expect(read).toBeLessThanOrEqual(3 * MAX_COUNTED)
  })
})

/** Rows that scans have handed out on this database, by whichever way. */
async function touched(db: Database): Promise<number> {
  await db.run(sql`select pg_stat_force_next_flush()`)
  const { rows } = await db.one<{ rows: number }>(sql`
    select (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes)::int
      + (select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables)::int as rows`)
  return rows
}

describe('what waits for the broker', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database

  beforeAll(async () => {
    database = await freshDatabase()
    db = openDatabase({ url: database.url })
  })
  afterAll(async () => {
    await db.close()
    await database.drop()
  })

  test('is counted; a delayed message counts once it is due, a refused one has waited since it was said', async () => {
    await db.run(sql`
      insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id, created, due_at, last_error)
      select 'e', 'k', 'EventCreated', '{}', gen_random_uuid(), gen_random_uuid(),
        now() - age * interval '1 second', now() + due * interval '1 second', error
      from (values (0, 9, null), (300, 200, null), (400, -5, null), (90, 4, 'Returned')) as o (age, due, error)`)

    const { pending, oldest_seconds } = await outboxBacklog(db)

    expect(pending).toBe(3)
    expect(Math.floor(oldest_seconds / 10)).toBe(9)
  })

  test('is nothing when nothing waits', async () => {
    await db.run(sql`truncate outbox`)

    expect(await outboxBacklog(db)).toEqual({ pending: 0, oldest_seconds: 0 })
  })
})
