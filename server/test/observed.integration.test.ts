import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../src/config/load.ts'
import { type Database, openDatabase } from '../src/database/database.ts'
import { json, sql } from '../src/database/sql.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import { isJsonObject, type JsonObject } from '../src/json.ts'
import { createLog } from '../src/observe/log.ts'
import { type Program, type Role, startProgram } from '../src/services/program.ts'
import { type FreshBroker, freshBroker, hasBroker } from './broker.ts'
import { ACCESS_TOKEN_SECRET } from './program.ts'
import { type Collector, type Received, startCollector } from './collector.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { shellAction } from './shell.ts'

const transports = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const SECRET = 'the-payload-must-not-be-told'

/** Two programs that share nothing but the database and the broker: what one begins the other ends. */
describe.each(transports)('what can be seen of the flow over %s', (transport) => {
  let home: string
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let broker: FreshBroker | undefined
  let collector: Collector
  let db: Database
  let front: Program
  let back: Program
  let rule: Rule
  let token: string
  const lines: JsonObject[] = []

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-observed-'))
    database = await freshDatabase()
    broker = transport === 'rabbitmq' ? await freshBroker() : undefined
    collector = await startCollector()
    db = openDatabase({ url: database.url, max_connections: 2 })
    front = await start(['api'])
    rule = await given.rule(db, { action: (await shellAction(db, 'echo done')).id })
    back = await start(['executor', 'worker', 'sensor'])
    token = await login()
  })
  afterAll(async () => {
    await back.stop()
    await front.stop()
    await collector.close()
    await db.close()
    await database.drop()
    await broker?.drop()
    await rm(home, { recursive: true, force: true })
  })

  async function start(roles: readonly Role[]): Promise<Program> {
    const { settings } = await loadSettings(
      {},
      {
        overrides: {
          demo: false,
          database: { url: database.url },
          ...(broker === undefined ? {} : { message_queue: { url: broker.url } }),
          server: { port: 0 },
          security: { access_token_secret: ACCESS_TOKEN_SECRET },
          health: { port: 0 },
          telemetry: { otlp_url: collector.url, service_name: 'attune-under-test' },
        },
      },
    )
    const write = (line: string) => {
      const parsed: unknown = JSON.parse(line)
      if (isJsonObject(parsed)) lines.push(parsed)
    }
    return startProgram({
      settings,
      log: createLog({ level: 'debug', format: 'json', to: { write } }),
      home,
      roles,
    })
  }

  async function login(): Promise<string> {
    const password = (await readFile(join(home, 'admin-password'), 'utf8')).trim()
    const { data } = await post<{ data: { access_token: string } }>('/auth/login', {
      login: 'admin',
      password,
    })
    return data.access_token
  }

  async function post<Body>(path: string, body: object, headers: Record<string, string> = {}): Promise<Body> {
    const response = await fetch(`${front.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return JSON.parse(await response.text()) as Body
  }

  /** Says an event under a correlation of its own and waits until its execution has ended. */
  async function happen(): Promise<string> {
    const correlation = randomUUID()
    await post(
      '/api/v1/events',
      { trigger_ref: rule.trigger_ref, payload: { note: SECRET } },
      { authorization: `Bearer ${token}`, 'x-request-id': correlation },
    )
    await eventually(
      () =>
        db.one<{ ended: number }>(sql`
          select count(*)::int as ended from execution
          where correlation_id = ${correlation} and status = 'completed'`),
      ({ ended }) => ended === 1,
    )
    return correlation
  }

  const text = async (url: string | undefined) => (await fetch(`${url}/metrics`)).text()

  test('a correlation id planted at the API is in the lines of every role, and the payload in none', async () => {
    const correlation = await happen()

    const roles = await eventually(
      () => lines.filter(({ correlation_id }) => correlation_id === correlation).map(({ role }) => role),
      (found) => ['api', 'sensor', 'executor', 'worker'].every((role) => found.includes(role)),
    )
    expect(new Set(roles)).toEqual(new Set(['api', 'sensor', 'executor', 'worker']))
    expect(
      lines.find((line) => line.queue === 'attune.events.queue' && line.msg === 'batch handled'),
    ).toEqual(
      expect.objectContaining({
        role: 'sensor',
        types: ['EventCreated'],
        count: 1,
        outcome: 'ack',
        duration_ms: expect.any(Number),
        correlation_id: expect.any(String),
      }),
    )
    expect(JSON.stringify(lines)).not.toContain(SECRET)
  })

  test('one event is one trace, each span the child of what caused it', async () => {
    const correlation = await happen()

    const spans = await eventually(
      () => traceOf(collector, correlation),
      (found) => ['completed', 'POST /api/v1/events'].every((end) => found.some(({ name }) => name === end)),
    )
    const [completed] = spans.filter(({ name }) => name === 'completed')
    expect(ancestry(spans, completed)).toEqual([
      'completed',
      'publish ExecutionCompleted',
      `run ${rule.action_ref}`,
      'claim',
      'publish ExecutionDispatched',
      'place',
      'publish ExecutionRequested',
      'create',
      'publish EnforcementCreated',
      'match',
      'publish EventCreated',
      'POST /api/v1/events',
    ])
    expect(spans.map((span) => span.end >= span.start)).not.toContain(false)
    expect(new Set(spans.map((span) => span.resource['service.name']))).toEqual(
      new Set(['attune-under-test']),
    )
    expect(spans.find(({ name }) => name === 'match')?.attributes).toMatchObject({
      'attune.role': 'sensor',
      'attune.event_id': expect.any(Number),
    })
    expect(collector.raw()).not.toContain(SECRET)
  })

  test('a process without the API answers probes and is counted on a port of its own', async () => {
    await happen()

    const ready = await fetch(`${back.health_url}/health/ready`)
    expect([front.health_url, ready.status, await ready.json()]).toEqual([undefined, 200, { status: 'ok' }])
    const counted = await eventually(
      () => text(back.health_url),
      (found) => /^pipeline_hop_seconds_count\{hop="started_to_ended"\} [1-9]/m.test(found),
    )
    for (const hop of ['event_to_enforcement', 'enforcement_to_execution', 'requested_to_scheduled'])
      expect(counted).toMatch(new RegExp(`^pipeline_hop_seconds_count\\{hop="${hop}"\\} [1-9]`, 'm'))
    expect(counted).toMatch(/^pipeline_hop_seconds_count\{hop="scheduled_to_started"\} [1-9]/m)
    expect(counted).toMatch(/^pipeline_hop_seconds_count\{hop="event_to_started"\} [1-9]/m)
    expect(counted).toMatch(
      /^mq_consumed_total\{queue="attune.events.queue",type="EventCreated",outcome="ack"\} [1-9]/m,
    )
    expect(counted).toMatch(
      /^mq_published_total\{type="EnforcementCreated",exchange="attune.executions",outcome="confirmed"\} [1-9]/m,
    )
    for (const check of ['database', 'messages', 'executor', 'worker', 'sensor'])
      expect(counted).toContain(`service_ready{check="${check}"} 1`)
    expect(counted).not.toContain('flow_per_minute{')
  })

  test('the API tells how much flows at each stage, what waits for the broker and who works', async () => {
    await happen()

    const told = await eventually(
      () => text(front.url),
      (found) => /^flow_per_minute\{stage="executions"\} [\d.]*[1-9]/m.test(found),
    )

    expect(told).toMatch(/^flow_per_minute\{stage="events"\} [\d.]*[1-9]/m)
    expect(told).toMatch(/^flow_per_minute\{stage="enforcements"\} [\d.]*[1-9]/m)
    expect(told).toMatch(/^outbox_pending \d/m)
    expect(told).toMatch(/^outbox_oldest_seconds \d/m)
    expect(told).toContain('workers{role="action",status="active"} 1')
  })

  test('a message that comes again is counted as a duplicate', async () => {
    const correlation = await happen()
    const event = await db.one<{ id: number; created: string }>(
      sql`select id, created from event where correlation_id = ${correlation}`,
    )
    const before = duplicates(await text(back.health_url))

    await sayAgain(event)

    await eventually(
      async () => duplicates(await text(back.health_url)),
      (now) => now === before + 1,
    )
  })

  test('a message that nobody knows is counted as dead under one name, whatever it calls itself', async () => {
    await say('Nonsense', 'attune.events.queue', {})

    await eventually(
      () => text(back.health_url),
      (found) =>
        found.includes('mq_consumed_total{queue="attune.events.queue",type="unknown",outcome="dead"} 1'),
    )
  })

  if (transport === 'rabbitmq')
    test('a message that the broker has no queue for is counted as returned', async () => {
      await say('ExecutionDispatched', 'worker.404.executions', {})

      await eventually(
        async () => [await text(front.url), await text(back.health_url)].join(),
        (found) =>
          /mq_published_total\{type="ExecutionDispatched",exchange="",outcome="returned"\} [1-9]/.test(found),
      )
      await db.run(sql`delete from outbox where routing_key = 'worker.404.executions'`)
    })

  /** As a crash between commit and acknowledgement would: the same message, once more on its queue. */
  async function sayAgain(event: { id: number; created: string }): Promise<void> {
    await say('EventCreated', 'attune.events.queue', {
      event_id: event.id,
      event_created: event.created,
      trigger_id: null,
      trigger_ref: rule.trigger_ref,
      sensor_id: null,
      sensor_ref: null,
      rule_id: null,
    })
  }

  /** Puts a message on a queue past everything that would refuse it. */
  async function say(type: string, queue: string, payload: JsonObject): Promise<void> {
    await db.run(
      transport === 'postgres'
        ? sql`
            insert into message (queue, type, payload, message_id, correlation_id)
            values (${queue}, ${type}, ${json(payload)}, gen_random_uuid(), gen_random_uuid())`
        : sql`
            insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id)
            values ('', ${queue}, ${type}, ${json(payload)}, gen_random_uuid(), gen_random_uuid())`,
    )
  }
})

function duplicates(metrics: string): number {
  const found =
    /^mq_consumed_total\{queue="attune.events.queue",type="EventCreated",outcome="duplicate"\} (\d+)/m.exec(
      metrics,
    )
  return Number(found?.[1] ?? 0)
}

function traceOf(collector: Collector, correlation: string): Received[] {
  return collector.spans().filter(({ trace_id }) => trace_id === correlation.replaceAll('-', ''))
}

/** Names from a span up to the root. */
function ancestry(spans: readonly Received[], from: Received | undefined): string[] {
  if (from === undefined) return []
  const parent = spans.find(({ span_id }) => span_id === from.parent_id)
  return [from.name, ...ancestry(spans, parent)]
}
