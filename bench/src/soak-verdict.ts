import type { Backlog } from './backlog.ts'
import type { Memory } from './spawner-memory.ts'
import { type Judgement, judge, type Point, type Trend, trendOf } from './trend.ts'

/** What is seen every ten seconds. */
export type Sample = {
  /** Since the load began. */
  seconds: number
  memory: Record<string, Memory>
  backlog: Backlog
  dead_rows: number
  /** Of the tables of the flow, with their indexes. */
  megabytes: number
  ended_per_second: number
  /** From the event to its recorded end, for what ended since the last sample; NaN when nothing did. */
  p50_ms: number
  p99_ms: number
}

/** A process may grow by so much an hour and count as flat: a day of it is less than half of a role's budget. */
export const MEMORY_BOUND = 5 // MB/h
/** The backlog may grow by this share of the events that come in. */
export const BACKLOG_BOUND = 0.01
/** Until then pools fill, code is compiled and the heap finds its size; a fifth of a short run. */
const WARM_UP_SECONDS = 300
/** Less than this does not tell growth from warming up. */
const TELLING_SECONDS = 600

export type Finding = Trend & { judgement: Judgement; last: number }

export type Verdict = {
  /** Samples that the trends are made from: those after the warm-up. */
  samples: number
  /** Megabytes, and megabytes an hour. */
  rss: Record<string, Finding>
  heap: Record<string, Finding>
  /** Rows, and rows a second. */
  backlog: Finding
  /** Accepted events that had no ended execution a minute after the load was over. */
  unfinished: number
  refused: number
  /** Nothing is seen to grow, and nothing was lost or refused. */
  passed: boolean
}

export function verdictOf(
  samples: readonly Sample[],
  run: { rate: number; unfinished: number; refused: number },
): Verdict {
  const warm = afterWarmUp(samples)
  const names = Object.keys(warm.at(-1)?.memory ?? {})
  const rss = Object.fromEntries(names.map((name) => [name, growth(warm, (memory) => memory[name]?.rss)]))
  const heaps = names.filter((name) => warm.at(-1)?.memory[name]?.heap !== undefined)
  const heap = Object.fromEntries(heaps.map((name) => [name, growth(warm, (memory) => memory[name]?.heap)]))
  const backlog = finding(
    warm.map((sample) => ({ x: sample.seconds, y: total(sample.backlog) })),
    { bound: run.rate * BACKLOG_BOUND, telling: isTelling(warm) },
  )
  const grows = [...Object.values(rss), ...Object.values(heap), backlog].some(
    ({ judgement }) => judgement === 'grows',
  )
  const passed = !grows && run.unfinished === 0 && run.refused === 0
  return {
    samples: warm.length,
    rss,
    heap,
    backlog,
    unfinished: run.unfinished,
    refused: run.refused,
    passed,
  }
}

export function afterWarmUp(samples: readonly Sample[]): readonly Sample[] {
  const warmUp = Math.min(WARM_UP_SECONDS, (samples.at(-1)?.seconds ?? 0) / 5)
  return samples.filter(({ seconds }) => seconds > warmUp)
}

function isTelling(samples: readonly Sample[]): boolean {
  return (samples.at(-1)?.seconds ?? 0) - (samples[0]?.seconds ?? 0) >= TELLING_SECONDS
}

export function total(backlog: Backlog): number {
  return Object.values(backlog).reduce((sum, rows) => sum + rows, 0)
}

function growth(samples: readonly Sample[], of: (memory: Sample['memory']) => number | undefined): Finding {
  const points = samples.flatMap(({ seconds, memory }) => {
    const bytes = of(memory)
    return bytes === undefined ? [] : [{ x: seconds / 3600, y: bytes / 1e6 }]
  })
  return finding(points, { bound: MEMORY_BOUND, telling: isTelling(samples) })
}

function finding(points: readonly Point[], { bound, telling }: { bound: number; telling: boolean }): Finding {
  const trend = trendOf(points)
  return { ...trend, judgement: telling ? judge(trend, bound) : 'unclear', last: points.at(-1)?.y ?? 0 }
}
