import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, args: string[], input = ''): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(args, { ...session(api.url), input })
}

const config = 'api/v1/triggers/demo.deployed/webhooks/config'

function configRoutes(shown: object): Routes {
  return {
    [`GET /${config}`]: () => ({ body: { data: shown } }),
    [`PUT /${config}`]: () => ({
      body: { data: { hmac: { enabled: true, preset: 'github', has_secret: true } } },
    }),
  }
}

test('a webhook is configured by a preset, and the rest of its configuration stays', async () => {
  const shown = { payload_size_limit_kb: 7, hmac: { enabled: true, algorithm: 'sha1', has_secret: true } }

  const args = ['--preset', 'github', '--secret-file', '-', '--keep-previous-secret']
  const ended = await run(configRoutes(shown), ['webhook', 'configure', 'demo.deployed', ...args], 'sesame\n')

  expect(ended.stdout).toMatch(/^Signature +github$/m)
  expect(ended.stdout).not.toContain('sesame')
  expect(api.received[1]?.body).toEqual({
    payload_size_limit_kb: 7,
    hmac: { enabled: true, preset: 'github', secret: 'sesame', keep_previous_secret: true },
  })
})

test.each([
  [['--envelope', 'never'], { envelope: 'never', hmac: { enabled: true, algorithm: 'sha1' } }],
  [
    ['--delivery-id-header', 'X-Id'],
    { delivery_id_header: 'X-Id', hmac: { enabled: true, algorithm: 'sha1' } },
  ],
  [
    ['--no-keep-previous-secret'],
    { hmac: { enabled: true, algorithm: 'sha1', keep_previous_secret: false } },
  ],
  [['--no-signature'], {}],
])('webhook configure %j changes that alone', async (args, body) => {
  const shown = { hmac: { enabled: true, algorithm: 'sha1', has_secret: true, has_previous_secret: true } }

  await run(configRoutes(shown), ['webhook', 'configure', 'demo.deployed', ...args])

  expect(api.received[1]?.body).toEqual(body)
})

test('deliveries of a webhook are listed with status and reason', async () => {
  const delivery = {
    id: 9,
    created: '2031-05-06T07:08:09.123456Z',
    status_code: 401,
    error_message: 'The signature is not that of the body.',
    event_id: null,
    duplicate: false,
    source_ip: '192.0.2.1',
  }
  const path = 'GET /api/v1/triggers/demo.deployed/webhooks/deliveries'

  const ended = await run({ [path]: () => listOf([delivery]) }, [
    'webhook',
    'deliveries',
    'demo.deployed',
    '--refused',
  ])

  expect(ended.stdout).toMatch(/9 +401 +192\.0\.2\.1 +The signature is not that of the body\./)
  expect(api.received[0]?.query).toMatchObject({ refused: 'true' })
})
