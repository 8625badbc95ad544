import type { Posted } from './api-load.ts'
import type { TableSize } from './backlog.ts'
import type { TransportName } from './options.ts'
import { percentile } from './percentile.ts'
import type { Figures } from './report.ts'
import {
  afterWarmUp,
  BACKLOG_BOUND,
  type Finding,
  MEMORY_BOUND,
  type Sample,
  total,
  type Verdict,
} from './soak-verdict.ts'

export type SoakFigures = {
  machine: Figures['machine']
  transports: {
    transport: TransportName
    rate: number
    posted: Posted
    samples: Sample[]
    tables: TableSize[]
    verdict: Verdict
  }[]
}

export function soakTable({ machine, transports }: SoakFigures): string {
  const { cores, model, memory_gib, node } = machine
  const lines = [`${cores} cores (${model}), ${memory_gib} GiB, Node ${node}`]
  return [...lines, ...transports.flatMap(section)].join('\n')
}

function section(it: SoakFigures['transports'][number]): string[] {
  const { transport, rate, posted, samples, verdict } = it
  return [
    '',
    `## ${transport}: ${rate} events/s, ${posted.accepted} accepted, ${verdict.refused} refused, ${verdict.unfinished} without an end: ${verdict.passed ? 'passed' : 'FAILED'}`,
    '',
    `Trends of ${verdict.samples} samples after the warm-up, with twice their standard error; flat is ${MEMORY_BOUND} MB/h, and for the backlog ${BACKLOG_BOUND * 100} % of the load, or less. Less than ten minutes of samples tell nothing.`,
    '',
    '| process | RSS, MB | RSS, MB/h | | heap, MB | heap, MB/h | |',
    '|---|---|---|---|---|---|---|',
    ...Object.entries(verdict.rss).map(
      ([name, rss]) => `| ${name} | ${cells(rss)} | ${cells(verdict.heap[name])} |`,
    ),
    '',
    '| | rows | rows/s | |',
    '|---|---|---|---|',
    `| backlog | ${cells(verdict.backlog)} |`,
    '',
    ...course(samples),
    '',
    '| table | MB | rows | dead rows |',
    '|---|---|---|---|',
    ...it.tables.map(
      ({ name, megabytes, rows, dead }) => `| ${name} | ${megabytes.toFixed(1)} | ${rows} | ${dead} |`,
    ),
  ]
}

function cells(finding: Finding | undefined): string {
  if (finding === undefined) return ' | |'
  const { last, slope, error, judgement } = finding
  const margin = Number.isFinite(error) ? (2 * error).toFixed(1) : '∞'
  return `${last.toFixed(0)} | ${slope.toFixed(1)} ± ${margin} | ${judgement}`
}

const PARTS = 4

/** The run in a few parts: whether latency and rates stay where they are. */
function course(samples: readonly Sample[]): string[] {
  const warm = afterWarmUp(samples)
  const size = Math.max(1, Math.ceil(warm.length / PARTS))
  const parts = Array.from({ length: Math.ceil(warm.length / size) }, (_, n) =>
    warm.slice(n * size, (n + 1) * size),
  )
  return [
    '| until, s | ended/s | p50, ms | p99, ms | backlog, rows | dead rows | tables, MB |',
    '|---|---|---|---|---|---|---|',
    ...parts.map((part) => {
      const middle = (of: (sample: Sample) => number) =>
        percentile(
          part.map(of).filter((value) => !Number.isNaN(value)),
          0.5,
        )
      const values = [
        part.at(-1)?.seconds ?? 0,
        middle((it) => it.ended_per_second),
        middle((it) => it.p50_ms),
        middle((it) => it.p99_ms),
        middle((it) => total(it.backlog)),
        middle((it) => it.dead_rows),
        middle((it) => it.megabytes),
      ]
      return `| ${values.map((value) => value.toFixed(0)).join(' | ')} |`
    }),
  ]
}
