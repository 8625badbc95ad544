import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../json.ts'
import { createCipher } from './cipher.ts'

const first = 'the first key of thirty-two characters'
const second = 'the second key of thirty-two characters'

test('what is encrypted comes back as it was', () => {
  const cipher = createCipher(first)

  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), (text) => {
      const value = JSON.parse(text) as Json
      expect(cipher.decrypt(cipher.encrypt(value), cipher.key_hash)).toEqual(value)
    }),
  )
})

test('one value is never encrypted to the same text twice', () => {
  const cipher = createCipher(first)

  expect(cipher.encrypt('secret')).not.toBe(cipher.encrypt('secret'))
})

test('a previous key decrypts, the current one encrypts', () => {
  const before = createCipher(first)
  const after = createCipher(second, [first])
  const old = before.encrypt('secret')

  expect(after.decrypt(old, before.key_hash)).toBe('secret')
  expect(after.decrypt(old, null)).toBe('secret')
  expect(after.previous_hashes).toEqual([before.key_hash])
  expect(createCipher(second).decrypt(after.encrypt('new'), after.key_hash)).toBe('new')
})

test('the current key among the previous ones changes nothing', () => {
  const cipher = createCipher(first, [first, second])

  expect(cipher.previous_hashes).toEqual([createCipher(second).key_hash])
})

test('without its key a value is refused, and so is one that was tampered with', () => {
  const cipher = createCipher(first)
  const encrypted = cipher.encrypt('secret')
  const bytes = Buffer.from(encrypted, 'base64')
  bytes[14] = (bytes[14] ?? 0) ^ 1

  expect(() => createCipher(second).decrypt(encrypted, cipher.key_hash)).toThrow(/previous_encryption_keys/)
  expect(() => cipher.decrypt(bytes.toString('base64'), cipher.key_hash)).toThrow(/damaged/)
  expect(() => cipher.decrypt('', cipher.key_hash)).toThrow(/damaged/)
})
