import type { Id } from '../../../id.ts'
import type { RuleDecision } from '../../definition/matching/decision.ts'
import { requirementOf, type DemandingAction } from '../../flow/execution/requirement.ts'
import {
  type PlacementVerdict,
  placementVerdict,
  type Workforce,
} from '../../flow/execution/placement-verdict.ts'
import { isTerminal } from '../../flow/execution/status.ts'
import { type Unheard, wantsPlacement, whyEnforcement, whyExecution, whyUndecided } from './reasons.ts'
import type { CancelRow, EnforcementRow, EventRow, ExecutionRow, StepRow } from './rows.ts'
import type { Trace, TracedExecution, TracedLetter, WaitingMessage } from './trace.ts'

/** Rules, enforcements and executions of a trace together. */
const MAX_NODES = 1000

/** What was found. A section that the caller may not read is undefined. */
export type TraceRows = {
  asked: Trace['asked']
  /** From the execution that was asked for up to its root: never cut off. */
  path: readonly Id<'execution'>[]
  correlation_id: string | null
  now: string
  event: EventRow | undefined
  /** What was decided about rules that the caller may know. */
  decisions: readonly RuleDecision[]
  enforcements: readonly EnforcementRow[] | undefined
  executions: readonly ExecutionRow[] | undefined
  /** Enforcements that have an execution, whether it is shown or not. */
  executed: ReadonlySet<Id<'enforcement'> | null> | undefined
  /** Whether executions name what they come from although that is not shown. */
  tellsOrigins: boolean
  steps: readonly StepRow[]
  messages: readonly WaitingMessage[]
  letters: readonly TracedLetter[] | undefined
  cancels: readonly CancelRow[]
  workforce: Workforce | undefined
  actions: ReadonlyMap<number, DemandingAction>
  withheld: Trace['withheld']
}

/** Puts the rows of one flow together, with the reason wherever it ends or stands still. Pure. */
export function assemble(found: TraceRows): Trace {
  const all = {
    rules: found.decisions,
    enforcements: found.enforcements ?? [],
    executions: found.executions ?? [],
  }
  const executions = keep(all.executions, found.path, MAX_NODES)
  const enforcements = all.enforcements.slice(0, MAX_NODES - executions.length)
  const rules = all.rules.slice(0, MAX_NODES - executions.length - enforcements.length)
  const steps = grouped(found.steps, ({ execution }) => execution)
  const unheard = { messages: found.messages, letters: found.letters ?? [], now: found.now }
  const origins = originsOf(found)
  return {
    asked: found.asked,
    correlation_id: found.correlation_id,
    event: found.event === undefined ? null : eventOf(found.event, found, unheard),
    rules,
    enforcements: enforcements.map((row) => ({
      id: row.id,
      rule: row.rule,
      rule_ref: row.rule_ref,
      status: row.status,
      created: row.created,
      resolved_at: row.resolved_at,
      resolved_after_ms: between(row.created, row.resolved_at),
      why: whyEnforcement(row, found.executed?.has(row.id), unheard),
    })),
    executions: depthFirst(executions).map(({ row, depth }) => ({
      ...executionOf(origins(row), hopsOf(steps.get(row.id) ?? []), { found, unheard }),
      depth,
    })),
    messages: [...found.messages],
    dead_letters: [...unheard.letters],
    withheld: found.withheld,
    truncated:
      rules.length < all.rules.length ||
      enforcements.length < all.enforcements.length ||
      executions.length < all.executions.length,
  }
}

/** An execution without the ids of what it comes from, where that is not for the caller. */
function originsOf({
  enforcements = [],
  executions = [],
  tellsOrigins,
}: TraceRows): (row: ExecutionRow) => ExecutionRow {
  if (tellsOrigins) return (row) => row
  const known = { enforcements: idsOf(enforcements), executions: idsOf(executions) }
  return (row) => ({
    ...row,
    enforcement: oneOf(known.enforcements, row.enforcement),
    parent: oneOf(known.executions, row.parent),
    original_execution: oneOf(known.executions, row.original_execution),
  })
}

function idsOf<Key>(rows: readonly { id: Key }[]): ReadonlySet<Key> {
  return new Set(rows.map(({ id }) => id))
}

function oneOf<Key>(known: ReadonlySet<Key>, id: Key | null): Key | null {
  return id !== null && known.has(id) ? id : null
}

