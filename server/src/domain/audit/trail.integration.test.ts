import { beforeEach, expect, test } from 'vitest'
import { openFreshDatabase } from '../../../test/database.ts'
import { eventually } from '../../../test/eventually.ts'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { createLog } from '../../observe/log.ts'
import type { AuditEntry } from './record.ts'
import { fixture } from '../../../test/fixture.ts'
import { createAuditTrail } from './trail.ts'

const { db } = await fixture(openFreshDatabase())

beforeEach(() => db.run(sql`delete from audit_event`))

const entry = (event_type: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  category: 'api',
  event_type,
  outcome: 'success',
  ...more,
})

/** A trail and what it counted. `away` makes the database one that is not there. */
function trail() {
  const counted = { written: 0, dropped: 0 }
  let away = false
  const database: Database = {
    ...db,
    async transaction(work, options) {
      if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return db.transaction(work, options)
    },
  }
  return {
    counted,
    goAway(value: boolean) {
      away = value
    },
    ...createAuditTrail({
      database,
      log: createLog({ level: 'silent', format: 'json' }),
      metrics: {
        audited: (outcome, count) => {
          counted[outcome] += count
        },
      },
    }),
  }
}

const stored = async () =>
  (await db.many<{ event_type: string }>(sql`select event_type from audit_event order by id`)).map(
    ({ event_type }) => event_type,
  )

test('rows are written by themselves, in their order', async () => {
  const { add, counted } = trail()
  const names = Array.from({ length: 1203 }, (_, number) => `t.${number}`)

  for (const name of names) add(entry(name))
  await eventually(
    () => counted.written,
    (written) => written === names.length,
  )

  expect(await stored()).toEqual(names)
})

test('a stop leaves nothing behind', async () => {
  const { add, stop, counted } = trail()

  add(entry('t.last'))
  await stop()

  expect(await stored()).toEqual(['t.last'])
  expect(counted).toEqual({ written: 1, dropped: 0 })
})

test('rows wait for a database that is away', async () => {
  const { add, stop, counted, goAway } = trail()
  goAway(true)
  add(entry('t.first'))
  const stopped = stop()
  add(entry('t.second'))

  goAway(false)
  await stopped

  expect(await stored()).toEqual(['t.first', 't.second'])
  expect(counted).toEqual({ written: 2, dropped: 0 })
})

test('what is too much to wait is counted, and what waits is written when the database is back', async () => {
  const { add, stop, counted, goAway } = trail()
  goAway(true)

  for (let number = 0; number < 20_005; number += 1) add(entry('t.many'))
  expect(counted).toEqual({ written: 0, dropped: 5 })
  goAway(false)
  await stop()

  expect(counted).toEqual({ written: 20_000, dropped: 5 })
})

test('a row that cannot be stored is counted and takes no other with it', async () => {
  const { add, stop, counted } = trail()

  add(entry('t.before'))
  add(entry('t.bad', { actor_ip: 'nowhere' }))
  add(entry('t.after'))
  await stop()

  expect(await stored()).toEqual(['t.before', 't.after'])
  expect(counted).toEqual({ written: 2, dropped: 1 })
})

test('6000 requests of strangers are a row for each address and outcome', async () => {
  const { count, stop } = trail()
  for (let number = 0; number < 6000; number += 1)
    count({ client_ip: number % 2 === 0 ? '192.0.2.7' : '2001:db8:1:1::9', status: 401 })
  count({ client_ip: '192.0.2.7', status: undefined })
  await stop()

  const rows = await db.many(sql`
    select event_type, actor_ip, requests, details->'statuses' as statuses from audit_event order by requests, actor_ip`)
  expect(rows).toEqual([
    { event_type: 'api.strangers.failure', actor_ip: '192.0.2.7', requests: 1, statuses: { unanswered: 1 } },
    { event_type: 'api.strangers.denied', actor_ip: '192.0.2.7', requests: 3000, statuses: { 401: 3000 } },
    {
      event_type: 'api.strangers.denied',
      actor_ip: '2001:db8:1:1::/64',
      requests: 3000,
      statuses: { 401: 3000 },
    },
  ])
})

test('strangers of however many addresses are few rows', async () => {
  const { count, stop } = trail()
  for (let number = 0; number < 5000; number += 1)
    count({ client_ip: `10.0.${number >> 8}.${number & 255}`, status: 401 })
  await stop()

  const { rows, requests, shared } = await db.one<{ rows: number; requests: number; shared: number }>(sql`
    select count(*) as rows, sum(requests) as requests, max(requests) filter (where actor_ip is null) as shared
    from audit_event`)
  expect({ rows, requests, shared }).toEqual({ rows: 257, requests: 5000, shared: 5000 - 256 })
})

test('who is known waits for room in the log instead of missing from it', async () => {
  const { reserve, add, stop, counted, goAway } = trail()
  goAway(true)
  for (let number = 0; number < 19_000; number += 1) add(entry('t.many'))
  let inside = false
  const waiting = reserve().then((leave) => {
    inside = true
    add(entry('t.waited'))
    leave()
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(inside).toBe(false)

  goAway(false)
  await waiting
  await stop()

  expect(counted).toEqual({ written: 19_001, dropped: 0 })
})
