import { expect, test } from 'vitest'
import { keysOf, networkOf, type Trier } from './limit.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:0001:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('%s counts as %s', (client_ip, network) => {
  expect(networkOf(client_ip)).toBe(network)
})

const trier: Trier = { provider: 'local', login: 'Ada', client_ip: '192.0.2.7' }

test('a login is the same in any spelling of its letters', () => {
  expect(keysOf({ ...trier, login: 'ADA' })).toEqual(keysOf({ ...trier, login: 'ａda' }))
})

test('no two limits share a key, and no key holds the login', () => {
  const keys = Object.values(keysOf(trier)).map((key) => key.toString('latin1'))
  expect(new Set(keys).size).toBe(4)
  expect(keys.join()).not.toContain('ada')
})
