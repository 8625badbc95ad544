import { expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { fixture } from '../../test/fixture.ts'
import { healthRoutes } from './health.ts'

let trouble: string | undefined
let hangs = false

const checks = {
  consumers: () => trouble,
  broker: async () => (hangs ? new Promise<undefined>(() => undefined) : undefined),
  worker: () => {
    if (trouble !== undefined) throw new Error('worker fell over')
    return undefined
  },
}
const api = await fixture(startApi(() => healthRoutes({ checks })))

test('a process that is well says so to everyone, in bare bodies', async () => {
  for (const path of ['/health', '/health/live', '/health/ready']) {
    expect(await api.call(`GET ${path}`)).toMatchObject({ status: 200, body: { status: 'ok' } })
  }
  expect((await api.call('GET /health/detailed')).body).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    database: 'connected',
  })
})

test('a process in trouble is not ready and names the reasons, but lives', async () => {
  trouble = 'No live consumer on attune.events.queue'

  expect(await api.call('GET /health/ready')).toMatchObject({
    status: 503,
    body: { status: 'not_ready', reasons: { consumers: trouble, worker: 'worker fell over' } },
  })
  expect(await api.call('GET /health/live')).toMatchObject({ status: 200 })
  trouble = undefined
})

test('a check that hangs makes the process not ready', async () => {
  hangs = true

  expect(await api.call('GET /health/ready')).toMatchObject({
    status: 503,
    body: { reasons: { broker: 'No answer within 3 s.' } },
  })
  hangs = false
})

test('a database that is away shows', async () => {
  await api.database.close()

  expect(await api.call('GET /health/ready')).toMatchObject({
    status: 503,
    body: { reasons: { database: expect.any(String) } },
  })
  expect(await api.call('GET /health/detailed')).toMatchObject({
    status: 503,
    body: { status: 'error', database: 'disconnected' },
  })
})
