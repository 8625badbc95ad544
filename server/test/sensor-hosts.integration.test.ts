import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { Id } from '../src/id.ts'
import type { JsonObject } from '../src/json.ts'
import { openFreshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { type ProgramProcess, startProgram } from './program.ts'
import { type Proxy, proxyTo } from './proxy.ts'
import { type RoleProcess, startSensorProcess } from './role-process.ts'

/**
 * Several sensor hosts on one machine, started as they are by default: a sensor has one owner, whichever of them that is
 * and whatever becomes of it, and each instant of a schedule has one event.
 */

/** Short, so that leases end soon; the shells that end sensors count in whole seconds. */
const HEARTBEAT_SECONDS = 2
const secrets = {
  ATTUNE__SECURITY__JWT_SECRET: 'dGVzdCBzZWNyZXQgb2YgdGhlIHNlbnNvciBob3N0cw01',
  ATTUNE__SECURITY__ENCRYPTION_KEY: 'YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNlbnNvciBob3N0',
}

const home = await mkdtemp(join(tmpdir(), 'attune-hosts-'))
const { db, url } = await fixture(openFreshDatabase({ max_connections: 3 }))
let api: ProgramProcess
let wire: Proxy
const started: RoleProcess[] = []

const env = (database: string) => ({
  ...secrets,
  ATTUNE__DATABASE__URL: database,
  ATTUNE__DEMO: 'false',
  ATTUNE__SENSOR__HEARTBEAT_INTERVAL: String(HEARTBEAT_SECONDS),
  ATTUNE__SERVER__PUBLIC_URL: api?.url ?? '',
})

beforeAll(async () => {
  const { ATTUNE__SERVER__PUBLIC_URL: _, ...first } = env(url)
  api = await startProgram(home, first, ['--roles', 'api'])
  wire = await proxyTo(url)
}, 120_000)
afterAll(async () => {
  for (const one of started) if (one.child.exitCode === null) await one.end('SIGKILL')
  await api.end('SIGTERM')
  await wire.close()
  await rm(home, { recursive: true, force: true })
})

async function host(over: Record<string, string> = {}, database = url): Promise<RoleProcess> {
  const one = await startSensorProcess(home, { ...env(database), ...over })
  started.push(one)
  return one
}

/** A rule that an interval timer fires for. */
async function timed(trigger_params: JsonObject): Promise<Id<'rule'>> {
  const trigger = await db.one<{ id: Id<'trigger'>; pack: Id<'pack'> }>(
    sql`select id, pack from trigger where ref = 'core.intervaltimer'`,
  )
  const rule = await given.rule(db, { pack: trigger.pack, trigger: trigger.id, trigger_params })
  return rule.id
}

type Tick = { at: number; late: boolean; missed: number }

function ticksOf(rule: Id<'rule'>): Promise<Tick[]> {
  return db.many(sql`
    select extract(epoch from (payload->>'scheduled_at')::timestamptz)::float8 as at,
      (payload->>'late')::boolean as late, (payload->>'missed')::int as missed
    from event where rule = ${rule} order by 1`)
}

function owner(): Promise<{ worker_name: string; generation: number } | undefined> {
  return db.maybe(sql`
    select o.worker_name, o.generation::float8 as generation from sensor_owner o
    join sensor s on s.id = o.sensor and s.ref = 'core.timer_sensor'
    where o.lease_expires_at > now()`)
}

const atLeast = (rule: Id<'rule'>, count: number, ms = 60_000) =>
  eventually(
    () => ticksOf(rule),
    (ticks) => ticks.length >= count,
    ms,
  )

/** No instant twice, and each of the grid has an event or is counted as missed. */
function expectGrid(ticks: readonly Tick[], interval: number): void {
  const instants = ticks.map(({ at }) => at)
  expect(new Set(instants).size).toBe(instants.length)
  const [first = 0] = instants
  const missed = ticks.slice(1).reduce((sum, tick) => sum + tick.missed, 0)
  expect(Math.round(((instants.at(-1) ?? 0) - first) / interval)).toBe(ticks.length - 1 + missed)
  for (const at of instants) expect(Math.abs(((at - first) / interval) % 1)).toBeLessThan(0.001)
}

async function endAll(): Promise<void> {
  for (const one of started.splice(0)) if (one.child.exitCode === null) await one.end('SIGTERM')
  await db.run(sql`delete from rule`)
}

test('two hosts on one machine have names of their own and one owner, and the other takes over when that stops', async () => {
  const rule = await timed({ unit: 'seconds', interval: 1 })
  const hosts = [await host(), await host()]
  await atLeast(rule, 3)
  const names = await db.many<{ name: string }>(
    sql`select name from worker where worker_role = 'sensor' and status = 'active' order by name`,
  )
  expect(names).toHaveLength(2)
  expect(names[1]?.name).toBe(`${names[0]?.name}-2`)
  const before = await owner()

  // Whichever has it: the second one started is the one that may not.
  await hosts[before?.worker_name === names[0]?.name ? 0 : 1]?.end('SIGTERM')
  const after = await eventually(owner, (one) => one !== undefined && one.worker_name !== before?.worker_name)
  const count = (await ticksOf(rule)).length
  await atLeast(rule, count + 3)

  expect(after?.generation).toBe((before?.generation ?? 0) + 1)
  expectGrid(await ticksOf(rule), 1)
  await endAll()
}, 120_000)

test('kill -9 of the owner costs what the policy says, and doubles nothing', async () => {
  const rule = await timed({ unit: 'seconds', interval: 1, missed: 'all' })
  const first = await host()
  await atLeast(rule, 2)
  const second = await host()

  await first.end('SIGKILL')
  const before = (await ticksOf(rule)).length
  await atLeast(rule, before + 8)

  const ticks = await ticksOf(rule)
  expectGrid(ticks, 1)
  expect(ticks.every(({ missed }) => missed === 0)).toBe(true)
  expect(ticks.some(({ late }) => late)).toBe(true)
  expect(second.child.exitCode).toBeNull()
  await endAll()
}, 120_000)

test('an owner that is cut from its database stops before another one begins, though the API is there', async () => {
  const rule = await timed({ unit: 'seconds', interval: 1 })
  const cut = await host({}, wire.url)
  await atLeast(rule, 2)
  const before = await owner()
  await host()

  wire.silence()
  const after = await eventually(
    owner,
    (one) => one !== undefined && one.worker_name !== before?.worker_name,
    60_000,
  )
  const count = (await ticksOf(rule)).length
  await atLeast(rule, count + 3)
  await wire.restore()
  await atLeast(rule, count + 8)

  expect(after?.generation).toBe((before?.generation ?? 0) + 1)
  expectGrid(await ticksOf(rule), 1)
  expect(cut.output()).toContain('the lease could not be renewed in time')
  const alert = await db.maybe(sql`select 1 as one from alert where failure_type = 'sensor_taken_over'`)
  expect(alert).toBeDefined()
  await endAll()
}, 120_000)

test('two hosts of one given name: the later one has the sensors, the earlier one has them back when it stops', async () => {
  const rule = await timed({ unit: 'seconds', interval: 1 })
  const named = { ATTUNE__SENSOR__WORKER_NAME: 'shared' }
  const first = await host(named)
  await atLeast(rule, 2)

  const second = await host(named)
  await eventually(
    async () => first.output(),
    (text) => text.includes('has taken over the name'),
    30_000,
  )
  const taken = await eventually(
    () =>
      db.maybe<{ cleared_at: string | null }>(
        sql`select cleared_at from alert where failure_type = 'worker_name_taken'`,
      ),
    (found) => found !== undefined,
  )
  expect(taken?.cleared_at).toBeNull()
  await second.end('SIGTERM')
  await eventually(
    async () => first.output(),
    (text) => text.includes('is free again'),
    30_000,
  )
  const count = (await ticksOf(rule)).length
  await atLeast(rule, count + 3)

  expectGrid(await ticksOf(rule), 1)
  await endAll()
}, 120_000)

/** How long hosts are killed at random: longer by hand. */
const CHAOS_SECONDS = Number(process.env.ATTUNE_TEST_CHAOS_SECONDS ?? 12)

test(
  'three hosts that are killed at random tell of each instant once, or have it on record',
  async () => {
    const rules = [
      await timed({ unit: 'seconds', interval: 1, missed: 'all' }),
      await timed({ unit: 'seconds', interval: 2 }),
      await timed({ unit: 'seconds', interval: 3, missed: 'none' }),
    ]
    const hosts = await Promise.all([host(), host(), host()])
    const until = Date.now() + CHAOS_SECONDS * 1000

    for (let turn = 0; Date.now() < until; turn += 1) {
      const victim = Math.floor(Math.random() * hosts.length)
      await hosts[victim]?.end(turn % 3 === 0 ? 'SIGTERM' : 'SIGKILL')
      hosts[victim] = await host()
    }
    const counts = await Promise.all(rules.map(async (rule) => (await ticksOf(rule)).length))
    await Promise.all(rules.map((rule, index) => atLeast(rule, (counts[index] ?? 0) + 3)))

    for (const [index, rule] of rules.entries()) expectGrid(await ticksOf(rule), index + 1)
    await endAll()
  },
  (CHAOS_SECONDS + 120) * 1000,
)

test('a timer that is restarted more often than it fires, fires on its grid', async () => {
  const rule = await timed({ unit: 'seconds', interval: 6 })

  for (let run = 0; run < 5; run += 1) {
    const one = await host()
    const since = Date.now()
    await eventually(
      async () => Date.now() - since,
      (passed) => passed > 3000,
    )
    await one.end(run % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
  }
  await host()
  const ticks = await atLeast(rule, 3)

  expectGrid(ticks, 6)
  await endAll()
}, 120_000)
