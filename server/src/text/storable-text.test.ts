import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storable as storableMessage } from '../messages/storable.ts'
import { renamed, storableKey, UNSTORABLE } from './storable-text.ts'

const keys = fc.uniqueArray(
  fc.oneof(
    fc
      .array(fc.constantFrom('\0', '\uD800', '\uD801', '\uDC00', 'a', '\uFFFD', '~2', '\\ud800', '\\u0000'))
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  ),
)

test('keys that cannot be stored stay apart, and those that can stay as they are', () => {
  fc.assert(
    fc.property(keys, (given) => {
      const members = given.map((key, index): [string, number] => [key, index])

      const after = renamed(members, storableKey)

      expect(new Set(after.map(([key]) => key)).size).toBe(given.length)
      expect(after.map(([, value]) => value)).toEqual(members.map(([, value]) => value))
      for (const [index, key] of given.entries()) {
        expect(after[index]?.[0]).not.toMatch(UNSTORABLE)
        if (!UNSTORABLE.test(key)) expect(after[index]?.[0]).toBe(key)
      }
    }),
  )
})

test.each([
  ['\uD800', '\\ud800'],
  ['a\0b', 'a\\u0000b'],
  ['\uDC00\uD800', '\\udc00\\ud800'],
  ['\uD83D\uDE00', '\uD83D\uDE00'],
  ['plain', 'plain'],
])('the key %j is stored as %j', (key, stored) => {
  expect(storableKey(key)).toBe(stored)
})

test('what another key stands for already is numbered', () => {
  const members: [string, number][] = [
    ['\uD800', 1],
    ['\\ud800', 2],
    ['\\ud800~2', 3],
  ]

  expect(Object.fromEntries(renamed(members, storableKey))).toEqual({
    '\\ud800~3': 1,
    '\\ud800': 2,
    '\\ud800~2': 3,
  })
})

test('a dead letter keeps every member of what it was about', () => {
  expect(storableMessage({ '\uD800': 1, '\uD801': 2, '\0': { '\uDC00': 3 } })).toEqual({
    '\\ud800': 1,
    '\\ud801': 2,
    '\\u0000': { '\\udc00': 3 },
  })
})
