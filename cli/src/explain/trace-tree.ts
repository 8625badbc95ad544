import type { Schemas } from '@attune/client/dist/requests.js'
import type { JsonObject } from '../json.ts'
import type { Colour } from '../output/paint.ts'
import { when } from '../output/time.ts'
import type { Branch } from '../output/tree.ts'
import { flag, integer, maybeInteger, maybeNumber, maybeText, row, rows, text } from '../row.ts'
import { decisionText, durationText } from './values.ts'

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
export function traceTree(answer: unknown): Branch[] {
  const trace = row<Schemas['Trace']>(answer)
  const executions = nested(rows(trace, 'executions'))
  const enforcements = rows(trace, 'enforcements').map((one) => enforcementOf(one, executions))
  const rules = rows(trace, 'rules').map((decision) => {
    const mine = enforcements.filter(({ rule_ref }) => rule_ref === decision.rule_ref)
    return {
      ref: decision.rule_ref,
      branch: ruleOf(
        decision,
        mine.map(({ branch }) => branch),
      ),
    }
  })
  const told = new Set(rules.map(({ ref }) => ref))
  const shown = new Set(enforcements.map(({ id }) => id))
  const below = [
    ...rules.map(({ branch }) => branch),
    ...enforcements.filter(({ rule_ref }) => !told.has(rule_ref)).map(({ branch }) => branch),
    ...executions.filter(({ enforcement }) => !shown.has(enforcement ?? 0)).map(({ branch }) => branch),
  ]
  const event =
    trace.event === null || trace.event === undefined ? undefined : eventOf(row(trace.event), below)
  return [...(event === undefined ? below : [event]), ...extrasOf(trace)]
}

function eventOf(event: JsonObject, below: Branch[]): Branch {
  const after = maybeNumber(event, 'decided_after_ms')
  const source = maybeText(event, 'source_ref')
  return {
    text: `Event ${integer(event, 'id')} of ${text(event, 'trigger_ref')}${source === undefined ? '' : ` from ${source}`}, accepted ${when(text(event, 'created'))}${mark(event)}`,
    notes: [...(after === undefined ? [] : [`decided after ${durationText(after)}`]), ...whyOf(event)],
    below,
  }
}

function ruleOf(decision: JsonObject, below: Branch[]): Branch {
  const outcome = text(decision, 'outcome')
  return { text: `Rule ${text(decision, 'rule_ref')} ${decisionText(decision)}`, ...coloured(outcome), below }
}

function enforcementOf(enforcement: JsonObject, executions: readonly Flow[]) {
  const id = integer(enforcement, 'id')
  const status = text(enforcement, 'status')
  const after = maybeNumber(enforcement, 'resolved_after_ms')
  const rule_ref = text(enforcement, 'rule_ref')
  const mine = executions.filter((execution) => execution.enforcement === id)
  const branch: Branch = {
    text: `Enforcement ${id} ${status}${after === undefined ? '' : ` after ${durationText(after)}`}`,
    ...coloured(status),
    notes: whyOf(enforcement),
    below: mine.map((flow) => flow.branch),
  }
  return { id, rule_ref, branch }
}

/** A run with all that is below it, and the enforcement that it comes from. */
type Flow = { enforcement: number | undefined; branch: Branch }

/** Executions come depth first; each takes those behind it that are deeper. */
function nested(executions: readonly JsonObject[]): Flow[] {
  const [first, ...rest] = executions
  if (first === undefined) return []
  const depth = integer(first, 'depth')
  const end = rest.findIndex((other) => integer(other, 'depth') <= depth)
  const inside = end === -1 ? rest : rest.slice(0, end)
  const behind = end === -1 ? [] : rest.slice(end)
  const branch = executionOf(
    first,
    nested(inside).map((flow) => flow.branch),
  )
  return [{ enforcement: maybeInteger(first, 'enforcement'), branch }, ...nested(behind)]
}

function executionOf(execution: JsonObject, below: Branch[]): Branch {
  const status = text(execution, 'status')
  const retry = integer(execution, 'retry_count')
  const total = maybeNumber(execution, 'total_ms')
  const worker = maybeText(execution, 'worker_name')
  const parts = [
    `Execution ${integer(execution, 'id')} of ${text(execution, 'action_ref')} ${status}`,
    total === undefined ? '' : `after ${durationText(total)}`,
    worker === undefined ? '' : `on worker ${worker}`,
    retry > 0 ? `(retry ${retry} of ${maybeInteger(execution, 'max_retries') ?? retry})` : '',
  ].filter((part) => part !== '')
  return {
    text: `${parts.join(' ')}${mark(execution)}`,
    ...coloured(status),
    notes: [...hopsOf(execution), ...whyOf(execution), ...placementOf(execution)],
    below,
  }
}

function hopsOf(execution: JsonObject): string[] {
  const hops = rows(execution, 'hops').map((hop) => {
    const after = maybeNumber(hop, 'after_ms')
    return `${text(hop, 'status')}${after === undefined ? '' : ` +${durationText(after)}`}`
  })
  return hops.length === 0 ? [] : [hops.join(' → ')]
}

/** What the reason says already is not said twice. */
function placementOf({ placement, why }: JsonObject): string[] {
  if (placement === undefined || placement === null) return []
  const verdict = row(placement)
  const message = text(verdict, 'message')
  return [
    ...(typeof why === 'string' && why.includes(message) ? [] : [`now: ${message}`]),
    ...rows(verdict, 'removed').map(
      (one) => `worker ${text(one, 'worker')} [${text(one, 'filter')}]: ${text(one, 'why')}`,
    ),
  ]
}

/** What stands beside the tree: messages under way or put aside, and what may not be seen. */
function extrasOf(trace: JsonObject): Branch[] {
  const messages = rows(trace, 'messages').map((message) => ({
    text: `${text(message, 'type')} in ${maybeText(message, 'queue') ?? 'the outbox'} since ${when(text(message, 'created'))}, due ${when(text(message, 'due_at'))}, ${integer(message, 'attempt')} failed tries`,
  }))
  const letters = rows(trace, 'dead_letters').map((letter) => ({
    text: `Dead letter ${integer(letter, 'id')}: ${text(letter, 'type')} from ${text(letter, 'queue')}, ${text(letter, 'error')}`,
  }))
  const withheld = rows(trace, 'withheld').map((one) => ({
    text: `${one.partly === true ? 'part of ' : ''}${text(one, 'section')}: needs ${text(one, 'permission')}`,
  }))
  return [
    ...titled('Waiting messages', messages),
    ...titled('Dead letters', letters),
    ...titled('Not shown to you', withheld),
    ...(flag(trace, 'truncated') ? [{ text: 'There is more than 1000 nodes; the rest is left out.' }] : []),
  ]
}

function titled(title: string, below: Branch[]): Branch[] {
  return below.length === 0 ? [] : [{ text: title, below }]
}

function whyOf(thing: JsonObject): string[] {
  const why = maybeText(thing, 'why')
  return why === undefined ? [] : [why]
}

function mark(thing: JsonObject): string {
  return flag(thing, 'asked') ? '  ← asked' : ''
}

function coloured(status: string): { colour?: Colour } {
  const colour = colours[status]
  return colour === undefined ? {} : { colour }
}
