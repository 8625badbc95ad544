import { expect, test } from 'vitest'
import { keysOf, type LoginSource } from './limit.ts'

const trier: LoginSource = { provider: 'local', login: 'Ada', client_ip: '192.0.2.7' }

test('a login is the same in any spelling of its letters', () => {
  expect(keysOf({ ...trier, login: 'ADA' })).toEqual(keysOf({ ...trier, login: 'ａda' }))
})

test('no two limits share a key, and no key holds the login', () => {
  const keys = Object.values(keysOf(trier)).map((key) => key.toString('latin1'))
  expect(new Set(keys).size).toBe(4)
  expect(keys.join()).not.toContain('ada')
})