function eventOf(row: EventRow, { asked }: TraceRows, unheard: Unheard): Trace['event'] {
  return {
    id: row.id,
    asked: asked.kind === 'event' && asked.id === row.id,
    trigger_ref: row.trigger_ref,
    source_ref: row.source_ref,
    rule_ref: row.rule_ref,
    created: row.created,
    decided: row.decisions !== null,
    decided_at: row.decided_at,
    decided_after_ms: between(row.created, row.decided_at),
    why: whyUndecided(row, unheard),
  }
}

/** The first `limit` rows, but those on the path before any other. */
function keep(
  rows: readonly ExecutionRow[],
  path: readonly Id<'execution'>[],
  limit: number,
): ExecutionRow[] {
  if (rows.length <= limit) return [...rows]
  const onPath = new Set(path)
  const first = rows.filter(({ id }) => onPath.has(id)).slice(0, limit)
  const rest = rows.filter(({ id }) => !onPath.has(id)).slice(0, limit - first.length)
  return [...first, ...rest].sort((a, b) => a.id - b.id)
}

type Placed = { row: ExecutionRow; depth: number }

/** Each execution, then its further tries, then what it asked for, each with what is below it. */
function depthFirst(rows: readonly ExecutionRow[]): Placed[] {
  const shown = new Set(rows.map(({ id }) => id))
  const below = grouped(rows, ({ original_execution, parent }) => {
    const above = original_execution ?? parent
    return above !== null && shown.has(above) ? above : null
  })
  const ordered: Placed[] = []
  const seen = new Set<Id<'execution'>>()
  const open: Placed[] = asOpen(below.get(null) ?? [], 0)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.row.id)) continue
    seen.add(next.row.id)
    ordered.push(next)
    open.push(...asOpen(below.get(next.row.id) ?? [], next.depth + 1))
  }
  return ordered
}

function grouped<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}

/** Last first, because what is open is taken from the end. */
function asOpen(rows: readonly ExecutionRow[], depth: number): Placed[] {
  const tries = rows.filter(({ original_execution }) => original_execution !== null)
  const others = rows.filter(({ original_execution }) => original_execution === null)
  return [...tries, ...others].map((row) => ({ row, depth })).reverse()
}

function executionOf(
  row: ExecutionRow,
  hops: TracedExecution['hops'],
  { found, unheard }: { found: TraceRows; unheard: Unheard },
): Omit<TracedExecution, 'depth'> {
  const placement = placementOf(row, found)
  const actionExists = wantsPlacement(row) ? row.action !== null && found.actions.has(row.action) : undefined
  const ended_at = isTerminal(row.status) ? (hops.at(-1)?.at ?? row.updated) : null
  return {
    id: row.id,
    asked: found.asked.kind === 'execution' && found.asked.id === row.id,
    action_ref: row.action_ref,
    status: row.status,
    enforcement: row.enforcement,
    parent: row.parent,
    original_execution: row.original_execution,
    retry_count: row.retry_count,
    max_retries: row.max_retries,
    attempt: row.attempt,
    worker: row.worker,
    worker_name: row.worker_name,
    created: row.created,
    started_at: row.started_at,
    ended_at,
    total_ms: between(row.created, ended_at),
    hops,
    why: whyExecution(row, {
      ...unheard,
      placement,
      cancel: found.cancels.find(({ execution }) => execution === row.id),
      actionExists,
    }),
    ...(placement === undefined ? {} : { placement }),
  }
}

function placementOf(row: ExecutionRow, { workforce, actions }: TraceRows): PlacementVerdict | undefined {
  const action = row.action === null ? undefined : actions.get(row.action)
  if (workforce === undefined || action === undefined || !wantsPlacement(row)) return undefined
  return placementVerdict(workforce, requirementOf(row, action))
}

function hopsOf(steps: readonly StepRow[]): TracedExecution['hops'] {
  return steps.map(({ status, at }, index) => ({
    status,
    at,
    after_ms: between(steps[index - 1]?.at ?? null, at),
  }))
}

/** Milliseconds with three decimals: times have microseconds, of which Date.parse knows nothing. */
function between(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null
  return Math.max(microseconds(to) - microseconds(from), 0) / 1000
}

function microseconds(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? ''
  return Math.floor(Date.parse(time) / 1000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
