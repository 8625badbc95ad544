import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { storeDeadLetter, type UndeliverableMessage } from '../../../messages/dead-letter.ts'
import { alertOfGrowth } from './growth.ts'
import { deadLetterRoutes } from './routes.ts'

const api = await fixture(startApi(() => deadLetterRoutes()))
const token = await api.token('dead_letters:read', 'dead_letters:manage')
beforeEach(() => api.db.run(sql`truncate dead_letter, message, audit_event, alert, execution cascade`))

const completed = {
  queue: 'attune.execution.completed.queue',
  exchange: 'attune.executions',
  routing_key: 'execution.completed',
  type: 'ExecutionCompleted',
  payload: {
    execution_id: 1,
    action_id: 0,
    action_ref: 'demo.a',
    status: 'failed',
    completed_at: '2031-01-01T00:00:00Z',
  },
  correlation_id: '00000000-0000-4000-8000-00000000000c',
  attempts: 5,
  reason: 'exhausted',
  error: 'a bug',
  stack: 'Error: a bug',
  first_failed_at: null,
  last_failed_at: null,
} as const

/** Puts a letter aside as a consumer does, alert included, and answers its id. */
async function letter(more: Partial<UndeliverableMessage> = {}): Promise<number> {
  let id = 0
  await api.db.transaction((tx) =>
    storeDeadLetter(tx, { ...completed, message_id: randomUUID(), ...more }, async (sameTx, buried) => {
      id = buried.id
      await alertOfGrowth(sameTx, buried, 3600)
    }),
  )
  return id
}

const requestOf = (execution: { id: number; action_ref: string }): Partial<UndeliverableMessage> => ({
  queue: 'attune.execution.requests.queue',
  type: 'ExecutionRequested',
  payload: {
    execution_id: execution.id,
    action_id: null,
    action_ref: execution.action_ref,
    parent_id: null,
    enforcement_id: null,
  },
})

const get = (path: string) => api.call(`GET /api/v1/dead-letters${path}`, { token })
const post = (path: string, body?: object) =>
  api.call(`POST /api/v1/dead-letters${path}`, {
    token,
    ...(body === undefined ? {} : { body: { ...body } }),
  })
const idsOf = ({ body }: Awaited<ReturnType<typeof get>>) =>
  Array.isArray(body.data) ? body.data.map((row) => Object(row).id) : body.data
const messages = () =>
  api.db.many<{ type: string; attempt: number; correlation_id: string; queue: string; payload: object }>(
    sql`select type, attempt, correlation_id, queue, payload from message`,
  )
const openAlerts = () =>
  api.db.many(sql`select correlation_id from alert where cleared_at is null order by correlation_id`)

test('a list shows what is open, newest first, and filters', async () => {
  const first = await letter()
  const second = await letter({
    queue: 'worker.7.executions',
    type: 'ExecutionDispatched',
    reason: 'expired',
  })
  const third = await letter({ correlation_id: randomUUID() })
  await post(`/${third}/discard`)

  expect(idsOf(await get(''))).toEqual([second, first])
  expect(idsOf(await get('?status=all'))).toEqual([third, second, first])
  expect(idsOf(await get('?status=discarded'))).toEqual([third])
  expect(idsOf(await get('?queue=worker.7.executions'))).toEqual([second])
  expect(idsOf(await get('?reason=expired'))).toEqual([second])
  expect(idsOf(await get('?type=ExecutionCompleted'))).toEqual([first])
  expect(idsOf(await get(`?correlation_id=${completed.correlation_id}&type=ExecutionCompleted`))).toEqual([
    first,
  ])
  expect(idsOf(await get('?created_after=2999-01-01T00:00:00Z'))).toEqual([])
  expect((await get('?reason=bored')).status).toBe(400)
})

test('one letter is shown with its payload and its error', async () => {
  const id = await letter()

  const { status, body } = await get(`/${id}`)

  expect(status).toBe(200)
  expect(body.data).toMatchObject({ id, payload: completed.payload, stack: 'Error: a bug', status: 'open' })
  expect((await get('/99999999')).status).toBe(404)
})

test('a replay says the message again with no failure behind it, clears the alert and is audited', async () => {
  const id = await letter()
  expect(await openAlerts()).toHaveLength(1)

  const { status, body } = await post(`/${id}/replay`)

  expect(status).toBe(200)
  expect(body.data).toMatchObject({ id, status: 'replayed', resolved_by: expect.any(Number) })
  expect(await messages()).toEqual([
    {
      type: 'ExecutionCompleted',
      attempt: 0,
      correlation_id: completed.correlation_id,
      queue: completed.queue,
      payload: completed.payload,
    },
  ])
  expect(await openAlerts()).toEqual([])
  expect(
    await api.db.many(
      sql`select event_type, outcome, resource_type, resource_id, actor_token_type, actor_identity is not null as known from audit_event`,
    ),
  ).toEqual([
    {
      event_type: 'dead_letter.replayed',
      outcome: 'success',
      resource_type: 'dead_letter',
      resource_id: id,
      actor_token_type: 'access',
      known: true,
    },
  ])
})

test('a letter is resolved once', async () => {
  const id = await letter()

  expect((await post(`/${id}/discard`)).status).toBe(200)
  expect((await post(`/${id}/discard`)).status).toBe(409)
  expect((await post(`/${id}/replay`)).status).toBe(409)
  expect((await post('/99999999/replay')).status).toBe(404)

  expect(await messages()).toEqual([])
  expect(await api.db.many(sql`select event_type from audit_event`)).toEqual([
    { event_type: 'dead_letter.discarded' },
  ])
})

