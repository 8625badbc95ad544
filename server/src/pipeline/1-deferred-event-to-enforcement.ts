import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import { createFailureLines } from './failure-lines.ts'
import { findWaiting, settle, type Waiting } from '../domain/flow/event/deferred.ts'
import type { Event } from '../domain/flow/event/event.ts'
import { findBetween } from '../domain/flow/event/queries.ts'
import { findCandidates } from '../domain/definition/matching/candidates.ts'
import type { EventDecisions } from '../domain/definition/matching/evaluator.ts'
import { secondsBetween } from '../observe/hop.ts'
import type { Handler } from '../messages/consume.ts'
import { boundsOf, enforce, decisionsOfEvents, type MatchingContext, noteFailures } from './match-events.ts'

/**
 * EventDeferred → EnforcementCreated
 *
 * The slow lane: decides about what the first step put off, with an evaluator of its own, so that costly rules wait for
 * each other and nobody else for them. The decisions take their places in the event's record; a rule that has one there
 * was handled by an earlier delivery and is left alone.
 */
export function deferredEventsToEnforcements(context: MatchingContext): Handler<'EventDeferred'> {
  const { cipher, log } = context
  const tellFailures = createFailureLines(log)
  return async (tx, batch) => {
    const ids = [...new Set(batch.map(({ event_id }) => event_id))]
    const bounds = boundsOf(batch)
    const [events, waiting] = await Promise.all([findBetween(tx, ids, bounds), findWaiting(tx, ids, bounds)])
    const wanted = new Set(batch.flatMap(({ rule_ids }) => rule_ids))
    const open = events.flatMap((event) => openOf(event, waiting, wanted))
    const rules = [...new Set(open.flatMap(({ deferred }) => deferred.map(({ rule }) => rule)))]
    const judgements = await decisionsOfEvents(tx, open, await findCandidates(tx, [], rules), context)
    const decided = open.map((one, place) => ({ ...one, decisions: decisionsOf(one, judgements[place]) }))
    const settled = await settle(
      tx,
      decided.map(({ event, decisions }) => ({ event: event.id, created: event.created, decisions })),
    )
    const news = new Map(settled.map((one) => [one.event, new Set(one.rules)]))
    const isNews = (event: Event['id'], { rule }: RuleDecision) => news.get(event)?.has(rule) === true
    const fired = open.flatMap(({ event }, place) =>
      (judgements[place]?.fired ?? [])
        .filter(({ decision }) => isNews(event.id, decision))
        .map((one) => ({ ...one, event })),
    )
    const { seconds } = await enforce(tx, fired, cipher)
    await noteFailures(
      tx,
      decided.flatMap(({ event, decisions }) => decisions.filter((decision) => isNews(event.id, decision))),
      tellFailures,
    )
    return {
      repeated: batch.filter(({ event_id }) => (news.get(event_id)?.size ?? 0) === 0).length,
      hops: {
        event_to_enforcement: seconds,
        event_to_deferred: settled.map(({ created, settled_at }) => secondsBetween(created, settled_at)),
      },
    }
  }
}

type Open = { event: Event; now: string; deferred: RuleDecision[] }

/** What is asked now of what waits; `now()` says what it said to the rules that were not put off. */
function openOf(
  event: Event,
  waiting: readonly Waiting[],
  wanted: ReadonlySet<RuleDecision['rule']>,
): Open[] {
  const found = waiting.find((one) => one.event === event.id)
  const deferred = found?.deferred.filter(({ rule }) => wanted.has(rule)) ?? []
  if (found === undefined || deferred.length === 0) return []
  return [{ event, now: new Date(found.decided_at).toISOString(), deferred }]
}

const GONE = 'The rule was deleted, or given another trigger, while it waited in the slow lane.'

/** One for every rule that is asked, also where there is none any more. */
function decisionsOf({ deferred }: Open, judgement: EventDecisions | undefined): RuleDecision[] {
  const judged = new Map(judgement?.decisions.map((decision) => [decision.rule, decision]))
  return deferred.map(
    ({ rule, rule_ref, version }) =>
      judged.get(rule) ?? { rule, rule_ref, version, outcome: 'error', reason: GONE },
  )
}
