import type { EnforcementFact, ExecutionFact, Facts, Run } from './facts.ts'
import type { Load } from './load.ts'
import { maxRetries, type RuleOfLoad, rulesOfLoad, SWITCHED } from './pack.ts'

const violationKinds = [
  'lost',
  'doubled',
  'stuck',
  'changed_after_end',
  'dead_lettered',
  'disagreed',
  'crashed',
] as const
export type ViolationKind = (typeof violationKinds)[number]

/** Something that must not be, with the ids to look at. */
export type Violation = { kind: ViolationKind; what: string }

const terminal = new Set(['completed', 'failed', 'cancelled', 'timeout', 'abandoned'])
const retriable = new Set(['failed', 'timeout', 'abandoned'])

/** Compares what was found with what must be. Pure: the same facts give the same violations. */
export function audit(load: Load, facts: Facts): Violation[] {
  return [
    ...events(load, facts),
    ...enforcements(load, facts),
    ...topLevel(facts),
    ...ends(facts),
    ...retries(facts),
    ...runs(facts),
    ...leftOver(facts),
  ]
}

/** Every accepted event is there, once, and was considered. */
function events(load: Load, facts: Facts): Violation[] {
  const found = new Set(facts.events.map(({ id }) => id))
  const lost = [...load.accepted].filter(([, id]) => !found.has(id))
  const undecided = facts.events.filter(({ decided }) => decided === null)
  const twice = [...groups(facts.events, ({ n }) => n)].filter(([, same]) => same.length > 1)
  return [
    ...lost.map(([n, id]) => violation('lost', `event ${id} (n ${n}) was accepted and is gone`)),
    ...undecided.map(({ id, n }) => violation('stuck', `event ${id} (n ${n}) has no decision`)),
    ...twice.map(([n, same]) => violation('doubled', `the event of n ${n} is there as ${ids(same)}`)),
  ]
}

/** Every rule that must fire for an event has exactly one enforcement, and no other rule has any. */
function enforcements(load: Load, facts: Facts): Violation[] {
  const byEvent = groups(facts.enforcements, ({ event }) => event)
  return facts.events.flatMap((event) => {
    const { decided } = event
    if (decided === null) return []
    return rulesOfLoad.flatMap((rule) => {
      const made = (byEvent.get(event.id) ?? []).filter(({ rule_ref }) => rule_ref === rule.ref)
      const outcome = decided[rule.ref]
      const must =
        rule.ref === SWITCHED ? switchedFires(load, event.n, outcome) : rule.fires(event.n) === true
      const about = `event ${event.id} (n ${event.n}), rule ${rule.ref}, decided ${outcome ?? 'nothing'}`
      if (made.length > 1) return [violation('doubled', `${about}: enforcements ${ids(made)}`)]
      if (must && made.length === 0) return [violation('lost', `${about}: no enforcement`)]
      if (!must && made.length > 0)
        return [violation('disagreed', `${about}: enforcement ${ids(made)} must not be`)]
      return undue(rule, event.n, outcome) ? [violation('disagreed', about)] : []
    })
  })
}

/** While the rule is being switched, either answer is right; the decision says which one it was. */
function switchedFires({ settled }: Load, n: number, outcome: string | undefined): boolean {
  return settled !== undefined && n >= settled.from_n ? settled.enabled : outcome === 'matched'
}

/** Whether the decision says something else than the rule. */
function undue({ ref, fires }: RuleOfLoad, n: number, outcome: string | undefined): boolean {
  if (ref === SWITCHED) return outcome !== 'matched' && outcome !== 'disabled'
  if (ref === 'faults.erring' && n % 10 === 5) return outcome !== 'error'
  return outcome !== (fires(n) === true ? 'matched' : 'not_matched')
}

/** Every enforcement has exactly one first execution, or says why not. */
function topLevel(facts: Facts): Violation[] {
  const first = groups(
    facts.executions.filter(({ original_execution }) => original_execution === null),
    ({ enforcement }) => enforcement,
  )
  return facts.enforcements.flatMap((enforcement) =>
    oneExecution(enforcement, first.get(enforcement.id) ?? []),
  )
}

function oneExecution({ id, status, rule_ref }: EnforcementFact, made: ExecutionFact[]): Violation[] {
  const about = `enforcement ${id} of ${rule_ref} (${status})`
  if (made.length > 1) return [violation('doubled', `${about} has executions ${ids(made)}`)]
  if (status === 'created') return [violation('stuck', about)]
  if (status === 'processed' && made.length === 0) return [violation('lost', `${about} has no execution`)]
  if (status === 'disabled' && rule_ref !== SWITCHED)
    return [violation('lost', `${about}: its rule is enabled`)]
  return []
}

