import { afterEach, expect, test } from 'vitest'
import { type Api, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

const queue = {
  name: 'attune.events.queue',
  service: 'sensor',
  delivery: 'shared',
  bindings: [{ exchange: 'attune.events', key: 'event.created', type: 'EventCreated' }],
  depth: 3,
  consumers: 0,
  oldest_waiting_at: '2031-05-06T07:08:09.123456Z',
}
const problem = {
  object: 'attune.events.queue',
  kind: 'no_consumer',
  problem: '3 messages wait in attune.events.queue and nobody reads it.',
  remedy: 'Start a process with the role sensor.',
  seen_by: ['alpha (api)'],
}
const processes = [
  { instance: 'i', host: 'alpha', roles: ['api'], checked_at: '2031-05-06T07:08:09Z', problems: 1 },
]

async function run(problems: object[], ...args: string[]): ReturnType<typeof cli> {
  const data = { transport: 'rabbitmq', queues: [queue], processes, problems }
  api = await startApi({ 'GET /api/v1/topology': () => ({ body: { data } }) })
  return cli(['topology', ...args], session(api.url))
}

test('a topology that is well is a table of queues and ends with 0', async () => {
  const { code, stdout } = await run([])

  expect(code).toBe(0)
  expect(stdout).toContain(
    'attune.events.queue  sensor   0          3        2031-05-06 07:08:09 UTC  attune.events event.created',
  )
  expect(stdout).toContain('1 process looks and nothing is wrong.')
})

test('a problem is printed with its remedy, and the process ends with 1', async () => {
  const { code, stdout } = await run([problem])

  expect(code).toBe(1)
  expect(stdout).toContain(problem.problem)
  expect(stdout).toContain(problem.remedy)
  expect(stdout).toContain('alpha (api)')
})

test('json is what the server sent, and quiet the objects at fault', async () => {
  const json = await run([problem], '-j')
  await api.close()
  const quiet = await run([problem], '-q')

  expect(JSON.parse(json.stdout)).toMatchObject({ transport: 'rabbitmq', problems: [problem] })
  expect(quiet).toMatchObject({ code: 1, stdout: 'attune.events.queue\n' })
})
