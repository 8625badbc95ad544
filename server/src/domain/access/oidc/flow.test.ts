import { expect, test } from 'vitest'
import { type Flow, isLocalPath, isLoopback, readFlow, writeFlow } from './flow.ts'

test.each(['/', '/rules', '/rules?page=2#x', '/a//b'])('%s is on our own pages', (path) => {
  expect(isLocalPath(path)).toBe(true)
})

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  '',
  'rules',
  '/a\nb',
  '/\t/evil.example',
  '/a\\b',
])('%j leads elsewhere', (path) => {
  expect(isLocalPath(path)).toBe(false)
})

test.each(['http://127.0.0.1:1234/callback?nonce=x', 'http://localhost:1/', 'http://[::1]:1234/callback'])(
  'at %s only this machine listens',
  (url) => {
    expect(isLoopback(url)).toBe(true)
  },
)

test.each([
  'https://127.0.0.1/',
  'http://127.0.0.1.evil.example/',
  'http://localhost@evil.example/',
  'http://user:pass@localhost/',
  'http://evil.example/#localhost',
  'http://0.0.0.0/',
  'http://192.168.0.1/',
  'javascript:alert(1)',
  'localhost:1',
  '',
])('at %j somebody else may listen', (url) => {
  expect(isLoopback(url)).toBe(false)
})

const flow: Flow = { state: 's', nonce: 'n', verifier: 'v' }

test('a flow survives the cookie', () => {
  const whole = { ...flow, redirect_to: '/rules', cli_redirect_uri: 'http://127.0.0.1:1/callback' }
  expect(readFlow(writeFlow(whole))).toEqual(whole)
})

test('a cookie that was tampered with is no flow', () => {
  expect(readFlow(undefined)).toBeUndefined()
  expect(readFlow('%%%')).toBeUndefined()
  expect(readFlow(writeFlow({ ...flow, redirect_to: '//evil.example' }))).toBeUndefined()
  expect(readFlow(writeFlow({ ...flow, cli_redirect_uri: 'http://evil.example/' }))).toBeUndefined()
})
