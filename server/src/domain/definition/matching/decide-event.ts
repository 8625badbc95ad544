import type { Watch } from '../../../expressions/frame.ts'
import type { Candidate } from './candidates.ts'
import type { Compilation } from './compiled.ts'
import { decide, failed, type RuleOutcome, deferred } from './match.ts'
import type { MatchedEvent, SecretAccess } from './matched-event.ts'
import { allowanceOf, type EvaluationBudget, noteQuick, noteSlow, type SlownessRecord } from './slowness.ts'

/** A rule that an event may fire. It is compiled when it is asked for the first time. */
export type RuleToDecide = { candidate: Candidate; may: SecretAccess; compilation(): Compilation | undefined }

/** Who measures. `look` is told which rule is asked next, so that somebody outside knows whom to blame. */
export type Clock = {
  /** Milliseconds that only grow. */
  ms(): number
  /** The wall clock. */
  moment(): number
  watch(ms: number): CountingWatch
  asking(index: number): void
}

/** A watch that can tell whether it was looked at: what takes few steps is never slow, however busy the machine is. */
export type CountingWatch = Watch & { looked(): boolean }

export type DecideEventOptions = {
  budget: EvaluationBudget
  standing: SlownessRecord
  clock: Clock
  /** What `now()` says. */
  now: string
  /** Rules of this event that had to be stopped from outside, by their place, and what that took. */
  stopped?: ReadonlyMap<number, number>
  debts: Debts
}

/** Who keeps the debts of accounts. */
export type Debts = {
  /** Why rules of an account must wait for the slow lane; undefined where they need not. */
  deferral(account: string): string | undefined
  /** Adds to what an account owes. */
  charge(account: string, ms: number): void
}

/** Longer evaluations are charged to their account. */
const SLOW_MS = 5
/** What the rules of an account may cost with one event before it counts as a debt: whoever is only busy has none. */
const FREE_MS = 5

/**
 * Decides about one event with each rule that it may fire, in their order. Time and room of the event are shared out
 * among the accounts that own the rules: each rule is asked while its account has something left of its share, and the
 * rest while the event has. So nobody's rules take what others need, and nothing is wasted where there are no others.
 * Rules of an account in debt are put off.
 */
export function decideEvent(
  event: MatchedEvent,
  asked: readonly RuleToDecide[],
  judging: DecideEventOptions,
): RuleOutcome[] {
  const { event_ms } = judging.budget
  const accounts = new Set(asked.map(({ candidate }) => candidate.account))
  const share = event_ms / accounts.size
  const spent = new Map<string, number>()
  const owed = new Map<string, number>()
  const outcomes: RuleOutcome[] = []
  const waiting: number[] = []
  let total = 0
  function ask(place: number, one: RuleToDecide): void {
    const { account } = one.candidate
    const deferral = isOff(one.candidate) ? undefined : judging.debts.deferral(account)
    if (deferral !== undefined) {
      outcomes[place] = deferred(one.candidate, deferral)
      return
    }
    const { outcome, cost, debt } = askOne(event, one, place, judging)
    outcomes[place] = outcome
    spent.set(account, (spent.get(account) ?? 0) + cost)
    total += cost
    const before = owed.get(account) ?? 0
    owed.set(account, before + debt)
    const due = Math.max(0, before + debt - FREE_MS) - Math.max(0, before - FREE_MS)
    if (due > 0) judging.debts.charge(account, due)
  }
  for (const [place, one] of asked.entries()) {
    if ((spent.get(one.candidate.account) ?? 0) < share) ask(place, one)
    else waiting.push(place)
  }
  for (const place of waiting) {
    const one = asked[place]
    if (one === undefined) continue
    if (total < event_ms) ask(place, one)
    else outcomes[place] = failed(one.candidate, usedUp(judging.budget))
  }
  return outcomes
}

function usedUp({ event_ms, event_bytes }: EvaluationBudget): string {
  return `Other rules of the same owner have used the time (${event_ms} ms) and room (${event_bytes} bytes) of this event; make their conditions and parameters cheaper, or raise evaluation.event_ms and evaluation.event_bytes.`
}

/** Whether it is answered without being evaluated. */
function isOff({ enabled, trigger_enabled }: Candidate): boolean {
  return !enabled || !trigger_enabled
}

/** `debt` is the cost without time that only the machine took. */
type Answer = { outcome: RuleOutcome; cost: number; debt: number }

/** What it costs is told in milliseconds of the event; of its room in the same proportion. */
function askOne(event: MatchedEvent, one: RuleToDecide, place: number, judging: DecideEventOptions): Answer {
  const { candidate } = one
  const { budget, standing, clock } = judging
  const stopped = judging.stopped?.get(place)
  if (stopped !== undefined)
    return { outcome: overdue(candidate, budget.evaluation_ms), cost: stopped, debt: stopped }
  const now = clock.moment()
  const allowance = allowanceOf(standing, candidate, { now, budget })
  if ('refusal' in allowance && !isOff(candidate))
    return { outcome: failed(candidate, allowance.refusal), cost: 0, debt: 0 }
  const since = clock.ms()
  clock.asking(place)
  const compilation = one.compilation()
  const watch = clock.watch('ms' in allowance ? allowance.ms : budget.evaluation_ms)
  const outcome = decide(event, candidate, compilation, {
    now: judging.now,
    watch,
    max_bytes: budget.rule_bytes,
    may: one.may,
  })
  const ms = clock.ms() - since
  if (watch.looked() && ms > SLOW_MS)
    noteSlow(standing, candidate, { ms, overdue: outcome.overdue || watch.over(), now })
  else noteQuick(standing, candidate)
  const room = (outcome.bytes / budget.event_bytes) * budget.event_ms
  return { outcome, cost: ms + room, debt: (watch.looked() ? ms : 0) + room }
}

/** What is recorded where the evaluation could be ended from outside only. */
function overdue(candidate: Candidate, ms: number): RuleOutcome {
  const reason = `The evaluation takes longer than ${ms} ms: work on fewer or smaller values.`
  return { ...failed(candidate, reason), overdue: true }
}
