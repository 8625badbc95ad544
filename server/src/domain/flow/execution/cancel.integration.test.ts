import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { resultsToNext } from '../../../pipeline/5-result-to-next.ts'
import type { Execution } from './execution.ts'
import { executionRoutes } from './routes.ts'
import { cancelExpired } from './recovery.ts'

const api = await fixture(startApi((parts) => executionRoutes(parts)))
const token = await api.token('executions:cancel', 'executions:read')

const cancel = (id: number, as: string = token) =>
  api.call(`POST /api/v1/executions/${id}/cancel`, { token: as })
const read = (id: number) => api.db.one<Execution>(sql`select * from execution where id = ${id}`)
const said = (type: string, id: number) =>
  api.db.many<{ queue: string; payload: object }>(
    sql`select queue, payload from message where type = ${type} and (payload->>'execution_id')::bigint = ${id}`,
  )

describe('what has not begun', () => {
  test.each(['requested', 'scheduling', 'scheduled'])('%s is cancelled at once', async (status) => {
    const execution = await given.execution(api.db, { status })

    const { status: answer, body } = await cancel(execution.id)

    expect(answer).toBe(200)
    expect(body.data).toMatchObject({
      status: 'cancelled',
      result: {
        error: 'Cancelled by user before execution started',
        succeeded: false,
        cancelled: true,
        cancelled_by: expect.stringMatching(/^user_/),
        cancelled_at: expect.any(String),
      },
    })
    expect(await said('ExecutionCompleted', execution.id)).toHaveLength(1)
    expect(await said('ExecutionCancelRequested', execution.id)).toEqual([])
  })

  test('a retry that waits for its time is cancelled like everything else', async () => {
    const failed = await given.execution(api.db, { status: 'failed', max_retries: 1 })
    const completed = {
      execution_id: failed.id,
      action_id: 0,
      action_ref: failed.action_ref,
      status: 'failed',
      completed_at: failed.updated,
    }
    await api.db.transaction((tx) => resultsToNext(tx, [completed]))
    const retry = await api.db.one<Execution>(
      sql`select * from execution where original_execution = ${failed.id}`,
    )

    const { body } = await cancel(retry.id)

    expect(body.data).toMatchObject({ status: 'cancelled', retry_count: 1 })
  })
})

describe('what runs', () => {
  test('is canceling, and its worker is told', async () => {
    const worker = await given.worker(api.db)
    const execution = await given.execution(api.db, { status: 'running', worker: worker.id })

    const { body } = await cancel(execution.id)

    expect(body.data).toMatchObject({ status: 'canceling', result: null })
    expect(await said('ExecutionCompleted', execution.id)).toEqual([])
    expect(await said('ExecutionCancelRequested', execution.id)).toEqual([
      {
        queue: `worker.${worker.id}.cancel`,
        payload: { execution_id: execution.id, worker_id: worker.id },
      },
    ])
  })

  test('and is canceling already stays as it is', async () => {
    const worker = await given.worker(api.db)
    const execution = await given.execution(api.db, { status: 'running', worker: worker.id })
    await cancel(execution.id)
    const before = await read(execution.id)

    const { status } = await cancel(execution.id)

    expect(status).toBe(200)
    expect(await read(execution.id)).toEqual(before)
    expect(await said('ExecutionCancelRequested', execution.id)).toHaveLength(1)
  })

  test('is cancelled by the sweep when its worker is lost, and not abandoned', async () => {
    const worker = await given.worker(api.db)
    const execution = await given.execution(api.db, {
      status: 'running',
      worker: worker.id,
      max_retries: 1,
      lease_expires_at: new Date(Date.now() - 60_000).toISOString(),
    })
    await cancel(execution.id)

    expect(await api.db.transaction((tx) => cancelExpired(tx, 10))).toBe(1)

    expect(await read(execution.id)).toMatchObject({
      status: 'cancelled',
      lease_expires_at: null,
      result: { error: 'Execution cancelled by user', recorded_by: 'lease_sweep' },
    })
    expect(await said('ExecutionCompleted', execution.id)).toHaveLength(1)
  })
})

test.each(['completed', 'failed', 'cancelled', 'timeout', 'abandoned'])(
  'an execution that has ended as %s is refused',
  async (status) => {
    const execution = await given.execution(api.db, { status })

    const answer = await cancel(execution.id)

    expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
    expect(answer.body.error).toContain(`has ended as ${status}`)
    expect(await read(execution.id)).toEqual(execution)
  },
)

test('an execution that is not there is not found', async () => {
  expect(await cancel(9_000_000)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test('whatever its end is, an execution that somebody cancelled is not tried again', async () => {
  const worker = await given.worker(api.db)
  const execution = await given.execution(api.db, { status: 'running', worker: worker.id, max_retries: 3 })
  await cancel(execution.id)
  await api.db.run(sql`update execution set status = 'failed' where id = ${execution.id}`)
  const completed = {
    execution_id: execution.id,
    action_id: 0,
    action_ref: execution.action_ref,
    status: 'failed',
    completed_at: execution.updated,
  }

  await api.db.transaction((tx) => resultsToNext(tx, [completed]))

  expect(await api.db.many(sql`select from execution where original_execution = ${execution.id}`)).toEqual([])
})

test('the audit trail says who wanted it', async () => {
  const execution = await given.execution(api.db)

  await cancel(execution.id)

  expect(
    await api.db.many(sql`select event_type, outcome, actor_login, actor_token_type, details
      from audit_event where resource_type = 'execution' and resource_id = ${execution.id}`),
  ).toEqual([
    {
      event_type: 'execution.cancel_requested',
      outcome: 'success',
      actor_login: expect.stringMatching(/^user_/),
      actor_token_type: 'access',
      details: { previous_status: 'requested', worker: null },
    },
  ])
})

describe('permission', () => {
  test('is needed', async () => {
    const execution = await given.execution(api.db)

    expect((await cancel(execution.id, await api.token('executions:read'))).status).toBe(403)
    expect(await read(execution.id)).toMatchObject({ status: 'requested' })
  })

  test('an execution cancels what it caused, at any depth, and nothing else', async () => {
    const bearer = await given.execution(api.db, { status: 'running' })
    const child = await given.execution(api.db, { parent: bearer.id })
    const grandchild = await given.execution(api.db, { parent: child.id })
    const stranger = await given.execution(api.db)
    const own = await api.executionToken(bearer)

    const answers = []
    for (const { id } of [grandchild, child, stranger, bearer]) answers.push((await cancel(id, own)).status)

    expect(answers).toEqual([200, 200, 403, 403])
    expect(await read(child.id)).toMatchObject({ cancel_requested_by: `execution:${bearer.id}` })
  })

  test('a sensor has none', async () => {
    const execution = await given.execution(api.db)

    expect((await cancel(execution.id, await api.sensorToken('a.b', []))).status).toBe(403)
  })
})
