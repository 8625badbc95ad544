import type { Schemas } from '@attune/client/dist/requests.js'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
import { decisionText, durationText } from './values.ts'

type Execution = Schemas['TracedExecution']

const colours: Readonly<Record<string, Colour>> = {
  matched: 'green',
  completed: 'green',
  error: 'red',
  failed: 'red',
  timeout: 'red',
  abandoned: 'red',
  disabled: 'yellow',
  deferred: 'yellow',
  cancelled: 'yellow',
  canceling: 'yellow',
  running: 'cyan',
  not_matched: 'dim',
}

/** A trace as a person reads it: the event, under it its rules, under these what they caused. */
export function traceTree(trace: Schemas['Trace']): Branch[] {
  const executions = nested(trace.executions)
  const enforcements = trace.enforcements.map((one) => enforcementOf(one, executions))
  const rules = trace.rules.map((decision) => {
    const mine = enforcements.filter(({ rule_ref }) => rule_ref === decision.rule_ref)
    return ruleOf(
      decision,
      mine.map(({ branch }) => branch),
    )
  })
  const considered = new Set(trace.rules.map(({ rule_ref }) => rule_ref))
  const shown = new Set(enforcements.map(({ id }) => id))
  const below = [
    ...rules,
    ...enforcements.filter(({ rule_ref }) => !considered.has(rule_ref)).map(({ branch }) => branch),
    ...executions.filter(({ enforcement }) => !shown.has(enforcement ?? 0)).map(({ branch }) => branch),
  ]
  return [...(trace.event === null ? below : [eventOf(trace.event, below)]), ...extrasOf(trace)]
}

function eventOf(event: Schemas['TracedEvent'], below: Branch[]): Branch {
  const { id, trigger_ref, source_ref, created, decided_after_ms: after } = event
  const source = source_ref === null ? '' : ` from ${source_ref}`
  return {
    text: `Event ${id} of ${trigger_ref}${source}, accepted ${when(created)}${mark(event)}`,
    notes: [...(after === null ? [] : [`decided after ${durationText(after)}`]), ...whyOf(event)],
    below,
  }
}

function ruleOf(decision: Schemas['RuleDecision'], below: Branch[]): Branch {
  return {
    text: `Rule ${decision.rule_ref} ${decisionText(decision)}`,
    ...coloured(decision.outcome),
    below,
  }
}

function enforcementOf(enforcement: Schemas['TracedEnforcement'], executions: readonly Flow[]) {
  const { id, status, rule_ref, resolved_after_ms: after } = enforcement
  const mine = executions.filter((execution) => execution.enforcement === id)
  const branch: Branch = {
    text: `Enforcement ${id} ${status}${after === null ? '' : ` after ${durationText(after)}`}`,
    ...coloured(status),
    notes: whyOf(enforcement),
    below: mine.map((flow) => flow.branch),
  }
  return { id, rule_ref, branch }
}

/** A run with all that is below it, and the enforcement that it comes from. */
type Flow = { enforcement: number | null; branch: Branch }

/** Executions come depth first; each takes those behind it that are deeper. */
function nested(executions: readonly Execution[]): Flow[] {
  const [first, ...rest] = executions
  if (first === undefined) return []
  const end = rest.findIndex((other) => other.depth <= first.depth)
  const inside = end === -1 ? rest : rest.slice(0, end)
  const behind = end === -1 ? [] : rest.slice(end)
  const branch = executionOf(
    first,
    nested(inside).map((flow) => flow.branch),
  )
  return [{ enforcement: first.enforcement, branch }, ...nested(behind)]
}

function executionOf(execution: Execution, below: Branch[]): Branch {
  const { id, action_ref, status, total_ms, worker_name, retry_count: retry, max_retries } = execution
  const parts = [
    `Execution ${id} of ${action_ref} ${status}`,
    total_ms === null ? '' : `after ${durationText(total_ms)}`,
    worker_name === null ? '' : `on worker ${worker_name}`,
    retry > 0 ? `(retry ${retry} of ${max_retries ?? retry})` : '',
  ].filter((part) => part !== '')
  return {
    text: `${parts.join(' ')}${mark(execution)}`,
    ...coloured(status),
    notes: [...hopsOf(execution), ...whyOf(execution), ...placementOf(execution)],
    below,
  }
}

function hopsOf({ hops }: Execution): string[] {
  const steps = hops.map(({ status, after_ms }) =>
    after_ms === null ? status : `${status} +${durationText(after_ms)}`,
  )
  return steps.length === 0 ? [] : [steps.join(' → ')]
}

/** What the reason says already is not said twice. */
function placementOf({ placement, why }: Execution): string[] {
  if (placement === undefined) return []
  const { message, removed } = placement
  return [
    ...(why?.includes(message) === true ? [] : [`now: ${message}`]),
    ...removed.map((one) => `worker ${one.worker} [${one.filter}]: ${one.why}`),
  ]
}

/** What stands beside the tree: messages under way or put aside, and what may not be seen. */
function extrasOf({ messages, dead_letters, withheld, truncated }: Schemas['Trace']): Branch[] {
  const waiting = messages.map(({ type, queue, created, due_at, attempt }) => ({
    text: `${type} in ${queue ?? 'the outbox'} since ${when(created)}, due ${when(due_at)}, ${attempt} failed tries`,
  }))
  const letters = dead_letters.map(({ id, type, queue, error }) => ({
    text: `Dead letter ${id}: ${type} from ${queue}, ${error}`,
  }))
  const hidden = withheld.map(({ partly, section, permission }) => ({
    text: `${partly === true ? 'part of ' : ''}${section}: needs ${permission}`,
  }))
  return [
    ...titled('Waiting messages', waiting),
    ...titled('Dead letters', letters),
    ...titled('Not shown to you', hidden),
    ...(truncated ? [{ text: 'There is more than 1000 nodes; the rest is left out.' }] : []),
  ]
}

function titled(title: string, below: Branch[]): Branch[] {
  return below.length === 0 ? [] : [{ text: title, below }]
}

function whyOf({ why }: { why: string | null }): string[] {
  return why === null ? [] : [why]
}

function mark({ asked }: { asked: boolean }): string {
  return asked ? '  ← asked' : ''
}

function coloured(status: string): { colour?: Colour } {
  const colour = colours[status]
  return colour === undefined ? {} : { colour }
}
