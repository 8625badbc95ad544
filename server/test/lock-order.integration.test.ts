import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import type { Queryable } from '../src/database/database.ts'
import { json, sql } from '../src/database/sql.ts'
import { clear, raise } from '../src/domain/watch/alert/raise.ts'
import { noteErrors } from '../src/domain/definition/rule/last-error.ts'
import {
  abandonExpired,
  abandonGone,
  cancelExpired,
  takeBack,
} from '../src/domain/flow/execution/recovery.ts'
import {
  askToCancel,
  cancelUnheld,
  claim,
  end,
  giveBack,
  renewLeases,
} from '../src/domain/flow/execution/transitions.ts'
import type { Id } from '../src/id.ts'
import { noteFailures, remove } from '../src/messages/rabbitmq/outbox.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { running } from './running.ts'

/** Enough for a renewal to meet an end some hundred times. */
const HAMMER_MS = 4000
const ROWS = 60
let ids: Id<'execution'>[]
let rules: Id<'rule'>[]
const by = { worker: 0 as Id<'worker'>, instance: randomUUID(), lease_seconds: 60 } // its id follows

const home = await fixture(running('postgres', [], { database: { max_connections: 20 } }))

beforeAll(async () => {
  const { database: db } = home
  by.worker = (await given.worker(db)).id
  const action = await given.action(db)
  ids = []
  for (let row = 0; row < ROWS; row += 1)
    ids.push((await given.execution(db, { action: action.id, status: 'scheduled', worker: by.worker })).id)
  rules = []
  for (let row = 0; row < 10; row += 1) rules.push((await given.rule(db)).id)
  await scatter(db)
})

/** Where rows lie says nothing about their ids, as after a day of work. */
function scatter(db: Queryable): Promise<number> {
  return db.run(sql`
    update execution e set updated = now()
    from (select id from execution order by random()) as shuffled where e.id = shuffled.id`)
}

function some<Item>(list: readonly Item[]): Item[] {
  return list
    .map((item) => ({ item, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
    .slice(0, Math.ceil(Math.random() * list.length))
}

async function deadlocks(): Promise<number> {
  const row = await home.database.one<{ deadlocks: number }>(
    sql`select deadlocks::int from pg_stat_database where datname = current_database()`,
  )
  return row.deadlocks
}

/** Does the work again and again, in as many lanes, until the time is over; answers what failed. */
async function hammer(works: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const until = Date.now() + HAMMER_MS
  const failures: string[] = []
  const lane = async (work: () => Promise<unknown>) => {
    while (Date.now() < until) await work().catch((error: unknown) => failures.push(String(error)))
  }
  await Promise.all(works.map(lane))
  return failures
}

/** All of them run again, as if nothing had ended, so that there is always something to fight for. */
function restart(db: Queryable): Promise<number> {
  return db.run(sql`
    with ended as (select id from execution where id = any(${ids}) order by id for update)
    update execution e set status = 'scheduled', worker = ${by.worker}, lease_expires_at = null
    from ended where e.id = ended.id and (not e.live or e.status = 'requested')`)
}

test('renewals, claims, ends, cancellations and sweeps of the same executions do not wait for each other in a ring', async () => {
  const { database: db } = home
  const before = await deadlocks()
  let renewed = 0
  let ended = 0
  const ending = (id: Id<'execution'>, attempt: number) => ({
    id,
    attempt,
    status: 'completed' as const,
    result: { succeeded: true },
  })
  const endSome = async () => {
    const held = await db.many<{ id: Id<'execution'>; attempt: number }>(
      sql`select id, attempt from execution where id = any(${some(ids)}) and status = 'running'`,
    )
    const list = some(held).map(({ id, attempt }) => ending(id, attempt))
    ended += (await db.transaction((tx) => end(tx, list, by))).size
  }
  const renew = async () => (renewed += (await renewLeases(db, by, some(ids))).length)
  const tx = (work: Parameters<typeof db.transaction<unknown>>[0]) => () => db.transaction(work)

  const failures = await hammer([
    renew,
    renew,
    endSome,
    endSome,
    tx((tx) => claim(tx, some(ids), by)),
    tx((tx) => claim(tx, some(ids), by)),
    tx((tx) => askToCancel(tx, some(ids).slice(0, 1), 'somebody')),
    tx((tx) => cancelUnheld(tx, some(ids), by)),
    tx((tx) => abandonGone(tx, by, [randomUUID(), by.instance])),
    tx(async (tx) => [await abandonExpired(tx, 500), await cancelExpired(tx, 500)]),
    tx((tx) => takeBack(tx, [by.worker], { seconds: 0, limit: 5 })),
    tx((tx) => giveBack(tx, by)),
    () => restart(db),
  ])

  expect(failures).toEqual([])
  expect(await deadlocks()).toBe(before)
  expect(renewed).toBeGreaterThan(0)
  expect(ended).toBeGreaterThan(0)
})

test('alerts, errors of rules and the outbox of several processes do not either', async () => {
  const { database: db } = home
  const before = await deadlocks()
  const names = Array.from({ length: 40 }, (_, index) => `trouble ${index % 2 === 0 ? 'Ä' : 'b'}${index}`)
  const sightingOf = (correlation_id: string) => ({
    correlation_id,
    severity: 'warning' as const,
    category: 'maintenance' as const,
    failure_type: 'stuck_runtime_state',
    component_type: 'sweep',
    component_ref: 'test',
    summary: 'A test looks for deadlocks.',
  })
  const waiting = await db.many<{ id: number }>(sql`
    insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id)
    select 'x', 'x', 'X', ${json({})}, gen_random_uuid(), gen_random_uuid() from generate_series(1, 2000)
    returning id`)
  const rows = waiting.map(({ id }) => id)

  const failures = await hammer([
    () => db.transaction((tx) => raise(tx, some(names).map(sightingOf), 3600)),
    () => db.transaction((tx) => raise(tx, some(names).map(sightingOf), 3600)),
    () => clear(db, some(names)),
    () => clear(db, some(names)),
    () =>
      noteErrors(
        db,
        some(rules).map((rule) => ({ rule, message: randomUUID() })),
      ),
    () =>
      noteErrors(
        db,
        some(rules).map((rule) => ({ rule, message: randomUUID() })),
      ),
    () =>
      noteFailures(
        db,
        some(rows).map((id) => ({ id, error: 'no' })),
      ),
    () =>
      noteFailures(
        db,
        some(rows).map((id) => ({ id, error: 'no' })),
      ),
    () => remove(db, some(rows).slice(0, 20)),
  ])

  expect(failures).toEqual([])
  expect(await deadlocks()).toBe(before)
})

test('the counter tells of a ring', async () => {
  const { database: db } = home
  const before = await deadlocks()
  const [one, two] = rules
  const lockBoth = (first: unknown, second: unknown) =>
    db.transaction(async (tx) => {
      await tx.run(sql`select from rule where id = ${first} for update`)
      await sleep(300)
      await tx.run(sql`select from rule where id = ${second} for update`)
    })

  const outcomes = await Promise.allSettled([lockBoth(one, two), lockBoth(two, one)])

  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  await expect.poll(deadlocks, { timeout: 10_000 }).toBe(before + 1)
})
