import { cpus, totalmem } from 'node:os'
import type { Latency } from './latency.ts'
import type { TransportName } from './options.ts'
import type { PathRate } from './path-rate.ts'

export type TransportFigures = {
  transport: TransportName
  by_hand_per_second: number
  scheduled: PathRate
  ended: PathRate
  latency: Latency
}

export type Figures = {
  machine: { cores: number; model: string; memory_gib: number; node: string }
  quick: boolean
  spawns_per_second: number
  transports: TransportFigures[]
}

export function machineFacts(): Figures['machine'] {
  const [core] = cpus()
  return {
    cores: cpus().length,
    model: core?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
  }
}

/** The figures as one Markdown table: rates with their ratio to the limit that was measured in the same run. */
export function table({ machine, quick, spawns_per_second: S, transports }: Figures): string {
  const lines = [
    `${machine.cores} cores (${machine.model}), ${machine.memory_gib} GiB, Node ${machine.node}${quick ? '; quick run' : ''}`,
    '',
    `S, processes/s when Node spawns /bin/true: ${S.toFixed(0)}`,
    '',
    '| transport | P by hand, events/s | event → scheduled, events/s | ratio to P | event → ended, events/s | ratio to S | idle start p50 / p99, ms | idle end p50, ms | commits / event | WAL bytes / event |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...transports.map((it) => row(it, S)),
  ]
  return lines.join('\n')
}

function row(it: TransportFigures, S: number): string {
  const cells = [
    it.transport,
    it.by_hand_per_second.toFixed(0),
    it.scheduled.events_per_second.toFixed(0),
    it.scheduled.events_per_second / it.by_hand_per_second,
    it.ended.events_per_second.toFixed(0),
    it.ended.events_per_second / S,
    `${it.latency.p50_ms.toFixed(1)} / ${it.latency.p99_ms.toFixed(1)}`,
    it.latency.whole_p50_ms.toFixed(1),
    it.ended.commits_per_event,
    it.ended.wal_bytes_per_event.toFixed(0),
  ]
  return `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell)).join(' | ')} |`
}
