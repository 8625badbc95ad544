import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { type WholeApi, wholeApi } from '../../test/whole-api.ts'

const api = await fixture(
  wholeApi({
    server: { port: 0, refused_per_minute: 1_000_000, max_connections_per_address: 60 },
  }),
)
const token = await api.tokenWith({ resource: 'rules', actions: ['read', 'create', 'update'] })

const json = { 'content-type': 'application/json' }

/** So many fields, none of which any route knows. */
function manyKeys(count: number): string {
  return `{${Array.from({ length: count }, (_, number) => `"k${number}":1`).join(',')}}`
}

/** The longest that the event loop did nothing else while `work` was under way. */
async function blockedMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  await work()
  clearInterval(timer)
  return longest
}

test('a body of 820 000 keys is refused without being read, and holds nobody up', async () => {
  const body = manyKeys(820_000)
  let answer: Awaited<ReturnType<WholeApi['ask']>> | undefined

  const blocked = await blockedMs(async () => {
    answer = await api.ask('POST', '/auth/login', { headers: json, body })
  })

  expect(answer?.status).toBe(413)
  expect(blocked).toBeLessThan(2000)
})

test.each([
  ['POST', '/auth/login'],
  ['POST', '/auth/refresh'],
  ['POST', '/auth/token-login'],
  ['POST', '/auth/register'],
  ['POST', '/auth/internal/sensor-token'],
])('%s %s takes 16 KiB of a stranger, also where they come in chunks', async (method, path) => {
  const body = JSON.stringify({ login: 'x'.repeat(20_000) })
  expect((await api.ask(method, path, { headers: json, body })).status).toBe(413)

  const socket = await dial()
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`)
  socket.write('transfer-encoding: chunked\r\n\r\n')
  for (let chunk = 0; chunk < 17; chunk += 1) socket.write(`400\r\n${' '.repeat(1024)}\r\n`)
  socket.write('0\r\n\r\n')
  expect(await head(socket)).toMatch(/^HTTP\/1\.1 413 /)
})

test('the body of a webhook without a right key is not read at all', async () => {
  const socket = await dial()
  socket.write('POST /api/v1/webhooks/nobodys HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n{')

  expect(await head(socket)).toMatch(/^HTTP\/1\.1 404 /)
})

test('no route reads no body', async () => {
  const socket = await dial()
  socket.write('POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n')
  socket.write('content-length: 9000000\r\n\r\n{')

  expect(await head(socket)).toMatch(/^HTTP\/1\.1 404 /)
})

test.each([
  ['fields', manyKeys(60_000)],
  ['values', `{"payload": [${'1,'.repeat(250_000)}1]}`],
  ['lists', `{"payload": [${'[],'.repeat(250_000)}1]}`],
])('of somebody who is known too many %s are refused before they are parsed', async (_, body) => {
  let status: number | undefined
  const blocked = await blockedMs(async () => {
    const headers = { ...json, authorization: `Bearer ${token}` }
    status = (await api.ask('POST', '/api/v1/rules/a.b/test', { headers, body })).status
  })

  expect(status).toBe(413)
  expect(blocked).toBeLessThan(2000)
})

test('the faults of a large body are not all looked for, and no answer lists many', async () => {
  const headers = { ...json, authorization: `Bearer ${token}` }
  const faults = async (keys: number) => {
    const { status, text } = await api.ask('POST', '/api/v1/rules', { headers, body: manyKeys(keys) })
    return { status, details: JSON.parse(text).details.length }
  }

  expect(await faults(1000)).toEqual({ status: 422, details: 50 })
  expect(await faults(40_000)).toEqual({ status: 422, details: 1 })
})

test('what is packed is not unpacked', async () => {
  const socket = await dial()
  const body = gzipSync('{"login": "a", "password": "b"}')
  socket.write(`POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`)
  socket.write(`content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`)
  socket.write(body)

  expect(await head(socket)).toMatch(/^HTTP\/1\.1 415 /)
})

test('one address keeps no more than its share of connections, and others are let in', async () => {
  const sockets = await Promise.all(Array.from({ length: 80 }, () => dial()))

  const open = () => sockets.filter(({ closed }) => !closed).length
  await eventually(open, (count) => count <= 60)

  for (const socket of sockets) socket.destroy()
  await eventually(
    () => api.ask('GET', '/health').catch(() => undefined),
    (answer) => answer?.status === 200,
  )
})

test('requests far ahead of their answers are refused', async () => {
  const socket = await dial()
  let answers = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answers += text))
  socket.write('GET /auth/settings HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(200))

  await once(socket, 'close')
  expect(answers).toMatch(/HTTP\/1\.1 429 /)
})

test('headers without end are refused', async () => {
  const socket = await dial()
  socket.write(`GET /health HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
  expect(await head(socket)).toMatch(/^HTTP\/1\.1 431 /)
})

test('a grown rule is still taken', async () => {
  const rule = await given.rule(api.db)
  const headers = { ...json, authorization: `Bearer ${token}` }
  const body = JSON.stringify({ description: 'x'.repeat(100_000) })
  const { status } = await api.ask('PUT', `/api/v1/rules/${rule.ref}`, { headers, body })

  expect(status).not.toBe(413)
})

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** What comes first. */
async function head(socket: Socket): Promise<string> {
  const [data] = await once(socket, 'data')
  socket.destroy()
  return String(data)
}
