import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { Json, JsonObject } from '../src/json.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type ProgramProcess, startProgram } from './program.ts'
import { shellAction } from './shell.ts'

type Item<T> = { data: T }
type Ran = { id: number; status: string; result: JsonObject; config: JsonObject }

/** The whole program as a process, driven through HTTP as a person or a sensor would. */
describe('the whole program', () => {
  let home: string
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database
  let program: ProgramProcess

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-e2e-'))
    database = await freshDatabase()
    db = openDatabase({ url: database.url, max_connections: 4 })
    program = await startProgram(home, { ATTUNE__DATABASE__URL: database.url })
  })
  afterAll(async () => {
    expect(await program.end('SIGTERM'), program.output()).toBe(0)
    await db.close()
    await database.drop()
    await rm(home, { recursive: true, force: true })
  })

  async function run(action_ref: string, parameters: JsonObject): Promise<Ran> {
    const { data } = await program.api<Item<Ran>>('POST', '/api/v1/executions/execute', {
      action_ref,
      parameters,
    })
    return ended(data.id)
  }
  async function ended(id: number): Promise<Ran> {
    const { data } = await eventually(
      () => program.api<Item<Ran>>('GET', `/api/v1/executions/${id}`),
      ({ data: { status } }) => ['completed', 'failed', 'timeout', 'abandoned', 'cancelled'].includes(status),
      60_000,
    )
    return data
  }

  test('runs the example rule by itself: the timer fires, and the execution shows in the list', async () => {
    const list = await eventually(
      () =>
        program.api<{ data: { action_ref: string; status: string }[]; pagination: JsonObject }>(
          'GET',
          '/api/v1/executions?page=1&per_page=50',
        ),
      ({ data }) => data.some(({ status }) => status === 'completed'),
      30_000,
    )

    expect(list.pagination).toMatchObject({
      page: 1,
      page_size: 50,
      total_items: expect.any(Number),
      total_pages: 1,
    })
    const { enforcements, executions } = await db.one<{ enforcements: number; executions: number }>(
      sql`select (select count(*) from attune.enforcement) as enforcements, (select count(*) from attune.execution) as executions`,
    )
    expect(enforcements).toBeGreaterThan(0)
    expect(executions).toBeGreaterThan(0)
  })

  test('runs the core actions', async () => {
    expect(await run('core.echo', { message: `it's "fine"\nand more` })).toMatchObject({
      status: 'completed',
      result: { stdout: `it's "fine"\nand more` },
    })
    expect(await run('core.noop', { exit_code: 3 })).toMatchObject({
      status: 'failed',
      result: { exit_code: 3 },
    })
    expect(await run('core.sleep', { seconds: 1 })).toMatchObject({
      result: { stdout: expect.stringContaining('Slept for 1 seconds') },
    })
    expect(await run('core.http_request', { url: `${program.url}/health` })).toMatchObject({
      status: 'completed',
      result: { data: { status_code: 200, success: true } },
    })
  })

  test('tells the log of a short execution from its result', async () => {
    const { id } = await run('core.echo', { message: 'from the result' })

    const answer = await fetch(`${program.url}/api/v1/executions/${id}/logs/stdout/stream`, {
      headers: { authorization: `Bearer ${await program.login()}` },
    })

    expect(await answer.text()).toMatch(/event: ?content[^]*from the result[^]*event: ?done/)
  })

  test('shows its documentation without loading anything from elsewhere', async () => {
    const answer = await fetch(`${program.url}/docs`)
    const page = await answer.text()
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')

    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'self'/)
    expect(assets.length).toBeGreaterThan(2)
    for (const path of assets) {
      expect(path).toMatch(/^\/docs\/static\//)
      expect((await fetch(program.url + path)).status, path).toBe(200)
    }
    const document = await (await fetch(`${program.url}/api-spec/openapi.json`)).json()
    expect(document).toMatchObject({
      openapi: '3.1.0',
      paths: { '/api/v1/events': { post: { 'x-permission': 'events:create' } } },
    })
  })

  test('counts what it says, hears and runs', async () => {
    const answer = await fetch(`${program.url}/metrics`)

    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    const text = await answer.text()
    expect(text).toMatch(
      /^mq_published_total\{type="EventCreated",exchange="attune.events",outcome="confirmed"\} [1-9]/m,
    )
    expect(text).toMatch(
      /^mq_consumed_total\{queue="attune.events.queue",type="EventCreated",outcome="ack"\} [1-9]/m,
    )
    expect(text).toMatch(/^executions_ended_total\{status="completed"\} [1-9]/m)
  })

  test('keeps hostile text whole where it can be stored, and the engine alive', async () => {
    const text = 'nul \u0000, lone \ud800, עברית, 👩‍🚀 {{ event.payload }}'
    const stored = 'nul \uFFFD, lone \uFFFD, עברית, 👩‍🚀 {{ event.payload }}'
    const key = String.raw`nul \u0000, lone \ud800, עברית, 👩‍🚀 {{ event.payload }}`

    expect(await run('core.echo', { message: text })).toMatchObject({
      status: 'completed',
      config: { message: stored },
      result: { stdout: stored },
    })
    const trigger = await given.trigger(db)
    const { data } = await program.api<Item<{ payload: Json }>>('POST', '/api/v1/events', {
      trigger_ref: trigger.ref,
      payload: { [text]: [text] },
    })
    expect(data.payload).toEqual({ [key]: [stored] })
    await expect(program.api('POST', '/api/v1/events', { trigger_ref: `bad\u0000ref` })).rejects.toThrow(
      /422.*trigger_ref/,
    )
  })

  test('takes, refuses or fails large values clearly while others keep their pace', async () => {
    const trigger = await given.trigger(db)
    const post = (bytes: number) =>
      program.api('POST', '/api/v1/events', {
        trigger_ref: trigger.ref,
        payload: { text: 'x'.repeat(bytes) },
      })
    const big = await shellAction(db, 'printf \'{"text":"%*s"}\' "$bytes" ""', {
      output_format: 'json',
      param_schema: { bytes: { type: 'integer', required: true } },
    })
    await expect(post(1_000_000)).resolves.toBeDefined()
    await expect(post(5_000_000)).rejects.toThrow(/413.*payload/)
    // Answered also while the body is still on its way, every time.
    for (let n = 0; n < 20; n += 1) await expect(post(25_000_000)).rejects.toThrow(/413/)

    const [one, five, twentyFive, ...others] = await Promise.all([
      run(big.ref, { bytes: 900_000 }),
      run(big.ref, { bytes: 5_000_000 }),
      run(big.ref, { bytes: 25_000_000 }),
      ...Array.from({ length: 10 }, (_, n) => run('core.echo', { message: String(n) })),
    ])

    expect(one).toMatchObject({ status: 'completed', result: { data: { text: ' '.repeat(900_000) } } })
    expect(five).toMatchObject({ status: 'failed', result: { error: expect.stringContaining('at most') } })
    expect(twentyFive.result).toMatchObject({ stdout_truncated: true })
    expect(twentyFive.status).toBe('failed')
    expect(others.every(({ status }) => status === 'completed')).toBe(true)
  })

  test('matches every event of a rule enabled a millisecond before, and none of one disabled', {
    timeout: 180_000,
  }, async () => {
    const RULES = 1000
    const triggers = await Promise.all(
      Array.from({ length: 50 }, () => given.trigger(db, { pack: undefined })),
    )
    const pack = await given.pack(db)
    let next = 0

    async function lane(): Promise<void> {
      while (next < RULES) {
        const n = next++
        const trigger_ref = triggers[n % triggers.length]?.ref ?? ''
        const rule = {
          ref: `${pack.ref}.race_${n}`,
          pack_ref: pack.ref,
          label: `Race ${n}`,
          trigger_ref,
          action_ref: 'core.noop',
          enabled: true,
        }
        await program.api('POST', '/api/v1/rules', {
          ...rule,
          conditions: { expression: `event.payload.n == ${n}` },
        })
        await sleep(1)
        const { data } = await program.api<Item<{ id: number }>>('POST', '/api/v1/events', {
          trigger_ref,
          payload: { n, when: 'enabled' },
        })
        await eventually(
          () => db.run(sql`select from event_decision where event = ${data.id}`),
          (decided) => decided === 1,
        )
        await program.api('POST', `/api/v1/rules/${rule.ref}/disable`)
        await sleep(1)
        await program.api('POST', '/api/v1/events', { trigger_ref, payload: { n, when: 'disabled' } })
      }
    }
    await Promise.all(Array.from({ length: 8 }, lane))
    await eventually(
      () =>
        db.one<{ open: number }>(sql`
        select count(*) as open from event e
        where payload ? 'when' and not exists (select from event_decision d where d.event = e.id)`),
      ({ open }) => open === 0,
    )

    const fired = await db.one(sql`
      select count(*) filter (where payload->>'when' = 'enabled') as enabled,
        count(*) filter (where payload->>'when' = 'disabled') as disabled
      from enforcement where payload ? 'when'`)
    expect(fired).toEqual({ enabled: RULES, disabled: 0 })
  })
})
