import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { fixture } from '../../test/fixture.ts'
import * as given from '../../test/given.ts'
import { wholeApi } from '../../test/whole-api.ts'

const api = await fixture(
  wholeApi({
    server: {
      port: 0,
      request_timeout: 1,
      refused_per_minute: 3,
      requests_per_minute: 20,
      trusted_proxies: ['127.0.0.1'],
    },
  }),
)

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

async function statusesOf(path: string, addresses: readonly string[]): Promise<number[]> {
  const statuses = []
  for (const address of addresses) statuses.push((await api.ask('GET', path, from(address))).status)
  return statuses
}

test('an address that keeps lacking credentials is turned away, also where it needs none, and others are not', async () => {
  expect(await statusesOf('/api/v1/rules', Array<string>(4).fill('192.0.2.1'))).toEqual([401, 401, 401, 429])

  const turned = await api.ask('GET', '/auth/settings', from('192.0.2.1'))
  expect(turned.status).toBe(429)
  expect(Number(turned.headers['retry-after'])).toBeGreaterThan(0)
  expect(JSON.parse(turned.text)).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(await statusesOf('/auth/settings', ['192.0.2.2'])).toEqual([200])
})

test('what others at the same address failed at keeps no probe, no valid token and no right key out', async () => {
  const address = { 'x-forwarded-for': '192.0.2.9' }
  const flood = Array<string>(8).fill('192.0.2.9')
  expect((await statusesOf('/api/v1/rules', flood)).slice(3)).toEqual(Array<number>(5).fill(429))
  const token = await api.tokenWith({ resource: 'rules', actions: ['read'] })
  await given.trigger(api.db, { webhook_enabled: true, webhook_key: 'a-good-key' })
  const asked = async (method: string, path: string, more: Record<string, string> = {}) => {
    const body = method === 'POST' ? { body: '{}' } : {}
    return (await api.ask(method, path, { headers: { ...address, ...more }, ...body })).status
  }

  for (const path of ['/health', '/health/live', '/health/ready', '/metrics'])
    expect(await asked('GET', path)).toBe(200)
  expect(await asked('GET', '/api/v1/rules', { authorization: `Bearer ${token}` })).toBe(200)
  expect(await asked('POST', '/api/v1/webhooks/a-good-key', { 'content-type': 'application/json' })).toBe(200)
  expect(await asked('POST', '/auth/refresh', { 'content-type': 'application/json' })).toBe(401)
})

test('a sensor is never turned away, and who is known is counted by name and not by address', async () => {
  const address = { 'x-forwarded-for': '192.0.2.10' }
  await statusesOf('/auth/settings', Array<string>(25).fill('192.0.2.10'))
  const ask = (token: string) =>
    api.ask('GET', '/api/v1/triggers/core.none/rules', {
      headers: { ...address, authorization: `Bearer ${token}` },
    })
  const many = async (token: string) =>
    new Set(await Promise.all(Array.from({ length: 30 }, async () => (await ask(token)).status)))
  const [ada, bob] = await Promise.all([
    api.tokenWith({ resource: 'triggers', actions: ['read'] }),
    api.tokenWith({ resource: 'triggers', actions: ['read'] }),
  ])
  const sensor = await api.sensorToken('core.timer', ['core.none'])

  await given.trigger(api.db, { webhook_enabled: true, webhook_key: 'another-good-key' })
  const called = { headers: { ...address, 'content-type': 'application/json' }, body: '{}' }
  expect((await api.ask('POST', '/api/v1/webhooks/another-good-key', called)).status).toBe(200)
  expect((await api.ask('POST', '/api/v1/webhooks/a-wrong-key', called)).status).toBe(429)
  expect((await many(ada)).has(429)).toBe(true)
  expect((await ask(bob)).status).not.toBe(429)
  expect((await many(sensor)).has(429)).toBe(false)
})

test('the addresses of one IPv6 network are one', async () => {
  const network = [1, 2, 3, 4].map((host) => `2001:db8:1:1::${host}`)
  expect(await statusesOf('/api/v1/rules', network)).toEqual([401, 401, 401, 429])
  expect(await statusesOf('/api/v1/rules', ['2001:db8:1:2::1'])).toEqual([401])
})

test('an address that asks too much is turned away', async () => {
  const statuses = await statusesOf('/auth/settings', Array<string>(21).fill('192.0.2.3'))
  expect(statuses).toEqual([...Array<number>(20).fill(200), 429])
})

test('a request that does not arrive in time is answered and its connection closed', async () => {
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.write(
    'POST /auth/login HTTP/1.1\r\nhost: attune\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
  )
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})
