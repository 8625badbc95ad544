import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { secretFault } from './secret-strength.ts'

test.each([
  ['too short', 'x9$Kq2!m', 'must have 32 bytes or more'],
  ['one character', 'a'.repeat(64), 'repeats itself'],
  ['one piece again and again', 'k3J9x_'.repeat(8), 'repeats itself'],
  ['a sample', 'change-me-change-it-now-0123456789', 'is a sample that others know'],
  ['a sample with words around', 'your-256-bit-jwt_secret-goes-here-ok', 'is a sample that others know'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'is too easy to guess'],
  ['the digits', '01234567890123456789012345678901x', 'is too easy to guess'],
  ['few characters', 'abbaabababbbabaaabbabababaababbab', 'is too easy to guess'],
])('%s is refused', (_, secret, fault) => {
  expect(secretFault(secret)).toBe(fault)
})

test('random bytes are good, however they are written', () => {
  fc.assert(
    fc.property(fc.constantFrom('base64', 'base64url', 'hex'), (encoding) => {
      expect(secretFault(randomBytes(32).toString(encoding as 'hex'))).toBeUndefined()
    }),
  )
})

test('bytes count, not characters', () => {
  expect(secretFault('ключ-из-нескольких')).toBeUndefined() // 18 characters, 33 bytes
  expect(secretFault('ключ-из-нескол')).toBe('must have 32 bytes or more')
})
