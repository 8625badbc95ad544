import type { Transaction } from '../database/database.ts'
import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import type { Event } from '../domain/flow/event/event.ts'
import { createFailureLines } from './failure-lines.ts'
import { findBetween, recordDecisions } from '../domain/flow/event/queries.ts'
import { type Candidate, findCandidates } from '../domain/definition/matching/candidates.ts'
import type { EventDecisions } from '../domain/definition/matching/evaluator.ts'
import type { Id } from '../id.ts'
import { type Deferral, publishDeferred } from '../domain/flow/event/deferred.ts'
import { deferralOf, type Ledger, owedBy, takeTurn } from '../domain/definition/matching/debt.ts'
import { deferred } from '../domain/definition/matching/match.ts'
import { mayFire } from '../domain/definition/matching/matched-event.ts'
import type { Handler } from '../messages/consume.ts'
import type { ConsumedMessage } from '../messages/messages.ts'
import {
  boundsOf,
  enforce,
  type FiredForEvent,
  decisionsOfEvents,
  type MatchingContext,
  noteFailures,
} from './match-events.ts'

/**
 * EventCreated → EnforcementCreated
 *
 * Matches events with the rules of their triggers, renders the parameters of the actions, and records for every
 * event what was decided and why. An event with a record was handled by an earlier delivery and is left alone.
 *
 * What users have written is evaluated elsewhere and within a budget (`Evaluator`), while this transaction holds
 * nothing but its own messages. Rules of an owner whose rules have cost too much lately are put off: the record says
 * so, and EventDeferred calls for them in the slow lane.
 */
export function eventsToEnforcements(context: MatchingContext): Handler<'EventCreated'> {
  const { cipher, ledger, log } = context
  const tellFailures = createFailureLines(log)
  return async (tx, batch) => {
    const [events, candidates] = await Promise.all([findEvents(tx, batch), findRules(tx, batch)])
    const now = new Date()
    const debtors = debtorsAmong(candidates, ledger, now.getTime())
    const decided_at = now.toISOString()
    const judgements = await decisionsOfEvents(
      tx,
      events.map((event) => ({ event, now: decided_at })),
      candidates.filter(({ id }) => !debtors.has(id)),
      context,
    )
    const decided = events.map((event, place) => {
      const decisions = decisionsOf(event, candidates, { judgement: judgements[place], debtors })
      return { event, decisions, deferrals: deferralsOf(event, decisions, { candidates, ledger }) }
    })
    const news = await recordDecisions(tx, decided.map(recordAt(decided_at)))
    const fresh = decided.filter(({ event }) => news.has(event.id))
    const deferrals = fresh.flatMap((one) => one.deferrals)
    await publishDeferred(tx, deferrals)
    const fired = events.flatMap((event, place) =>
      news.has(event.id) ? firedBy(event, judgements[place]) : [],
    )
    const { seconds } = await enforce(tx, fired, cipher)
    await noteFailures(
      tx,
      decided.flatMap(({ decisions }) => decisions),
      tellFailures,
    )
    return {
      repeated: batch.length - news.size,
      deferred: deferrals.reduce((sum, { rules }) => sum + rules.length, 0),
      hops: { event_to_enforcement: seconds },
    }
  }
}

function findEvents(tx: Transaction, batch: readonly ConsumedMessage<'EventCreated'>[]): Promise<Event[]> {
  const ids = batch.map((message) => message.event_id)
  return findBetween(tx, ids, boundsOf(batch))
}

/** Every rule of a trigger, but for an event that is meant for one rule only that one. */
function findRules(tx: Transaction, batch: readonly ConsumedMessage<'EventCreated'>[]): Promise<Candidate[]> {
  const open = batch.filter((message) => message.rule_id === null)
  return findCandidates(
    tx,
    [...new Set(open.map((message) => message.trigger_ref))],
    batch.flatMap(({ rule_id }) => (rule_id === null ? [] : [rule_id])),
  )
}

type Debtors = ReadonlyMap<Id<'rule'>, string>

/** Rules of accounts that are in debt already, and why they wait: the evaluator need not see them. */
function debtorsAmong(candidates: readonly Candidate[], ledger: Ledger, now: number): Debtors {
  const debtors = new Map<Id<'rule'>, string>()
  for (const { id, account, enabled, trigger_enabled } of candidates) {
    const reason = deferralOf(ledger.lane_ms, owedBy(ledger, account, now))
    if (reason !== undefined && enabled && trigger_enabled) debtors.set(id, reason)
  }
  return debtors
}

/** What was decided about an event and what waits, in the order of the candidates. */
function decisionsOf(
  event: Event,
  candidates: readonly Candidate[],
  { judgement, debtors }: { judgement: EventDecisions | undefined; debtors: Debtors },
): RuleDecision[] {
  const judged = judgement?.decisions ?? []
  if (debtors.size === 0) return judged
  const byRule = new Map(judged.map((decision) => [decision.rule, decision]))
  return candidates.flatMap((candidate) => {
    const reason = debtors.get(candidate.id)
    if (reason !== undefined && mayFire(event, candidate)) return [deferred(candidate, reason).decision]
    return byRule.get(candidate.id) ?? []
  })
}

/** What waits of an event, by owner: each has a turn of its own. */
function deferralsOf(
  { id, created, trigger_ref, correlation_id }: Event,
  decisions: readonly RuleDecision[],
  { candidates, ledger }: { candidates: readonly Candidate[]; ledger: Ledger },
): Deferral[] {
  const waiting = new Set(decisions.flatMap(({ outcome, rule }) => (outcome === 'deferred' ? [rule] : [])))
  if (waiting.size === 0) return []
  const owners = new Map<string, Id<'rule'>[]>()
  for (const { id: rule, account } of candidates)
    if (waiting.has(rule)) owners.set(account, [...(owners.get(account) ?? []), rule])
  return Array.from(owners, ([account, rules]) => {
    const delay_ms = takeTurn(ledger, account, Date.now())
    return { id, created, trigger_ref, correlation_id, rules, delay_ms }
  })
}

type Decided = { event: Event; decisions: RuleDecision[]; deferrals: Deferral[] }

const recordAt =
  (decided_at: string) =>
  ({ event, decisions, deferrals }: Decided) => ({
    event: event.id,
    created: event.created,
    decided_at,
    decisions,
    deferred_ms: deferrals.length === 0 ? null : Math.max(...deferrals.map(({ delay_ms }) => delay_ms)),
  })

function firedBy(event: Event, judgement: EventDecisions | undefined): FiredForEvent[] {
  return (judgement?.fired ?? []).map((fired) => ({ ...fired, event }))
}
