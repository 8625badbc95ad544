import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test, vi } from 'vitest'
import { startApi } from '../../test/api.ts'
import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { accessToken } from '../../test/session.ts'
import { sql } from '../database/sql.ts'
import { auditRoutes } from '../domain/audit/routes.ts'
import { createEndWatch } from '../domain/flow/execution/end-watch.ts'
import { executionRoutes } from '../domain/flow/execution/routes.ts'

const most = 4
const most_of_one = 3
const opened = new Set<AbortController>()

const api = await fixture(
  startApi(
    (parts) => [...executionRoutes(parts), ...auditRoutes()],
    () => ({ streams: { most, most_of_one, recheck_seconds: 0.2 } }),
  ),
)
const base = await api.server.listen({ host: '127.0.0.1', port: 0 })

afterAll(async () => {
  for (const one of opened) one.abort()
})

type Open = { status: number; headers: Headers; text: () => string; ended: Promise<void>; close(): void }

async function open(path: string, token: string): Promise<Open> {
  const abort = new AbortController()
  opened.add(abort)
  const response = await fetch(`${base}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  })
  let text = ''
  const ended = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })().catch(() => undefined)
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    ended,
    close: () => abort.abort(),
  }
}

async function followed(): Promise<{ id: number; path: string; log: string; action_ref: string }> {
  const { id, action_ref } = await given.execution(api.db, { status: 'running' })
  const folder = join(api.artifacts_dir, 'executions', String(id))
  await mkdir(folder, { recursive: true })
  const log = join(folder, 'stdout.log')
  await writeFile(log, 'begin\n')
  return { id, log, action_ref, path: `/api/v1/executions/${id}/logs/stdout/stream` }
}

const refusedWith = (reason: string) => expect.stringMatching(new RegExp(`event: refused\ndata: .*${reason}`))

test('a stream ends for an account that is frozen, and shows nothing more', async () => {
  const { path, log } = await followed()
  const { token, identity } = await api.granted({ resource: 'executions', actions: ['read'] })
  const stream = await open(path, token)
  await vi.waitFor(() => expect(stream.text()).toContain('data: begin'))

  await api.db.run(sql`update identity set frozen = true where id = ${identity}`)
  await stream.ended
  await appendFile(log, 'secret\n')

  expect(stream.text()).toEqual(refusedWith('frozen'))
  expect(stream.text()).not.toContain('secret')
})

test('a stream ends with the grant, with the grant for this target, and with the account', async () => {
  const { path, action_ref } = await followed()
  const changes = [
    sql`delete from permission_assignment`,
    sql`update permission_set set grants = jsonb_set(grants, '{0,constraints}', '{"refs":["other.one"]}')`,
  ]
  for (const change of changes) {
    const { token } = await api.granted({
      resource: 'executions',
      actions: ['read'],
      constraints: { refs: [action_ref] },
    })
    const stream = await open(path, token)
    await vi.waitFor(() => expect(stream.text()).toContain('data: begin'))

    await api.db.run(change)
    await stream.ended

    expect(stream.text()).toContain('event: refused')
  }
})

test('a stream ends when its token expires', async () => {
  const { path } = await followed()
  const { identity: id } = await api.granted({ resource: 'executions', actions: ['read'] })
  const parts = { database: api.database, tokens: api.tokens }
  const token = await accessToken(parts, { id, login: 'short' }, 3 - 60) // a minute of other clocks is allowed for
  const stream = await open(path, token)
  expect(stream.status).toBe(200)

  await stream.ended

  expect(stream.text()).toContain('event: refused')
})

test('the token of an execution follows it no longer than it runs', async () => {
  const { id, path, action_ref } = await followed()
  const other = await followed()
  await api.db.run(sql`
    update execution set permission_set_refs = '{}' where id = ${id}`)
  const token = await api.executionToken({ id, action_ref })
  const stream = await open(path, token)
  expect(stream.status).toBe(200)
  expect((await open(other.path, token)).status).toBe(403)

  await api.db.run(sql`update execution set status = 'completed' where id = ${id}`)
  await stream.ended

  expect(stream.text()).toMatch(/event: (done|refused)/)
})

test('one caller has so many streams, all have so many, and a place is free again when one ends', async () => {
  const { path } = await followed()
  const one = await api.token('executions:read')
  const two = await api.token('executions:read')
  const first = await Promise.all(Array.from({ length: most_of_one }, () => open(path, one)))
  expect(first.map(({ status }) => status)).toEqual([200, 200, 200])

  const tooMany = await open(path, one)
  const other = await open(path, two)
  const full = await open(path, two)

  expect([tooMany.status, other.status, full.status]).toEqual([429, 200, 429])
  for (const { headers } of [tooMany, full]) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await api.call(`HEAD ${path}`, { token: one })).status).toBe(200)

  first[0]?.close()
  await vi.waitFor(async () => {
    const again = await open(path, one)
    expect(again.status).toBe(200)
    again.close()
  })
  for (const stream of [...first, other]) stream.close()
})

test('an export breaks for a reader who loses the permission, and counts as a stream', async () => {
  const { token, identity } = await api.granted({ resource: 'audit_log', actions: ['read'] })
  const rows = sql`select from generate_series(1, 60000)`
  await api.db.run(sql`
    insert into audit_event (category, event_type, outcome, details)
    select 'admin', 'test.filled', 'success', jsonb_build_object('text', repeat('x', 2000)) from (${rows}) rows`)
  const response = await fetch(`${base}/api/v1/audit-events/export`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await api.db.run(sql`update identity set frozen = true where id = ${identity}`)
  await sleep(1000) // a slow reader

  await expect(response.text()).rejects.toThrow()
})

test('all who follow share one statement for each look', async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, () => given.execution(api.db, { status: 'running' })),
  )
  const [gone] = ids
  await api.db.run(sql`update execution set status = 'completed' where id = ${gone?.id ?? 0}`)
  let statements = 0
  const counted = new Proxy(api.db, {
    get(target, name, receiver) {
      if (name === 'many') statements += 1
      return Reflect.get(target, name, receiver)
    },
  })
  const watch = createEndWatch(counted, 50)

  const ended = await Promise.all([...ids, ...ids].map(({ id }) => watch.hasEnded(id)))

  expect(ended.filter(Boolean)).toHaveLength(2)
  expect(statements).toBe(1)
})
