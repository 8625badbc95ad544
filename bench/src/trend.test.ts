import { expect, test } from 'vitest'
import { judge, type Point, trendOf } from './trend.ts'

const line = (slope: number, wobble = 0, count = 20): Point[] =>
  Array.from({ length: count }, (_, x) => ({ x, y: 7 + slope * x + (x % 2 === 0 ? wobble : -wobble) }))

test('the slope of a straight line is found exactly and without error', () => {
  const { slope, error } = trendOf(line(3))

  expect(slope).toBeCloseTo(3)
  expect(error).toBeCloseTo(0)
})

test('measurements that wobble leave the slope uncertain in proportion', () => {
  const [calm, wild] = [trendOf(line(3, 1)), trendOf(line(3, 10))]

  expect(Math.abs(calm.slope - 3)).toBeLessThanOrEqual(2 * calm.error)
  expect(wild.error / calm.error).toBeCloseTo(10)
})

test('nothing is known from two points, nor from many at one moment', () => {
  expect(trendOf(line(3, 0, 2)).error).toBe(Number.POSITIVE_INFINITY)
  expect(trendOf([1, 2, 3].map((y) => ({ x: 5, y }))).error).toBe(Number.POSITIVE_INFINITY)
})

test.each([
  ['well below the bound', { slope: 1, error: 0.5 }, 'flat'],
  ['shrinking', { slope: -50, error: 10 }, 'flat'],
  ['well above the bound', { slope: 20, error: 2 }, 'grows'],
  ['below the bound, but perhaps not', { slope: 4, error: 2 }, 'unclear'],
  ['above the bound, but perhaps not', { slope: 20, error: 10 }, 'unclear'],
  ['not known at all', { slope: 0, error: Number.POSITIVE_INFINITY }, 'unclear'],
] as const)('a trend %s is judged as such', (_, trend, judgement) => {
  expect(judge(trend, 5)).toBe(judgement)
})