test('an alert stays while another letter of its queue is open', async () => {
  const id = await letter()
  await letter()

  await post(`/${id}/discard`)

  expect(await openAlerts()).toEqual([{ correlation_id: `dead_letters:${completed.queue}` }])
})

test('what is not a message of ours cannot be replayed, only discarded', async () => {
  const unknown = await letter({ type: 'InquiryCreated' })
  const shapeless = await letter({ payload: { execution_id: 'seven' } })

  const refused = await post(`/${unknown}/replay`)
  expect(refused.status).toBe(422)
  expect(refused.body.error).toContain('InquiryCreated is not a message of this version')
  expect((await post(`/${shapeless}/replay`)).status).toBe(422)
  expect((await get(`/${unknown}`)).body.data).toMatchObject({ status: 'open' })
  expect((await post(`/${unknown}/discard`)).status).toBe(200)
})

test('an execution that has ended gets a further attempt instead, beyond its retries', async () => {
  const execution = await given.execution(api.db, { status: 'failed', max_retries: 0, config: { a: 1 } })
  const id = await letter(requestOf(execution))

  const { body } = await post(`/${id}/replay`)

  const attempt = await api.db.one<{ id: number }>(
    sql`select * from execution where original_execution = ${execution.id}`,
  )
  expect(attempt).toMatchObject({
    status: 'requested',
    retry_count: 1,
    retry_reason: 'replayed',
    config: { a: 1 },
  })
  expect(body.data).toMatchObject({ status: 'replayed', new_execution: attempt.id })
  expect(await messages()).toMatchObject([
    { type: 'ExecutionRequested', payload: { execution_id: attempt.id } },
  ])
  expect(await api.db.one(sql`select status from execution where id = ${execution.id}`)).toEqual({
    status: 'failed',
  })
})

test('work that has been done since, or is being done, is not done twice', async () => {
  const execution = await given.execution(api.db, { status: 'failed', max_retries: 1 })
  const retry = await given.execution(api.db, {
    status: 'completed',
    original_execution: execution.id,
    retry_count: 1,
  })
  const runs = await given.execution(api.db, { status: 'running' })

  const done = await post(`/${await letter(requestOf(execution))}/replay`)
  const running = await post(`/${await letter(requestOf(runs))}/replay`)

  expect([done.status, running.status]).toEqual([409, 409])
  expect(done.body.error).toContain(`execution ${retry.id} is completed`)
  expect(await messages()).toEqual([])
})

test('a request whose execution still waits is said again', async () => {
  const execution = await given.execution(api.db)
  const id = await letter(requestOf(execution))

  expect((await post(`/${id}/replay`)).status).toBe(200)

  expect(await messages()).toMatchObject([
    { type: 'ExecutionRequested', payload: { execution_id: execution.id } },
  ])
})

test('a filter resolves what it names and tells what it refused', async () => {
  const wanted = [await letter(), await letter()]
  const unknown = await letter({ type: 'InquiryCreated' })
  const other = await letter({ queue: 'worker.7.executions' })

  const replayed = await post('/replay', { filter: { queue: completed.queue } })

  expect(replayed.body.data).toEqual({
    resolved: 2,
    refused: [{ id: unknown, error: expect.stringContaining('InquiryCreated') }],
    more: false,
  })
  expect(idsOf(await get(''))).toEqual([other, unknown])
  expect(idsOf(await get('?status=replayed'))).toEqual(wanted.toReversed())
  expect((await post('/discard', { filter: { type: 'InquiryCreated' } })).body.data).toEqual({
    resolved: 1,
    refused: [],
    more: false,
  })
})

test('a call resolves a thousand letters at most and says that there are more', async () => {
  await api.db.run(sql`
    insert into dead_letter (queue, exchange, routing_key, type, error)
    select 'q', '', '', 'Unknown', 'a bug' from generate_series(1, 1001)`)

  const first = await post('/discard', { filter: { queue: 'q' } })
  const second = await post('/discard', { filter: { queue: 'q' } })

  expect(first.body.data).toEqual({ resolved: 1000, refused: [], more: true })
  expect(second.body.data).toEqual({ resolved: 1, refused: [], more: false })
})

test('without a filter nothing is resolved', async () => {
  const id = await letter()

  for (const body of [{}, { filter: {} }, { filter: { colour: 'red' } }])
    expect((await post('/discard', body)).status).toBe(422)
  expect(idsOf(await get(''))).toEqual([id])
})

test('reading and resolving are permitted separately', async () => {
  const id = await letter()
  const reader = await api.token('dead_letters:read')
  const manager = await api.token('dead_letters:manage')
  const ask = async (what: `${string} ${string}`, as: string) =>
    (await api.call(what, { token: as, body: { filter: { queue: 'q' } } })).status

  expect(await ask('GET /api/v1/dead-letters', manager)).toBe(403)
  expect(await ask(`GET /api/v1/dead-letters/${id}`, manager)).toBe(403)
  for (const path of [`${id}/replay`, `${id}/discard`, 'replay', 'discard'])
    expect(await ask(`POST /api/v1/dead-letters/${path}`, reader)).toBe(403)
})
