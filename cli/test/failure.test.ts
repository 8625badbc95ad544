import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Api, type Reply, startApi } from './api-server.ts'
import { cli, session } from './cli.ts'

let api: Api | undefined

afterEach(() => api?.close())

async function askedFor(reply: Reply, ...flags: string[]): ReturnType<typeof cli> {
  api = await startApi({ 'GET /api/v1/rules/demo.a': () => reply })
  return cli(['rule', 'get', 'demo.a', ...flags], session(api.url))
}

const statuses = [
  [400, 'BAD_REQUEST', 6],
  [401, 'UNAUTHORIZED', 3],
  [403, 'FORBIDDEN', 4],
  [404, 'NOT_FOUND', 5],
  [409, 'CONFLICT', 6],
  [422, 'VALIDATION_ERROR', 6],
  [429, 'TOO_MANY_REQUESTS', 7],
] as const

test.each(statuses)('HTTP %i %s exits %i with the message of the server', async (status, code, exit) => {
  const ended = await askedFor({ status, body: { error: 'Words of the server.', code } }, '--output', 'json')

  expect(ended).toEqual({ code: exit, stdout: '', stderr: 'Error: Words of the server.\n' })
})

test('every detail of a refusal is a line under the error', async () => {
  const details = [
    { field: 'label', message: 'is too long' },
    { field: 'conditions.expression', message: 'does not parse' },
  ]

  const ended = await askedFor({
    status: 422,
    body: { error: 'Not valid.', code: 'VALIDATION_ERROR', details },
  })

  expect(ended.stderr).toBe(
    'Error: Not valid.\n  label: is too long\n  conditions.expression: does not parse\n',
  )
})

test('a server error names the request, so that its log line can be found', async () => {
  const ended = await askedFor({ status: 500, body: { error: 'Broken.', code: 'INTERNAL_SERVER_ERROR' } })

  expect(ended).toEqual({ code: 7, stdout: '', stderr: 'Error: Broken.\n  request id: req-1\n' })
})

test('an error cannot drive the terminal', async () => {
  const ended = await askedFor({
    status: 404,
    body: { error: 'No \u001b[2J\u0007rule\n', code: 'NOT_FOUND' },
  })

  expect(ended.stderr).toBe('Error: No \\x1b[2J\\x07rule\\n\n')
})

test('an answer that is not the API says so', async () => {
  const page = await askedFor({ body: '<html>hello</html>' })
  await api?.close()
  const otherShape = await askedFor({ body: { data: { ref: 'demo.a' } } })

  expect(page).toMatchObject({ code: 7, stdout: '' })
  expect(page.stderr).toContain('Is it the API of Attune?')
  expect(otherShape).toMatchObject({ code: 7, stdout: '' })
  expect(otherShape.stderr).toContain("'pack_ref'")
})

test('a redirect is named, not followed', async () => {
  const ended = await askedFor({ status: 308, headers: { location: 'https://elsewhere.example/' } })

  expect(ended.code).toBe(7)
  expect(ended.stderr).toContain('https://elsewhere.example/')
})

test('a server that is not there exits 7', async () => {
  const port = await freePort()

  const ended = await cli(['rule', 'list'], session(`http://127.0.0.1:${port}`))

  expect(ended.code).toBe(7)
  expect(ended.stderr).toContain('refused')
})

test.each([
  [['rule', 'get']],
  [['rule', 'lst']],
  [['rule']],
  [['rule', 'list', '--wrong']],
  [['rule', 'list', '--limit', '0']],
  [['rule', 'list', '--limit', '1001']],
  [['rule', 'list', '-j', '-y']],
  [['rule', 'list', '--output', 'xml']],
  [['rule', 'get', '..']],
  [['execution', 'get', '12x']],
  [['execution', 'list', '--status', 'done']],
  [['run', 'core.echo', '--param', 'novalue']],
  [['run', 'core.echo', '--params-json', '[1]']],
  [['event', 'emit', 'core.x', '--payload', '{']],
  [['event', 'emit', 'core.x', '--payload', '@/does/not/exist']],
  [['rule', 'list', '--api-url', 'ftp://x']],
])('%j is a usage error, and nothing is sent', async (args) => {
  api = await startApi({})

  const ended = await cli(args, session(api.url))

  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(api.received).toEqual([])
})

test('help and version exit 0', async () => {
  const help = await cli(['rule', '--help'])
  const version = await cli(['--version'])

  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help.stdout).toContain('create')
  expect(version).toMatchObject({ code: 0, stderr: '' })
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('--verbose names the requests and never the token', async () => {
  const ended = await askedFor({ status: 404, body: { error: 'No.', code: 'NOT_FOUND' } }, '-v')

  expect(ended.stderr).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/rules\/demo\.a 404 \d+ ms req-1$/m)
  expect(ended.stderr).not.toContain('token-1')
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address === null || typeof address === 'string' ? 0 : address.port))
    })
  })
}
