import type { Id } from '../../../id.ts'
import type { FieldProblem } from '../../../problem.ts'
import type { RuleDecision } from './decision.ts'
import type { Candidate } from './candidates.ts'
import type { RuleToCompile, KnownRule } from './known-rule.ts'
import type { Keystore } from './keystore.ts'
import type { Firing } from './match.ts'
import type { MatchedEvent, SecretAccess } from './matched-event.ts'

/*
 * What may be asked of whoever evaluates rules. It works apart from the loop that serves others, so everything that
 * goes there and comes back is plain data.
 */

/** A rule that is asked; without a known it was deleted meanwhile. */
export type RuleToEvaluate = {
  candidate: Candidate
  known: KnownRule | undefined
  keystore: Keystore
  /** Of whoever wrote the rule, or tries it. */
  may: SecretAccess
}

/** An event, and what `now()` says in its evaluations. */
export type EvaluatedEvent = { event: MatchedEvent; now: string }

export type EvaluationJob = {
  /** In the order in which decisions are answered. */
  asked: readonly RuleToEvaluate[]
  events: readonly EvaluatedEvent[]
  /** Whether rendered parameters are also held against the action's schema. */
  check_parameters?: boolean
}

export type FiredRule = { decision: RuleDecision; firing: Firing; parameter_problems: FieldProblem[] }

/** What was decided about one event by each rule that it may fire. */
export type EventDecisions = { decisions: RuleDecision[]; fired: FiredRule[] }

export interface Evaluator {
  /** A rule that was compiled before in this form. */
  known(stamp: string): KnownRule | undefined
  /** Compiles rules, in their order. One for which there is no time is broken, and not kept. */
  compile(definitions: readonly RuleToCompile[]): Promise<KnownRule[]>
  /** Decides about events in their order: about fewer than there are when time or room was over before, never about none. */
  decide(job: EvaluationJob): Promise<EventDecisions[]>
  /** Lets a rule begin anew that was passed over. */
  reset(rule: Id<'rule'>): void
}
