import { afterEach, expect, test } from 'vitest'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, args: string[]): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['sensor', 'tokens', ...args], session(api.url))
}

const token = {
  id: 4,
  sensor_ref: 'demo.watch',
  made_by: 'person',
  worker_name: null,
  requested_by: 7,
  requested_by_login: 'ada',
  trigger_types: null,
  created: '2031-05-06T07:08:09Z',
  renewed_at: null,
  expires_at: '2031-05-07T07:08:09Z',
}
const page = { page: 1, page_size: 100, total_items: 1, total_pages: 1, has_previous: false, has_next: false }

test('the tokens of a sensor are listed with who made them', async () => {
  const routes = {
    'GET /api/v1/sensors/demo.watch/tokens': () => ({
      status: 200,
      body: { data: [token], pagination: page },
    }),
  }

  const { code, stdout } = await run(routes, ['demo.watch'])

  expect(code).toBe(0)
  expect(stdout).toMatch(/^4 +person ada +2031-05-06 07:08:09 UTC +2031-05-07 07:08:09 UTC/m)
})

test('a token of a sensor is ended by its id', async () => {
  const what = 'DELETE /api/v1/sensors/demo.watch/tokens/4'
  const done = { success: true, message: "Token 4 of the sensor 'demo.watch' is ended." }

  const { code, stdout } = await run({ [what]: () => ({ status: 200, body: { data: done } }) }, [
    'revoke',
    'demo.watch',
    '4',
  ])

  expect([code, stdout]).toEqual([0, `✓ ${done.message}\n`])
  expect(api.received.map(({ method, path }) => `${method} ${path}`)).toEqual([what])
})
