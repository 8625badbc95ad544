import type { TransportName } from './options.ts'
import type { Goal } from './path-rate.ts'
import type { Figures } from './report.ts'

export type ScaleRow = {
  goal: Goal
  /** Of each role but the API. */
  processes: number
  events_per_second: number
  /** Events per second while latency was measured. */
  latency_at: number
  p50_ms: number
  p99_ms: number
}

export type ScaleFigures = Omit<Figures, 'transports'> & {
  transports: { transport: TransportName; by_hand_per_second: number; rows: ScaleRow[] }[]
}

export function scaleTable({ machine, quick, spawns_per_second: S, transports }: ScaleFigures): string {
  const { cores, model, memory_gib, node } = machine
  return [
    `${cores} cores (${model}), ${memory_gib} GiB, Node ${node}${quick ? '; quick run' : ''}`,
    '',
    `S, processes/s when Node spawns /bin/true: ${S.toFixed(0)}`,
    '',
    '| transport | event → | processes of each role | events/s | to one process | to P or S | at events/s | p50, ms | p99, ms |',
    '|---|---|---|---|---|---|---|---|---|',
    ...transports.flatMap(({ transport, by_hand_per_second: P, rows }) =>
      rows.map((row) => {
        const first = rows.find(({ goal }) => goal === row.goal) ?? row
        const limit = row.goal === 'scheduled' ? P : S
        const cells = [
          transport,
          row.goal,
          row.processes,
          row.events_per_second.toFixed(0),
          (row.events_per_second / first.events_per_second).toFixed(2),
          `${(row.events_per_second / limit).toFixed(2)} ${row.goal === 'scheduled' ? 'P' : 'S'}`,
          row.latency_at.toFixed(0),
          row.p50_ms.toFixed(1),
          row.p99_ms.toFixed(1),
        ]
        return `| ${cells.join(' | ')} |`
      }),
    ),
  ].join('\n')
}
