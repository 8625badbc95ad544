import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { anyObject, id, nullable, oneOf, timestamp } from '../../../database/row.ts'
import type { Id } from '../../../id.ts'
import { RuleDecision, ruleOutcomes } from '../matching/decision.ts'
import { type ConsideredEvent, findConsidered } from '../matching/considered.ts'
import { type RuleTest, type RuleTestOutcome, testRule } from './draft.ts'
import type { Evaluator } from '../matching/evaluator.ts'
import { asMatched } from '../matching/matched-event.ts'

/** Events of one call at most. */
export const MAX_PLANNED = 10_000
/** Events that are in memory at once: payloads may be large. */
const CHUNK = 100
/** A call ends before this; the rest is behind the cursor. */
const TIME_LIMIT_MS = 10_000
/** Changes that are listed of one call; all are counted. */
const MAX_LISTED = 1000

const Outcomes = Type.Object({
  matched: Type.Integer(),
  not_matched: Type.Integer(),
  disabled: Type.Integer(),
  error: Type.Integer(),
  deferred: Type.Integer({ description: 'The rule waits in the slow lane.' }),
  none: Type.Integer({ description: 'The rule was not asked about the event.' }),
})

const PlannedChange = Type.Object({
  event: id('event'),
  created: timestamp,
  change: oneOf(['appears', 'disappears', 'fails']),
  recorded: nullable(oneOf(ruleOutcomes)),
  planned: nullable(RuleDecision),
  config: nullable({ ...anyObject, description: 'Rendered parameters, secrets masked.' }),
})

export const Plan = Type.Object(
  {
    rule_ref: Type.String(),
    saved: Type.Boolean({ description: 'Whether there is a rule of this ref.' }),
    trigger_refs: Type.Array(Type.String()),
    since: timestamp,
    events: Type.Integer(),
    appear: Type.Integer({ description: 'Enforcements that would be there and are not.' }),
    disappear: Type.Integer({ description: 'Enforcements that are there and would not be.' }),
    stay: Type.Integer(),
    recorded: Outcomes,
    planned: Outcomes,
    changes: Type.Array(PlannedChange, { description: 'Newest first; `fails`: an error that was none.' }),
    unlisted: Type.Integer({ description: 'Changes that are counted and not listed.' }),
    next: nullable(id('event')),
  },
  { title: 'RulePlan' },
)
export type Plan = Static<typeof Plan>

type PlanWindow = { since: string; before: Id<'event'> | null; limit: number }

/** Runs a rule over stored events and compares with what was recorded. Writes nothing. */
export async function plan(
  db: Queryable,
  { tested, evaluator }: { tested: RuleTest; evaluator: Evaluator },
  window: PlanWindow,
): Promise<Plan> {
  const { existing, candidate } = tested
  const triggers = [...new Set([candidate.trigger_ref, existing?.trigger_ref ?? candidate.trigger_ref])]
  const answer = emptyPlan(tested, triggers, window.since)
  const stopAt = Date.now() + TIME_LIMIT_MS
  let before = window.before
  while (answer.events < window.limit && Date.now() < stopAt) {
    const limit = Math.min(CHUNK, window.limit - answer.events)
    const events = await findConsidered(db, {
      rule_ref: candidate.ref,
      triggers,
      since: window.since,
      before,
      limit,
    })
    const evaluated = events.map((event) => ({ event: asMatched(event), now: momentOf(event) }))
    const outcomes = events.length === 0 ? [] : await testRule(tested, evaluated, evaluator)
    const looked = events.slice(0, outcomes.length)
    for (const [place, event] of looked.entries()) tally(answer, event, outcomes[place])
    before = looked.at(-1)?.id ?? before
    if (looked.length === events.length && events.length < limit) return answer
  }
  return { ...answer, next: before }
}

/** What now() said when the event was decided, else when it came. */
export function momentOf({ decided_at, created }: { decided_at: string | null; created: string }): string {
  return new Date(decided_at ?? created).toISOString()
}

function emptyPlan({ existing, candidate }: RuleTest, trigger_refs: string[], since: string): Plan {
  const none = { matched: 0, not_matched: 0, disabled: 0, error: 0, deferred: 0, none: 0 }
  return {
    rule_ref: candidate.ref,
    saved: existing !== undefined,
    trigger_refs,
    since,
    events: 0,
    appear: 0,
    disappear: 0,
    stay: 0,
    recorded: { ...none },
    planned: { ...none },
    changes: [],
    unlisted: 0,
    next: null,
  }
}

function tally(plan: Plan, event: ConsideredEvent, outcome: RuleTestOutcome | undefined): void {
  const before = event.recorded?.outcome
  const after = outcome?.decision.outcome
  plan.events += 1
  plan.recorded[before ?? 'none'] += 1
  plan.planned[after ?? 'none'] += 1
  const change = changeOf(before, after)
  if (change === undefined) return
  if (change !== 'fails') plan[counters[change]] += 1
  if (change === 'stays') return
  if (plan.changes.length >= MAX_LISTED) plan.unlisted += 1
  else plan.changes.push({ ...changedBy(event, outcome), change })
}

function changedBy({ id, created, recorded }: ConsideredEvent, outcome: RuleTestOutcome | undefined) {
  return {
    event: id,
    created,
    recorded: recorded === null ? null : recorded.outcome,
    planned: outcome === undefined ? null : outcome.decision,
    config: outcome === undefined ? null : outcome.config,
  }
}

const counters = { appears: 'appear', disappears: 'disappear', stays: 'stay' } as const

type Outcome = RuleDecision['outcome'] | undefined

function changeOf(before: Outcome, after: Outcome) {
  if (before === 'deferred') return undefined // there is no decision yet to compare with
  if (before === 'matched') return after === 'matched' ? 'stays' : 'disappears'
  if (after === 'matched') return 'appears'
  return after === 'error' && before !== 'error' ? 'fails' : undefined
}