/** Every execution has one end, the history records it once, and nothing comes after it. */
function ends(facts: Facts): Violation[] {
  const steps = groups(facts.steps, ({ execution }) => execution)
  return facts.executions.flatMap((execution) => {
    const about = `execution ${execution.id} of ${execution.action_ref} (${execution.status})`
    const taken = steps.get(execution.id) ?? []
    const endings = taken.filter(({ to }) => terminal.has(to))
    const after = taken.filter(({ from }) => from !== null && terminal.has(from))
    const path = taken.map(({ from, to }) => `${from ?? 'new'} → ${to}`).join(', ')
    if (after.length > 0) return [violation('changed_after_end', `${about}: ${path}`)]
    if (!terminal.has(execution.status)) return [violation('stuck', `${about}: ${path}`)]
    if (endings.length !== 1) return [violation('doubled', `${about} has ${endings.length} ends: ${path}`)]
    if (endings[0]?.to !== execution.status) return [violation('disagreed', `${about}: ${path}`)]
    return execution.status !== 'completed' && !execution.explained
      ? [violation('disagreed', `${about} does not say why`)]
      : []
  })
}

/** What ended badly was tried again as often as its action allows, one attempt after the other. */
function retries(facts: Facts): Violation[] {
  return [...groups(facts.executions, familyOf)].flatMap(([id, attempts]) => {
    const sorted = attempts.toSorted((a, b) => a.retry_count - b.retry_count)
    const last = sorted.at(-1)
    const allowed = maxRetries[last?.action_ref ?? ''] ?? 0
    const about = `execution ${id} of ${last?.action_ref} with ${sorted.map(({ status }) => status).join(', ')}`
    if (last === undefined) return []
    if (sorted.some(({ retry_count }, index) => retry_count !== index))
      return [violation('doubled', `${about}: attempts ${sorted.map((one) => one.retry_count).join(', ')}`)]
    if (last.retry_count > allowed) return [violation('doubled', `${about}: ${allowed} retries are allowed`)]
    if (retriable.has(last.status) && last.retry_count < allowed && !last.cancel_requested)
      return [violation('stuck', `${about}: a retry is missing`)]
    const early = sorted.slice(0, -1).filter(mayNotBeTriedAgain)
    return early.length > 0
      ? [violation('doubled', `${about}: tried again though it ended well or was cancelled`)]
      : []
  })
}

const mayNotBeTriedAgain = ({ status, cancel_requested }: ExecutionFact): boolean =>
  (terminal.has(status) && !retriable.has(status)) || cancel_requested

const familyOf = ({ id, original_execution }: ExecutionFact): number => original_execution ?? id

/** No execution ran twice, no two attempts at the same time, and what completed did run. */
function runs(facts: Facts): Violation[] {
  const byExecution = groups(facts.runs, ({ execution }) => execution)
  const twice = [...byExecution].filter(([, same]) => same.length > 1)
  const idle = facts.executions.filter(
    ({ id, status }) => status === 'completed' && byExecution.get(id)?.[0]?.end_ms === undefined,
  )
  const overlaps = [...groups(facts.executions, familyOf)].flatMap(([id, attempts]) =>
    overlapping(
      id,
      attempts.flatMap((attempt) => byExecution.get(attempt.id) ?? []),
    ),
  )
  return [
    ...twice.map(([id, same]) =>
      violation('doubled', `execution ${id} ran ${same.length} times: ${times(same)}`),
    ),
    ...idle.map(({ id }) => violation('lost', `execution ${id} is completed and its action did not end`)),
    ...overlaps,
  ]
}

function overlapping(id: number, list: Run[]): Violation[] {
  const sorted = list.toSorted((a, b) => a.start_ms - b.start_ms)
  return sorted.flatMap((run, index) => {
    const next = sorted[index + 1]
    if (next === undefined || run.end_ms === undefined || next.execution === run.execution) return []
    return next.start_ms < run.end_ms
      ? [violation('doubled', `attempts of execution ${id} overlapped: ${times([run, next])}`)]
      : []
  })
}

const times = (list: Run[]) =>
  list
    .map(({ execution, start_ms, end_ms }) => `${execution} from ${start_ms} to ${end_ms ?? '?'} ms`)
    .join(', ')

/** Nothing is left on the way, and an outage is nobody's fault. */
function leftOver(facts: Facts): Violation[] {
  return [
    ...facts.left.map(({ place, count }) => violation('stuck', `${count} messages in ${place}`)),
    ...facts.dead_letters.map(({ id, queue, type, error }) =>
      violation('dead_lettered', `dead letter ${id}: ${type} of ${queue}: ${error}`),
    ),
  ]
}

const violation = (kind: ViolationKind, what: string): Violation => ({ kind, what })
const ids = (list: readonly { id: number }[]) => list.map(({ id }) => id).join(', ')

function groups<T, K>(list: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const grouped = new Map<K, T[]>()
  for (const one of list) grouped.set(keyOf(one), [...(grouped.get(keyOf(one)) ?? []), one])
  return grouped
}
