import { expect, test } from 'vitest'
import { afterWarmUp, type Sample, verdictOf } from './soak-verdict.ts'

const run = { rate: 100, unfinished: 0, refused: 0 }
const MB = 1e6

/** An hour of samples; what a process holds and what waits may depend on the time. */
function hour(
  at: { rss?: (seconds: number) => number; messages?: (seconds: number) => number } = {},
): Sample[] {
  return Array.from({ length: 360 }, (_, n) => {
    const seconds = (n + 1) * 10
    const rss = at.rss?.(seconds) ?? 80 * MB
    return {
      seconds,
      memory: { worker: { rss, heap: 20 * MB }, 'worker spawner': { rss: 45 * MB, heap: undefined } },
      backlog: { undecided: 0, created: 0, unplaced: 0, placed: 3, messages: at.messages?.(seconds) ?? 2 },
      dead_rows: 0,
      megabytes: 1,
      ended_per_second: 100,
      p50_ms: 20,
      p99_ms: 40,
    }
  })
}

test('what stays where it is passes', () => {
  const verdict = verdictOf(hour(), run)

  expect(verdict).toMatchObject({
    passed: true,
    rss: { worker: { judgement: 'flat', last: 80 }, 'worker spawner': { judgement: 'flat' } },
    backlog: { judgement: 'flat', last: 5 },
  })
  expect(Object.keys(verdict.heap)).toEqual(['worker'])
})

test('growth while warming up is no leak', () => {
  const warming = (seconds: number) => Math.min(80 * MB, 50 * MB + seconds * 0.1 * MB)

  expect(verdictOf(hour({ rss: warming }), run).passed).toBe(true)
})

test('memory that grows is told in megabytes an hour', () => {
  const verdict = verdictOf(hour({ rss: (seconds) => 80 * MB + (seconds / 3600) * 30 * MB }), run)

  expect(verdict.rss['worker']?.slope).toBeCloseTo(30)
  expect(verdict.rss['worker']?.judgement).toBe('grows')
  expect(verdict.passed).toBe(false)
})

test('a backlog that grows is told in rows a second', () => {
  const verdict = verdictOf(hour({ messages: (seconds) => 2 * seconds }), run)

  expect(verdict.backlog.slope).toBeCloseTo(2)
  expect(verdict.passed).toBe(false)
})

test('an event without an end or a refused one fails the run', () => {
  expect(verdictOf(hour(), { ...run, unfinished: 1 }).passed).toBe(false)
  expect(verdictOf(hour(), { ...run, refused: 1 }).passed).toBe(false)
})

test('the first five minutes of a long run and the first fifth of a short one are left out', () => {
  expect(afterWarmUp(hour())[0]?.seconds).toBe(310)
  expect(afterWarmUp(hour().slice(0, 10))[0]?.seconds).toBe(30)
})

test('a few minutes tell nothing of growth', () => {
  const short = hour({ rss: (seconds) => seconds * MB, messages: (seconds) => seconds }).slice(0, 30)
  const verdict = verdictOf(short, run)

  expect(verdict.rss['worker']?.judgement).toBe('unclear')
  expect(verdict.backlog.judgement).toBe('unclear')
})
