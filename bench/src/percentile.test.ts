import { expect, test } from 'vitest'
import { percentile } from './percentile.ts'

const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)

test.each([
  [0, 1],
  [0.5, 51],
  [0.99, 100],
  [1, 100],
])('the share %d of the samples lies below its percentile', (share, value) => {
  expect(percentile(hundred, share)).toBe(value)
})

test('samples stay in their order, and none have no percentile', () => {
  const samples = [3, 1, 2]

  expect(percentile(samples, 0.5)).toBe(2)
  expect(samples).toEqual([3, 1, 2])
  expect(percentile([], 0.5)).toBeNaN()
})
