import { expect, test } from 'vitest'
import { excessOf } from './json-shape.ts'

const told = (text: string) => excessOf(Buffer.from(text))

test.each([
  ['an object', '{"a": [1, {"b": "c"}]}'],
  ['text that looks like fields', JSON.stringify({ a: '":,{[\\"'.repeat(100_000) })],
  ['escapes up to the end', '"\\\\'],
  ['nothing', ''],
  ['50 000 fields', `{${'"k":1,'.repeat(49_999)}"k":1}`],
])('%s is not too much', (_, text) => {
  expect(told(text)).toBeUndefined()
})

test.each([
  ['fields', `{${'"k":1,'.repeat(50_001)}"k":1}`],
  ['fields', `[${'{"k":1},'.repeat(50_001)}1]`],
  ['values', `[${'1,'.repeat(200_001)}1]`],
  ['values', '['.repeat(200_001)],
  ['values', `[${'{},'.repeat(150_000)}1]`],
])('too many %s are', (what, text) => {
  expect(told(text)).toContain(`too many ${what}`)
})
