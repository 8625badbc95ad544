import { expect, test } from 'vitest'
import { uidsIn } from './living.ts'
import { parseRunAs } from './setting.ts'
import { automaticSpace, blockOf, blocksFor, spaceOf } from './space.ts'

test.each([
  ['auto', { kind: 'auto' }],
  ['self', { kind: 'self' }],
  ['attune', { kind: 'user', name: 'attune' }],
  ['1000', { kind: 'user', name: '1000' }],
  ['70000-70999', { kind: 'range', from: 70_000, to: 70_999 }],
])('run_as: %s is understood', (text, meant) => {
  expect(parseRunAs(text)).toEqual(meant)
})

test.each(['', 'root', '0', '0-10', '20-10', '-1', 'a b', '-u', '5000000000', '1-5000000000', '1-2-3'])(
  'run_as: %s is refused',
  (text) => {
    expect(parseRunAs(text)).toBeUndefined()
  },
)

test('no two blocks of a space share a number', () => {
  const space = spaceOf(70_000, 70_999)
  const all = [...blocksFor(space, 'any')].flatMap((index) => blockOf(space, index))

  expect(new Set(all).size).toBe(all.length)
  expect(Math.min(...all)).toBe(70_000)
  expect(Math.max(...all)).toBe(70_999)
})

test('a range of one number is a space', () => {
  expect(blockOf(spaceOf(70_000, 70_000), 0)).toEqual([70_000])
})

test.each([
  ['everything', '0 0 4294967295', 2_000_000_000],
  ['65536 numbers', '0 100000 65536', 61_184],
  ['root alone', '0 1000 1', undefined],
])('a user namespace with %s gets numbers that it has', (_, map, from) => {
  expect(automaticSpace(`${map}\n`)?.from).toBe(from)
})

test('a process counts for every account that it runs as, and the dead for none', () => {
  expect(uidsIn('State:\tS (sleeping)\nUid:\t5\t6\t0\t6\n')).toEqual([5, 6])
  expect(uidsIn('State:\tZ (zombie)\nUid:\t5\t5\t5\t5\n')).toEqual([])
})
