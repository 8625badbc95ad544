import { expect, test } from 'vitest'
import { randomUUID } from 'node:crypto'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { executionRequested } from '../../../../test/said.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { executionsToWorkers } from '../../../pipeline/3-execution-to-worker.ts'
import { resultsToNext } from '../../../pipeline/5-result-to-next.ts'
import { deadLetterRoutes } from '../../watch/dead-letter/routes.ts'
import { identityAdminRoutes } from '../../access/administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { traceRoutes } from '../../watch/trace/routes.ts'
import type { Execution } from './execution.ts'

/* What becomes of the executions of an account that is frozen or deleted. */

const api = await fixture(
  startApi(() => [...identityAdminRoutes(endOfAccount), ...deadLetterRoutes(), ...traceRoutes()]),
)
const token = await api.token()

const stored = (id: Id<'execution'>) => api.db.one<Execution>(sql`select * from execution where id = ${id}`)

/** What of its account an execution may be in the midst of. */
async function workOf(executor: Id<'identity'>) {
  const worker = await given.worker(api.db)
  const started = { executor, worker: worker.id, worker_instance: randomUUID() }
  return {
    waiting: await given.execution(api.db, { executor, max_retries: 2 }),
    due_later: await given.execution(api.db, { executor, due_at: '2037-01-01T00:00:00Z', retry_count: 1 }),
    scheduled: await given.execution(api.db, { ...started, status: 'scheduled' }),
    running: await given.execution(api.db, { ...started, status: 'running', max_retries: 2 }),
    ended: await given.execution(api.db, { executor, status: 'completed' }),
    foreign: await given.execution(api.db, { executor: (await given.identity(api.db)).id }),
  }
}

async function statuses(work: Awaited<ReturnType<typeof workOf>>) {
  const entries = Object.entries(work).map(async ([name, { id }]) => [name, (await stored(id)).status])
  return Object.fromEntries(await Promise.all(entries))
}

type Ending = { done: string; method: string; under: string; body?: JsonObject }

test.each<[string, Ending]>([
  ['freezing', { done: 'frozen', method: 'POST', under: '/freeze' }],
  ['freezing by a change', { done: 'frozen', method: 'PUT', under: '', body: { frozen: true } }],
  ['deleting', { done: 'deleted', method: 'DELETE', under: '' }],
])('%s an account ends what it has under way, and says why', async (_, { done, method, under, body }) => {
  const account = await given.identity(api.db)
  const work = await workOf(account.id)

  const answer = await api.call(`${method} /api/v1/identities/${account.id}${under}`, {
    token,
    ...(body === undefined ? {} : { body }),
  })

  expect(answer.status).toBe(200)
  expect(await statuses(work)).toEqual({
    waiting: 'cancelled',
    due_later: 'cancelled',
    scheduled: 'cancelled',
    running: 'canceling',
    ended: 'completed',
    foreign: 'requested',
  })
  expect(
    await api.db.many(sql`select payload->>'execution_id' as id from message where type = 'ExecutionCancelRequested'
    and (payload->>'execution_id')::bigint = ${work.running.id}`),
  ).toHaveLength(1)
  for (const { id } of [work.waiting, work.running]) {
    const trace = await api.call(`GET /api/v1/executions/${id}/trace`, { token })
    expect(JSON.stringify(trace.body.data)).toContain(`The account ${account.login} is ${done}`)
  }
})

test('letting the account in again brings nothing of it back', async () => {
  const { id } = await given.identity(api.db)
  const work = await workOf(id)
  await api.call(`POST /api/v1/identities/${id}/freeze`, { token })
  await api.db.run(sql`update execution set status = 'cancelled' where status = 'canceling'`)
  await api.call(`POST /api/v1/identities/${id}/unfreeze`, { token })

  await follow(work.waiting)
  await follow(work.running)

  expect(await api.db.many(sql`select id from execution where original_execution is not null`)).toEqual([])
  expect(await statuses(work)).toMatchObject({
    waiting: 'cancelled',
    scheduled: 'cancelled',
    running: 'cancelled',
  })
})

function follow({ id, action_ref }: Execution) {
  const heard = {
    execution_id: id,
    action_id: 0,
    action_ref,
    status: 'failed' as const,
    result: null,
    completed_at: '2031-01-01T00:00:00Z',
  }
  return api.db.transaction((tx) => resultsToNext(tx, [heard]))
}

/** Places executions as the executor does. */
async function place(...executions: Execution[]) {
  const handle = executionsToWorkers({ schemas: api.schemas, placement_grace: 60 })
  await api.db.transaction((tx) => handle(tx, executions.map(executionRequested)))
  return Promise.all(executions.map(({ id }) => stored(id)))
}

test('what comes to be placed of an account that is frozen or gone fails for good, and others are placed', async () => {
  await given.worker(api.db)
  const [frozen, gone, well] = [
    await given.identity(api.db, { frozen: true, login: 'frida' }),
    await given.identity(api.db),
    await given.identity(api.db),
  ]
  const of = (executor: number | null) => given.execution(api.db, { executor, max_retries: 2 })
  const asked = [await of(frozen.id), await of(gone.id), await of(well.id), await of(null), await of(0)]
  await api.db.run(sql`delete from identity where id = ${gone.id}`)

  const [ofFrozen, ofGone, ...others] = await place(...asked)

  expect(ofFrozen).toMatchObject({
    status: 'failed',
    followed_up: true,
    result: { message: expect.stringContaining('The account frida that it runs as is frozen') },
  })
  expect(ofGone).toMatchObject({ status: 'failed', result: { message: expect.stringContaining('is gone') } })
  expect(others.map(({ status }) => status)).toEqual(['scheduled', 'scheduled', 'scheduled'])
  const trace = await api.call(`GET /api/v1/executions/${asked[0]?.id}/trace`, { token })
  expect(JSON.stringify(trace.body.data)).toContain('The account frida that it runs as is frozen')
  await api.db.run(sql`update identity set frozen = false where id = ${frozen.id}`)
  for (const one of asked.slice(0, 2)) await follow(one)
  expect(
    await api.db.many(
      sql`select id from execution where original_execution = any(${asked.map(({ id }) => id)})`,
    ),
  ).toEqual([])
})

test('a retry that comes due while the account is frozen is not run', async () => {
  const { id: executor } = await given.identity(api.db)
  const failed = await given.execution(api.db, { executor, status: 'failed', max_retries: 2 })
  await api.db.run(sql`update identity set frozen = true where id = ${executor}`)

  await follow(failed)
  const retry = await api.db.one<Execution>(
    sql`select * from execution where original_execution = ${failed.id}`,
  )
  const [placed] = await place(retry)

  expect(placed).toMatchObject({ status: 'failed', followed_up: true, retry_count: 1 })
})

test('a dead letter of an account that is frozen is not replayed', async () => {
  const { id: executor, login } = await given.identity(api.db, { frozen: true })
  const execution = await given.execution(api.db, { executor, status: 'failed' })
  const { id: letter } = await given.deadLetter(api.db, { payload: executionRequested(execution) })

  expect(await api.call(`POST /api/v1/dead-letters/${letter}/replay`, { token })).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining(`The account ${login} that it runs as is frozen`) },
  })
  expect(await api.db.many(sql`select id from execution where original_execution = ${execution.id}`)).toEqual(
    [],
  )
})
