import { expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { preview } from './preview.ts'

test.each<[string, Json, Json]>([
  ['a scalar', 5, 5],
  ['a short text', 'abc', 'abc'],
  ['a long text, cut', 'x'.repeat(30), `${'x'.repeat(20)}…`],
  ['a small container as it is', { a: [1] }, { a: [1] }],
  ['a large array as the beginning of its JSON', Array(99).fill(true), '[true,true,true,true…'],
  ['a large object likewise', { 'k"': { n: null, s: 'y'.repeat(99) } }, '{"k\\"":{"n":null,"s"…'],
  ['a text without cutting a character in two', `${'x'.repeat(19)}😀😀`, `${'x'.repeat(19)}…`],
])('a preview shows %s', (_name, value, expected) => {
  expect(preview(value, 20)).toEqual(expected)
})

test('a preview of a deep or endless looking value is short and quick', () => {
  let value: Json = 1
  for (let i = 0; i < 20_000; i += 1) value = [value, 'x']
  expect(JSON.stringify(preview(value)).length).toBeLessThan(250)
})
