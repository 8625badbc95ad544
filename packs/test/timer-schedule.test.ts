import { expect, test } from 'vitest'
import { intervalGrid } from '../core/sensors/timer/interval.mjs'
import { policyOf, ticksOf } from '../core/sensors/timer/schedule.mjs'

/** The grid of all: 1000 + k · 20 s. */
const start = 1000
const interval = 20_000
const grid = intervalGrid(start, interval)
const instant = (number: number) => start + number * interval

test.each([
  [start - 5000, instant(1), undefined],
  [start, instant(1), undefined],
  [instant(1) - 1, instant(1), undefined],
  [instant(1), instant(2), instant(1)],
  [instant(1) + 1, instant(2), instant(1)],
  [instant(1_000_000) + 7, instant(1_000_001), instant(1_000_000)],
])('a grid at %i: next and latest instant', (now, next, latest) => {
  expect(grid.next(now)).toBe(next)
  expect(grid.latest(now)).toBe(latest)
})

type Missed = 'none' | 'last' | 'all'
const seen = (missed: Missed, [since, now]: readonly [number, number], limit = 100) =>
  ticksOf(grid, { since, now }, { missed, limit }).map(({ at, late, missed: left }) => [
    (at - start) / interval,
    late,
    left,
  ])

test.each([
  ['nothing is due', 'last', [start, instant(1) - 1], []],
  ['on time', 'last', [start, instant(1)], [[1, false, 0]]],
  ['a little late', 'none', [start, instant(1) + 1500], [[1, false, 0]]],
  ['seen once already', 'last', [instant(1), instant(1) + 5], []],
  ['one missed, last', 'last', [start, instant(1) + 8000], [[1, true, 0]]],
  ['one missed, none', 'none', [start, instant(1) + 8000], []],
  ['one missed, all', 'all', [start, instant(1) + 8000], [[1, true, 0]]],
  ['three missed, last', 'last', [start, instant(3) + 8000], [[3, true, 2]]],
  ['three missed, none', 'none', [start, instant(3) + 8000], []],
  ['two missed and one due, none', 'none', [start, instant(3)], [[3, false, 2]]],
  ['two missed and one due, last', 'last', [start, instant(3)], [[3, false, 2]]],
  [
    'two missed and one due, all',
    'all',
    [start, instant(3)],
    [
      [1, true, 0],
      [2, true, 0],
      [3, false, 0],
    ],
  ],
  ['counted from the last one that was told', 'last', [instant(7), instant(9) + 3000], [[9, true, 1]]],
] as const)('%s', (_, missed, between, ticks) => {
  expect(seen(missed, between)).toEqual(ticks)
})

test('all is all up to a limit: the newest, with the others on record', () => {
  const ticks = seen('all', [start, instant(1_000_000) + 9000], 3)

  expect(ticks).toEqual([
    [999_998, true, 999_997],
    [999_999, true, 0],
    [1_000_000, true, 0],
  ])
})

/** A process lives for `every` seconds, is away for four, and the next one knows what the platform kept. */
function restarted(every: number, missed: Missed): { told: number[]; left: number } {
  const told: number[] = []
  let left = 0
  const look = (now: number) => {
    for (const tick of ticksOf(grid, { since: told.at(-1) ?? start, now }, { missed, limit: 100 })) {
      told.push(tick.at)
      left += tick.missed
    }
  }
  for (let born = start; born < instant(60); born += (every + 4) * 1000)
    for (let now = born; now < born + every * 1000; now += 50) look(now)
  return { told, left }
}

test.each(
  [10, 12, 19, 20, 21, 59, 61].flatMap((every) =>
    (['none', 'last', 'all'] as const).map((missed) => [every, missed] as const),
  ),
)('restarted every %i s, a clock of 20 s has each instant once, or on record: %s', (every, missed) => {
  const { told, left } = restarted(every, missed)

  expect(new Set(told).size).toBe(told.length)
  expect(told.length + left).toBe(grid.count(start, told.at(-1) ?? start))
  if (missed !== 'none') expect(told.length + left).toBeGreaterThan(50)
  if (missed === 'all') expect(left).toBe(0)
})

test.each([
  [{}, { missed: 'last', limit: 100 }],
  [{ missed: 'none' }, { missed: 'none', limit: 100 }],
  [
    { missed: 'all', missed_limit: 5 },
    { missed: 'all', limit: 5 },
  ],
  [
    { missed: null, missed_limit: null },
    { missed: 'last', limit: 100 },
  ],
])('the policy of %j', (params, policy) => {
  expect(policyOf(params)).toEqual(policy)
})

test.each([
  { missed: 'some' },
  { missed: 1 },
  { missed_limit: 0 },
  { missed_limit: 1.5 },
  { missed_limit: 5000 },
])('the policy of %j is refused', (params) => {
  expect(() => policyOf(params)).toThrow(/must be/)
})
