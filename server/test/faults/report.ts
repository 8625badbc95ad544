import type { ViolationKind } from './auditor.ts'
import { allKinds, faultKinds, type FaultKind, told, type TransportName } from './plan.ts'
import type { SeedResult } from './seed.ts'

/** A seed in a file: enough for the table. */
export type Outcome = {
  transport: TransportName
  seed: number
  faults: FaultKind[]
  violations: { kind: ViolationKind; what: string }[]
  recovery_ms: number
  events: number
  executions: number
}

export function outcomeOf({ plan, injected, violations, recovery_ms, counts }: SeedResult): Outcome {
  return {
    transport: plan.transport,
    seed: plan.seed,
    faults: injected.map(({ kind }) => kind),
    violations,
    recovery_ms,
    events: counts.events,
    executions: counts.executions,
  }
}

/** Violations of a seed that are printed; there are often hundreds of the same kind. */
const SHOWN = 12

/** A seed as lines for a person. */
export function linesOf({
  plan,
  injected,
  violations,
  recovery_ms,
  counts,
  notes,
  folder,
}: SeedResult): string {
  const verdict = violations.length === 0 ? 'ok' : `${violations.length} VIOLATIONS`
  const { events, enforcements, executions, retries, cancelled } = counts
  return [
    `seed ${plan.seed} ${plan.transport}: ${verdict}; ${events} events, ${enforcements} enforcements, ${executions} executions (${retries} retries), ${cancelled} cancelled; at rest after ${recovery_ms} ms`,
    `  ${injected.map(told).join(' ')}`,
    ...notes.map((note) => `  note: ${note}`),
    ...violations.slice(0, SHOWN).map(({ kind, what }) => `  ${kind}: ${what}`),
    ...(violations.length > SHOWN ? [`  … and ${violations.length - SHOWN} more`] : []),
    ...(violations.length > 0 ? [`  logs: ${folder}`] : []),
  ].join('\n')
}

/** What is lost, doubled, stuck or changed after its end; the rest is counted with what it resembles. */
const resembles: Readonly<Record<ViolationKind, 'lost' | 'doubled' | 'stuck' | 'changed_after_end'>> = {
  lost: 'lost',
  doubled: 'doubled',
  stuck: 'stuck',
  changed_after_end: 'changed_after_end',
  dead_lettered: 'lost',
  disagreed: 'doubled',
  crashed: 'stuck',
}

function totals(outcomes: readonly Outcome[]) {
  const counts = { lost: 0, doubled: 0, stuck: 0, changed_after_end: 0 }
  for (const { violations } of outcomes) for (const { kind } of violations) counts[resembles[kind]] += 1
  return { seeds: outcomes.length, injected: outcomes.flatMap(({ faults }) => faults).length, ...counts }
}

export function lastLine(outcomes: readonly Outcome[]): string {
  const { seeds, injected, lost, doubled, stuck, changed_after_end } = totals(outcomes)
  return `seeds ${seeds}, faults injected ${injected}, lost ${lost}, doubled ${doubled}, stuck ${stuck}, changed after end ${changed_after_end}`
}

/** The page of results. A seed with several kinds of faults counts for each of them. */
export function page(outcomes: readonly Outcome[], command: string): string {
  const transports = [...new Set(outcomes.map(({ transport }) => transport))]
  return [
    '# What the flow survives',
    '',
    `<!-- Written by \`${command}\`. -->`,
    '',
    'The real program runs as seven processes under load while faults are done to it. Afterwards the rows, the history and a log that the actions write themselves are compared with what was accepted: every event decided, every matching rule one enforcement, every enforcement one execution, every execution one end, nothing run twice, no message left. A seed decides which faults happen to what and when; the same seed makes the same plan.',
    '',
    'A seed has several faults and counts in the line of each. Recovery is the time from the last fault and the last event until nothing was left to do.',
    ...transports.flatMap((transport) => section(outcomes.filter((one) => one.transport === transport))),
    '',
  ].join('\n')
}

function section(outcomes: readonly Outcome[]): string[] {
  const seeds = outcomes.map(({ seed }) => seed)
  const [first] = outcomes
  const events = outcomes.reduce((sum, one) => sum + one.events, 0)
  const executions = outcomes.reduce((sum, one) => sum + one.executions, 0)
  return [
    '',
    `## ${first?.transport ?? ''}`,
    '',
    `Seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}: ${events} events, ${executions} executions. In all: ${lastLine(outcomes)}.`,
    '',
    '| fault | | seeds | injected | lost | doubled | stuck | changed after end | recovery p50 | max |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...allKinds.flatMap((kind) =>
      row(
        kind,
        outcomes.filter(({ faults }) => faults.includes(kind)),
      ),
    ),
  ]
}

function row(kind: FaultKind, outcomes: readonly Outcome[]): string[] {
  if (outcomes.length === 0) return []
  const { seeds, lost, doubled, stuck, changed_after_end } = totals(outcomes)
  const injected = outcomes.flatMap(({ faults }) => faults).filter((one) => one === kind).length
  const times = outcomes.map(({ recovery_ms }) => recovery_ms).sort((a, b) => a - b)
  const cells = [
    `\`${kind}\``,
    faultKinds[kind].says,
    seeds,
    injected,
    lost,
    doubled,
    stuck,
    changed_after_end,
    seconds(times[Math.floor((times.length - 1) / 2)]),
    seconds(times.at(-1)),
  ]
  return [`| ${cells.join(' | ')} |`]
}

const seconds = (ms: number | undefined) => `${((ms ?? 0) / 1000).toFixed(1)} s`
